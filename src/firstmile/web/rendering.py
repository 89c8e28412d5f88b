"""Turns a template and its words into a page."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response
from litestar.datastructures import Cookie

from firstmile.help.reading import is_staff
from firstmile.help.shelf import Shelf
from firstmile.identity import store, store_people
from firstmile.identity.cookies import Cookies
from firstmile.identity.models import User
from firstmile.identity.providers import providers_of
from firstmile.identity.store_people import Seat
from firstmile.kernel.access import Actor
from firstmile.kernel.asgi import Scope, cookies_of, header_of
from firstmile.kernel.languages import LANGUAGES, accepted, best_of, catalogue, said, translate
from firstmile.kernel.refusals import Refusal
from firstmile.kernel.visit import Visit
from firstmile.privacy.consenting import Consents
from firstmile.privacy.notice import Notice
from firstmile.protect.csrf import COOKIE as CSRF_COOKIE
from firstmile.protect.headers import NONCE
from firstmile.settings import Settings
from firstmile.web.assets import Assets
from firstmile.web.embedding import embed
from firstmile.web.moments import day
from firstmile.web.notices import NOTICES

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_COOKIE = "language"
YEAR = 365 * 24 * 3600


class Pages:
    """Renders templates in the language of the visit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._services = [{"key": one.key, "name": one.name} for one in providers_of(settings)]
        self._assets = Assets()
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    async def page(
        self, visit: Visit, template: str, *, status: int = 200, **words: Any
    ) -> Response[str]:
        """A page for this visit: knows the person, the language, the token of its forms."""
        html, cookies = await self.compose(visit, template, **words)
        return Response(html, status_code=status, media_type=MediaType.HTML, cookies=cookies)

    async def compose(self, visit: Visit, template: str, **words: Any) -> tuple[str, list[Cookie]]:
        """The text of a page for this visit, and the cookies its browser needs."""
        person = await person_of(visit)
        language = language_of(visit.scope, person)
        cookies = visit.part(Cookies)
        token, cookie = _csrf(visit.scope, cookies)
        told = {
            "person": _told(person, language),
            "impersonation": await _seat(visit),
            "consent": await _consent(visit, language),
            "help_with": partial(
                visit.part(Shelf).of_field, language, with_staff=is_staff(await visit.visitor())
            ),
        }
        html = self.render(visit.scope, template, language, csrf_token=token, **told, **words)
        given = [cookie] if cookie else []
        if (asked := query_of(visit.scope).get("lang")) in LANGUAGES:
            given.append(language_cookie(str(asked), cookies))
        return html, given

    def render(self, scope: Scope, template: str, language: str, **words: Any) -> str:
        """The text of a page."""
        query = query_of(scope)
        defaults = {
            "lang": language,
            "languages": _languages(scope["path"], query),
            "csp_nonce": scope.get(NONCE, ""),
            "csrf_token": "",
            "path": scope["path"],
            "here": _here(scope["path"], query),
            "person": None,
            "impersonation": None,
            "consent": None,
            "help_with": lambda _: None,
            "development": self._settings.is_development,
            "product": self._settings.product_name,
            "verification_hours": self._settings.verification_hours,
            "reset_minutes": self._settings.reset_minutes,
            "password_min_length": self._settings.password_min_length,
            "remembered_days": self._settings.remembered_days,
            "trusted_device_days": self._settings.trusted_device_days,
            "step_up_minutes": self._settings.step_up_minutes,
            "snooze_days": self._settings.snooze_days,
            "address_change_hours": self._settings.address_change_hours,
            "address_revert_days": self._settings.address_revert_days,
            "deletion_days": self._settings.deletion_days,
            "upload_megabytes": self._settings.upload_max_megabytes,
            "notice": _notice(query.get("notice"), language),
            "services": self._services,
            "form": {},
            "errors": {},
        }
        return self._environments[language].get_template(template).render(defaults | words)

    def _environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_translations(  # type: ignore[attr-defined]
            catalogue(language), newstyle=True
        )
        environment.globals["asset"] = self._assets.url
        environment.globals["asset_css"] = self._assets.styles
        environment.globals["embed"] = embed
        return environment


