"""The composition root of the web: one list of middleware, every package mounted."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from pydantic import SecretStr

from firstmile import __version__
from firstmile.guidance import routes as guidance_routes
from firstmile.guidance import routes_admin as guidance_admin
from firstmile.help import routes as help_routes
from firstmile.help import routes_admin as help_routes_admin
from firstmile.help import routes_wishes as help_routes_wishes
from firstmile.identity import (
    routes_account,
    routes_admin,
    routes_api_keys,
    routes_clients,
    routes_connections,
    routes_factors,
    routes_members,
    routes_openid,
    routes_own_account,
    routes_passkeys,
    routes_passwords,
    routes_profile,
    routes_projects,
    routes_session,
    routes_session_list,
    routes_social,
)
from firstmile.identity.authenticate import Authenticate, Authenticator
from firstmile.identity.cookies import Cookies
from firstmile.identity.guards import asked_for, only_look
from firstmile.identity.openid import OPEN_TO_OTHERS
from firstmile.kernel.access import Permission
from firstmile.kernel.answers import AnswerAfterCommit
from firstmile.kernel.asgi import App, Scope
from firstmile.kernel.problems import HANDLERS
from firstmile.kernel.visit import Furnished, visit_of
from firstmile.observe import routes as observe_routes
from firstmile.observe import routes_metrics
from firstmile.observe.logs import configure_logs
from firstmile.observe.metrics import Declared
from firstmile.observe.trace import Trace
from firstmile.onboarding import routes as onboarding_routes
from firstmile.onboarding.changing import routes as routes_editions
from firstmile.onboarding.explaining import routes as routes_explaining
from firstmile.onboarding.straight import to_journey
from firstmile.onboarding.verification import routes as routes_verification
from firstmile.privacy import routes as privacy_routes
from firstmile.protect import routes as protect_routes
from firstmile.protect.bodies import BodyLimit, CarefulRequest
from firstmile.protect.cors import Cors
from firstmile.protect.csrf import Csrf
from firstmile.protect.framing import Framing
from firstmile.protect.headers import SecurityHeaders
from firstmile.protect.idempotency import Idempotency
from firstmile.protect.limiting import LimitHeaders, within_limits
from firstmile.protect.visitors import VisitorCookie, Visitors
from firstmile.release import (
    routes_experiments,
    routes_exposures,
    routes_flag_safety,
    routes_flags,
    routes_kill_switch,
    routes_measures,
    routes_ofrep,
    routes_own_flags,
    routes_rollouts,
    routes_schedules,
    routes_sdk_keys,
)
from firstmile.release.ofrep_refusals import OfrepRefusals
from firstmile.release.straight import to_flags
from firstmile.release.watching import Watching
from firstmile.rights import PERMISSIONS
from firstmile.service import Service
from firstmile.settings import Settings, load_settings
from firstmile.web import UPLOADS as WEB_UPLOADS
from firstmile.web import routers as web_routers
from firstmile.web.failures import Failures
from firstmile.web.heads import Heads
from firstmile.web.rendering import Pages
from firstmile.web.social import returns_by_form
from firstmile.web.straight import Straight, go_on

DRAIN_SIGNAL = signal.SIGUSR1
API = (
    routes_account.router,
    routes_admin.router,
    routes_passwords.router,
    routes_session.router,
    routes_session.keys_router,
    routes_session_list.router,
    routes_factors.router,
    routes_passkeys.router,
    routes_passkeys.endpoints_router,
    routes_social.router,
    routes_connections.router,
    routes_profile.router,
    routes_own_account.router,
    routes_projects.router,
    routes_members.router,
    routes_api_keys.router,
    routes_clients.router,
    routes_clients.admin_router,
    routes_openid.router,
    routes_openid.discovery_router,
    onboarding_routes.router,
    guidance_routes.router,
    guidance_admin.router,
    help_routes.router,
    help_routes_admin.router,
    help_routes_wishes.router,
    routes_editions.router,
    routes_explaining.router,
    routes_verification.router,
    routes_kill_switch.router,
    routes_kill_switch.admin_router,
    routes_flags.router,
    routes_rollouts.router,
    routes_experiments.router,
    routes_flag_safety.router,
    routes_own_flags.router,
    routes_exposures.router,
    routes_measures.router,
    routes_sdk_keys.router,
    routes_ofrep.router,
    routes_schedules.router,
    observe_routes.router,
    protect_routes.router,
    privacy_routes.router,
    routes_metrics.router,
)


def create_app(settings: Settings, service: Service | None = None) -> App:
    """The whole web application as one ASGI callable; tests use this very one."""
    service = service or Service(settings)
    pages = Pages(settings)
    service.parts.add(pages)
    app: App = Furnished(Straight(cast(App, _routes(service)), to_flags, to_journey), service.parts)
    # The last one is the first to see a request.
    for layer in _middleware(service, pages):
        app = layer(app)
    return app


def described() -> Litestar:
    """The routes as they are; needs no database."""
    return _routes(_closed_service())


def declared_metrics() -> list[Declared]:
    """Everything that is counted; needs no database."""
    return _closed_service().metrics.declared


def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3.1 description of the API; needs no database."""
    return described().openapi_schema.to_schema()


