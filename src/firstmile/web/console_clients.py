"""The console's pages about applications that sign their users in here."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.identity import store_clients
from firstmile.identity.client_registry import Clients
from firstmile.identity.clients import USUAL_SCOPES, Client, Registration, Scope
from firstmile.identity.permissions import CLIENTS_MANAGE
from firstmile.identity.redirects import Kind
from firstmile.kernel.access import Actor
from firstmile.kernel.languages import N_, translate
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Invalid, NotFound
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.guards import as_staff, fresh_actor
from firstmile.web.confirm import confirm_first
from firstmile.web.console import console_page
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.moments import day
from firstmile.web.rendering import language_of, mistakes, person_of

Page = Response[str] | Redirect

PATH = "/console/applications"
ONE = f"{PATH}/{{client_id:uuid}}"
GUARDS = [as_staff(CLIENTS_MANAGE)]
SCOPE = "scope."
KINDS = {
    Kind.WEB: N_("On a server, where it keeps a secret"),
    Kind.BROWSER: N_("In a browser, as a page with script"),
    Kind.NATIVE: N_("On a device, as an app or a command"),
}
SCOPES = {
    Scope.OPENID: N_("Who it is, by a number"),
    Scope.PROFILE: N_("Name, language and time zone"),
    Scope.EMAIL: N_("E-mail address"),
    Scope.ROLES: N_("Projects, and the roles in them"),
    Scope.OFFLINE: N_("All of this while the person is away"),
    Scope.GUIDE: N_("Show and settle their steps, tips and help inside it; only your own"),
}


@get(PATH, guards=GUARDS)
async def list_page(visit: Visiting) -> Page:
    """Every application, by name."""
    async with visit.reading() as db:
        found = await store_clients.clients(db)
    language = language_of(visit.scope, await person_of(visit))
    clients = [_told(client, language) for client in found]
    return await console_page(visit, "console_clients.html", clients=clients)


@get(f"{PATH}/new", guards=GUARDS)
async def new_page(visit: Visiting) -> Page:
    """The form that registers an application."""
    if first := await confirm_first(visit, f"{PATH}/new"):
        return first
    form = {"kind": str(Kind.WEB)} | {f"{SCOPE}{scope}": "on" for scope in USUAL_SCOPES}
    return await _form(visit, None, form=form)


@post(f"{PATH}/new", guards=GUARDS)
async def register(visit: Visiting, request: AnyRequest) -> Page:
    """Register it, and show its secret this once."""
    form = await fields_of(request)
    if first := await confirm_first(visit, f"{PATH}/new"):
        return first
    actor = await fresh_actor(visit)
    try:
        wanted = _wanted(form, form.get("kind", ""))
        client, secret = await visit.part(Clients).register(
            await visit.work(), wanted, staff_id=actor.user_id
        )
    except Invalid as refusal:
        return await _again(visit, None, refusal, form)
    return await _made(visit, client, secret)


@get(ONE, guards=GUARDS)
async def client_page(visit: Visiting, client_id: FromPath[UUID]) -> Page:
    """All that is known of an application, to be changed."""
    client = await _known(visit, client_id)
    if first := await confirm_first(visit, _path(client)):
        return first
    return await _form(visit, client, form=_filled(client))


@post(ONE, guards=GUARDS)
async def change(visit: Visiting, client_id: FromPath[UUID], request: AnyRequest) -> Page:
    """Change it; what it is and its secret stay."""
    client, form = await _known(visit, client_id), await fields_of(request)
    if first := await confirm_first(visit, _path(client)):
        return first
    actor = await fresh_actor(visit)
    try:
        await visit.part(Clients).change(
            await visit.work(), client.id, _wanted(form, client.kind), staff_id=actor.user_id
        )
    except Invalid as refusal:
        return await _again(visit, client, refusal, form)
    return see(f"{_path(client)}?notice=saved")


@post(f"{ONE}/secret", guards=GUARDS)
async def renew_secret(visit: Visiting, client_id: FromPath[UUID], request: AnyRequest) -> Page:
    """Another secret, shown this once."""
    client, form = await _known(visit, client_id), await fields_of(request)
    if first := await confirm_first(visit, _path(client)):
        return first
    actor = await fresh_actor(visit)
    changed, secret = await visit.part(Clients).renew_secret(
        await visit.work(), client.id, staff_id=actor.user_id, at_once="at_once" in form
    )
    return await _made(visit, changed, secret)


@post(f"{ONE}/close", guards=GUARDS)
async def close(visit: Visiting, client_id: FromPath[UUID]) -> Page:
    """Let it sign nobody in, from now on."""
    client = await _known(visit, client_id)
    actor = await _sure(visit, client)
    if isinstance(actor, Redirect):
        return actor
    await visit.part(Clients).close(await visit.work(), client.id, staff_id=actor.user_id)
    return see(f"{_path(client)}?notice=application-closed")


@post(f"{ONE}/open", guards=GUARDS)
async def open_again(visit: Visiting, client_id: FromPath[UUID]) -> Page:
    """Let it go on where it was."""
    client = await _known(visit, client_id)
    actor = await _sure(visit, client)
    if isinstance(actor, Redirect):
        return actor
    await visit.part(Clients).open(await visit.work(), client.id, staff_id=actor.user_id)
    return see(f"{_path(client)}?notice=application-opened")


async def _sure(visit: Visit, client: Client) -> Actor | Redirect:
    return await confirm_first(visit, _path(client)) or await fresh_actor(visit)


async def _known(visit: Visit, client_id: UUID) -> Client:
    async with visit.reading() as db:
        client = await store_clients.client_by_id(db, client_id)
    if client is None:
        raise NotFound(N_("There is no such application."))
    return client


async def _made(visit: Visit, client: Client, secret: str | None) -> Page:
    return await console_page(
        visit,
        "console_client_made.html",
        client={"id": str(client.id), "name": client.name, "href": _path(client)},
        secret=secret,
    )


async def _form(visit: Visit, client: Client | None, *, status: int = 200, **words: Any) -> Page:
    language = language_of(visit.scope, await person_of(visit))
    return await console_page(
        visit,
        "console_client.html",
        status=status,
        client=None if client is None else _told(client, language),
        kinds=[{"code": str(kind), "name": translate(language, KINDS[kind])} for kind in Kind],
        scopes=[
            {"field": f"{SCOPE}{scope}", "name": str(scope), "what": translate(language, words_)}
            for scope, words_ in SCOPES.items()
        ],
        **words,
    )


async def _again(
    visit: Visit, client: Client | None, refusal: Invalid, form: dict[str, str]
) -> Page:
    errors = mistakes(refusal, language_of(visit.scope, await person_of(visit)))
    return await _form(visit, client, status=status_of(refusal), form=form, errors=errors)


def _wanted(form: dict[str, str], kind: str) -> Registration:
    if kind not in set(Kind):
        raise Invalid.field("kind", N_("Say where it runs."))
    return Registration(
        name=form.get("name", ""),
        kind=Kind(kind),
        redirect_uris=_lines(form, "redirectUris"),
        logout_uris=_lines(form, "postLogoutRedirectUris"),
        scopes=tuple(name.removeprefix(SCOPE) for name in form if name.startswith(SCOPE)),
        is_first_party="firstParty" in form,
        home_url=form.get("homeUrl", "").strip() or None,
        backchannel_uri=form.get("backchannelLogoutUri", "").strip() or None,
    )


def _filled(client: Client) -> dict[str, str]:
    return {
        "name": client.name,
        "kind": str(client.kind),
        "redirectUris": "\n".join(client.redirect_uris),
        "postLogoutRedirectUris": "\n".join(client.logout_uris),
        "homeUrl": client.home_url or "",
        "backchannelLogoutUri": client.backchannel_uri or "",
        **({"firstParty": "on"} if client.is_first_party else {}),
        **{f"{SCOPE}{scope}": "on" for scope in client.scopes},
    }


def _lines(form: dict[str, str], name: str) -> tuple[str, ...]:
    return tuple(form.get(name, "").split())


def _told(client: Client, language: str) -> dict[str, Any]:
    return {
        "id": str(client.id),
        "href": _path(client),
        "name": client.name,
        "kind": translate(language, KINDS[client.kind]),
        "is_first_party": client.is_first_party,
        "has_secret": client.has_secret,
        "is_closed": client.disabled_at is not None,
        "since": day(client.created_at, language, None),
    }


def _path(client: Client) -> str:
    return f"{PATH}/{client.id}"


router = Router(
    path="/",
    route_handlers=[
        list_page,
        new_page,
        register,
        client_page,
        change,
        renew_secret,
        close,
        open_again,
    ],
    include_in_schema=False,
)