async def person_of(visit: Visit) -> User | None:
    """The account of who is signed in."""
    actor = await visit.visitor()
    if actor is None:
        return None
    async with visit.reading() as db:
        return await store.user_by_id(db, actor.user_id)


async def _seat(visit: Visit) -> Seat | None:
    """In whose place staff see this page, and why; every page says it."""
    actor = await visit.visitor()
    if actor is None or actor.impersonator_id is None:
        return None
    async with visit.reading() as db:
        return await store_people.seat(db, actor.session_id)


async def _consent(visit: Visit, language: str) -> Notice | None:
    """The notice to answer; None for who has, for staff at work, and for staff in their place."""
    actor = await visit.visitor()
    if visit.scope["path"].startswith(("/console", "/privacy/")) or (
        actor and actor.impersonator_id
    ):
        return None
    consents = visit.part(Consents)
    return consents.notice(language) if (await consents.standing(visit)).needed else None


def language_of(scope: Scope, person: User | Actor | None = None) -> str:
    """The language asked for now, chosen before, of the profile, or of the browser."""
    chosen = cookies_of(scope).get(LANGUAGE_COOKIE)
    for language in (query_of(scope).get("lang"), chosen, person and person.locale):
        if language in LANGUAGES:
            return str(language)
    return best_of(accepted(header_of(scope, b"accept-language")))


def language_cookie(language: str, cookies: Cookies) -> Cookie:
    """Remembers a choice of language."""
    return Cookie(
        LANGUAGE_COOKIE,
        value=language,
        max_age=YEAR,
        path="/",
        secure=cookies.over_tls,
        httponly=True,
        samesite="lax",
    )


def mistakes(refusal: Refusal, language: str) -> dict[str, str]:
    """A refusal as messages beside the fields of a form; `form` when it is about all of it."""
    if isinstance(refusal.details, list):
        found: dict[str, list[str]] = {}
        for one in refusal.details:
            found.setdefault(one["field"], []).append(said(language, one))
        return {field: " ".join(messages) for field, messages in found.items()}
    return {"form": translate(language, refusal.message)}


def query_of(scope: Scope) -> dict[str, str]:
    """The query of the address; of a repeated name the first."""
    parsed = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return {name: values[0] for name, values in parsed.items()}


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers of a request by lower-case name."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _csrf(scope: Scope, cookies: Cookies) -> tuple[str, Cookie | None]:
    """The token for the page's forms, and its cookie when the browser needs a new one."""
    given = cookies_of(scope)
    session = given.get(cookies.session_name, "")
    token = given.get(CSRF_COOKIE, "")
    if token and cookies.csrf.fits(token, session):
        return token, None
    cookie = cookies.visitor(session)
    return str(cookie.value), cookie


def _here(path: str, query: Mapping[str, str]) -> str:
    """The page as it was opened, without what is said once."""
    kept = urlencode({name: value for name, value in query.items() if name != "notice"})
    return f"{path}?{kept}" if kept else path


def _languages(path: str, query: Mapping[str, str]) -> list[dict[str, str]]:
    path = "/" + path.lstrip("/\\")
    others = {name: value for name, value in query.items() if name not in ("lang", "notice")}
    return [
        {"code": code, "name": name, "href": f"{path}?{urlencode({**others, 'lang': code})}"}
        for code, name in LANGUAGES.items()
    ]


def _notice(name: str | None, language: str) -> dict[str, str] | None:
    if name not in NOTICES:
        return None
    kind, text = NOTICES[name]
    return {"kind": kind, "text": translate(language, text)}


def _told(person: User | None, language: str) -> dict[str, Any] | None:
    if person is None:
        return None
    leaves = person.deletion_at
    return {
        "id": str(person.id),
        "email": person.email,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "initials": (person.first_name[:1] + person.last_name[:1]).upper(),
        "avatarUrl": person.avatar_url,
        "leavesOn": day(leaves, language, person.time_zone) if leaves else None,
        "emailVerified": person.is_verified,
        "staffRole": person.staff_role,
    }