def routes_by_permission() -> dict[Permission, list[str]]:
    """Every right with the routes that ask for it, as `GET /path`; needs no database."""
    found: dict[Permission, list[str]] = {permission: [] for permission in PERMISSIONS}
    for route in described().routes:
        for handler in getattr(route, "route_handlers", ()):
            methods = sorted(getattr(handler, "http_methods", ()))
            for permission in asked_for(handler):
                found[permission] += [f"{method} {route.path_format}" for method in methods]
    return found


def _closed_service() -> Service:
    """A service that cannot be opened, to ask what it is made of."""
    settings = Settings(
        firstmile_env="development",
        secret_key=SecretStr("x" * 40),
        database_url=SecretStr("postgresql://nowhere"),
    )
    return Service(settings)


def _routes(service: Service) -> Litestar:
    return Litestar(
        route_handlers=[
            *API,
            *web_routers(service.settings),
        ],
        dependencies={"visit": Provide(visit_of, sync_to_thread=False)},
        exception_handlers=HANDLERS,
        guards=[look_first],
        request_class=CarefulRequest,
        lifespan=[partial(_lifespan, service)],
        openapi_config=OpenAPIConfig(
            title="Firstmile",
            version=__version__,
            path="/api",
            use_handler_docstrings=True,
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        logging_config=None,
    )


async def look_first(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """What holds for every route; one guard, because each costs a copy of the handler."""
    go_on(cast(Scope, connection.scope))
    await within_limits(connection, handler)
    await only_look(connection, handler)


def _middleware(service: Service, pages: Pages) -> list[Callable[[App], App]]:
    settings, cookies = service.settings, service.parts.get(Cookies)
    return [
        partial(Idempotency, works=service.works, vault=service.vault),
        partial(Authenticate, authenticator=service.parts.get(Authenticator)),
        partial(AnswerAfterCommit, works=service.works),
        partial(Watching, watch=service.releasing.watch),
        partial(Visitors, cookie=service.parts.get(VisitorCookie)),
        partial(
            Csrf,
            tokens=cookies.csrf,
            origin=settings.base_url,
            session_cookie=cookies.session_name,
            open_to_others=OPEN_TO_OTHERS
            | protect_routes.OPEN_TO_OTHERS
            | returns_by_form(service.providers),
        ),
        partial(
            BodyLimit,
            uploads=routes_own_account.UPLOADS | WEB_UPLOADS,
            most=settings.upload_bytes,
        ),
        partial(Failures, pages=pages, parts=service.parts),
        partial(Cors, origins=frozenset(settings.cors_origins)),
        Framing,
        OfrepRefusals,
        LimitHeaders,
        partial(SecurityHeaders, over_tls=settings.over_tls),
        partial(Trace, errors=service.errors),
        Heads,
    ]


@asynccontextmanager
async def _lifespan(service: Service, _: Litestar) -> AsyncIterator[None]:
    await service.open()
    service.readiness.on()
    asyncio.get_running_loop().add_signal_handler(DRAIN_SIGNAL, service.readiness.off)
    try:
        yield
    finally:
        service.readiness.off()
        await service.close()


def app_from_environment() -> App:
    """What a web server imports: settings from the environment, logs switched on."""
    settings = load_settings()
    configure_logs(level=settings.log_level, folder=settings.log_dir, role="web")
    app = create_app(settings)
    _spare_the_collector()
    return app


def _spare_the_collector() -> None:
    """Search for garbage less often, and not in what was built so far: a tenth of a request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
