"""The pages between an application and its answer: sign in, allow, and back."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError
from litestar import Response, Router, get, post
from litestar.response import Redirect

from firstmile.identity import store, store_projects
from firstmile.identity.authorization import (
    AuthorizationRequest,
    Prompt,
    Query,
    Step,
    broken,
    checked_redirect,
    parse,
    read,
)
from firstmile.identity.authorizing import Advanced, Authorizations
from firstmile.identity.client_registry import Clients
from firstmile.identity.clients import Client, Scope
from firstmile.identity.cookies import Cookies
from firstmile.identity.models import Project, User
from firstmile.identity.openid import AUTHORIZE, RESUME, Issuer
from firstmile.identity.redirects import with_answer
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.asgi import cookies_of
from firstmile.kernel.languages import LANGUAGES, N_
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.web.forms import AnyRequest, address_cookie, fields_of, see
from firstmile.web.rendering import LANGUAGE_COOKIE, Pages

Page = Response[str] | Redirect

CONSENT = "/oauth/consent"
LONGEST_QUERY = 3000
PARAMETERS = (
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
    "code_challenge", "code_challenge_method", "prompt", "max_age", "login_hint", "ui_locales",
    "acr_values", "id_token_hint", "request", "request_uri", "registration",
)  # fmt: skip


class Arrival:
    """One request on its way: what was asked, since when, and whether a form led here.

    A browser holds a redirect that follows a form against the `form-action` of the form's page,
    which is ourselves. So behind a form the way on is a page that goes by itself.
    """

    def __init__(self, visit: Visit, text: str, *, behind_form: bool) -> None:
        if len(text) > LONGEST_QUERY:
            raise broken(N_("The link that brought you here cannot be read."))
        whole = parse(text)
        self.visit = visit
        self.behind_form = behind_form
        self.asked_at = _moment(whole.get("asked")) if behind_form else None
        known = {name: whole.values[name] for name in PARAMETERS if name in whole.values}
        self.query = Query(known, whole.repeated & set(PARAMETERS))

    async def go(self, *, is_allowed: bool | None = None) -> Page:
        """As far as it goes; `is_allowed` is what was said on the page that asks."""
        async with self.visit.reading() as db:
            found = await self.visit.part(Clients).find(db, self.query.get("client_id"))
        client, uri = checked_redirect(self.query, found)
        try:
            asked = read(self.query, client, uri)
            if is_allowed is False:
                raise AccessDeniedError("The person did not allow it.")
            advanced = await self._advance(asked, is_allowed=bool(is_allowed))
        except OAuth2Error as refusal:
            error, why = refusal.error, refusal.description or None
            return await self._leave(client, uri, error=error, error_description=why)
        if advanced.step is Step.GRANT:
            return await self._leave(client, uri, code=advanced.code)
        return await self._ask(asked, advanced.step)

    def resumed(self, *, without: Iterable[str] = ()) -> str:
        """Where to come back to, with the same request but for some of its prompts."""
        asked_at = self.asked_at or self.visit.part(Works).clock()
        values = {"asked": str(int(asked_at.timestamp())), **self.query.values}
        prompts = [one for one in values.pop("prompt", "").split() if one not in set(without)]
        return f"{RESUME}?{urlencode(values | ({'prompt': ' '.join(prompts)} if prompts else {}))}"

    async def _advance(self, asked: AuthorizationRequest, *, is_allowed: bool) -> Advanced:
        actor = await self.visit.visitor()
        async with self.visit.part(Works).begin() as work:
            return await self.visit.part(Authorizations).advance(
                work,
                actor,
                asked,
                hint=self.query.get("id_token_hint"),
                asked_at=self.asked_at,
                is_allowed=is_allowed,
            )

    async def _ask(self, asked: AuthorizationRequest, step: Step) -> Page:
        if step is Step.SIGN_IN:
            return self._sign_in()
        if step is Step.CONFIRM:
            return see(f"/confirm?{urlencode({'next': self.resumed()})}")
        actor = await self.visit.actor()
        async with self.visit.reading() as db:
            user = await store.user_by_id(db, actor.user_id)
            projects = await store_projects.projects_of(db, actor.user_id)
        days = self.visit.part(IdentitySettings).application_days
        return await self.visit.part(Pages).page(
            self.visit,
            "consent.html",
            client=asked.client,
            goes_to=place_of(asked.redirect_uri),
            shared=_shared(asked.scopes, user, projects, days),
            answer_to=f"{CONSENT}?{self.resumed().partition('?')[2]}",
            other_account=self._other_account(),
        )

    def _sign_in(self) -> Page:
        """To the form that signs in, with the address and the language the application hints at."""
        hint, cookies = self.query.get("login_hint") or "", self.visit.part(Cookies)
        given = [address_cookie(hint, cookies)] if "@" in hint and len(hint) <= 254 else []
        wanted = (self.query.get("ui_locales") or "").split()
        spoken = [tag.partition("-")[0].lower() for tag in wanted]
        language = next((one for one in spoken if one in LANGUAGES), None)
        where = {"next": self.resumed(without=[Prompt.SELECT_ACCOUNT])}
        if language and LANGUAGE_COOKIE not in cookies_of(self.visit.scope):
            where["lang"] = language
        return see(f"/sign-in?{urlencode(where)}", *given)

    def _other_account(self) -> str:
        return f"/sign-in?{urlencode({'next': self.resumed(without=[Prompt.SELECT_ACCOUNT])})}"

    async def _leave(self, client: Client, uri: str, **answer: str | None) -> Page:
        """Back to the application, which can tell from `iss` who answers (RFC 9207)."""
        issuer = self.visit.part(Issuer).url
        goal = with_answer(uri, **answer, state=self.query.get("state"), iss=issuer)
        if not self.behind_form:
            return see(goal)
        return await onward(self.visit, goal, client, is_farewell=False)


async def onward(visit: Visit, goal: str, client: Client, *, is_farewell: bool) -> Response[str]:
    """A page that goes to an application by itself, and has a link for where it does not."""
    page = await visit.part(Pages).page(
        visit, "onward.html", goal=goal, client=client, is_farewell=is_farewell
    )
    page.headers["refresh"] = f"0; url={goal}"
    return page


def same_by_get(path: str, body: bytes) -> Redirect:
    """The same request by GET, which brings the person's cookies; the form came without them."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=len(PARAMETERS) * 2)
    except ValueError as garbage:
        raise broken(N_("The link that brought you here cannot be read.")) from garbage
    return see(f"{path}?{urlencode(pairs)}")


@get(AUTHORIZE)
async def authorize(visit: Visiting) -> Page:
    """What an application asks (OpenID Connect Core, 3.1.2)."""
    return await Arrival(visit, _text(visit), behind_form=False).go()


@post(AUTHORIZE)
async def authorize_by_post(request: AnyRequest) -> Redirect:
    """The same by a form."""
    return same_by_get(AUTHORIZE, await request.body())


@get(RESUME)
async def resume(visit: Visiting) -> Page:
    """The same again, for somebody who has signed in or confirmed that it is them."""
    return await Arrival(visit, _text(visit), behind_form=True).go()


@post(CONSENT)
async def consent(visit: Visiting, request: AnyRequest) -> Page:
    """What the person said: `allow`, or anything else for no."""
    form = await fields_of(request)
    arrival = Arrival(visit, _text(visit), behind_form=True)
    return await arrival.go(is_allowed=form.get("decision") == "allow")


def _text(visit: Visit) -> str:
    return str(visit.scope.get("query_string", b"").decode("latin-1"))


def _moment(written: str | None) -> datetime | None:
    if written is None or not (written.isascii() and written.isdigit() and len(written) <= 10):
        return None
    return datetime.fromtimestamp(int(written), UTC)


def place_of(uri: str) -> str | None:
    """The site an address leads to; None for a program on a device."""
    return urlsplit(uri).netloc or None


def _shared(
    scopes: Iterable[str], user: User, projects: Iterable[Project], days: int
) -> list[dict[str, Any]]:
    """What the application will know, by the very words it is told."""
    given = set(scopes)
    about = [f"{user.first_name} {user.last_name}".strip()]
    shared: list[dict[str, Any]] = []
    if Scope.PROFILE in given:
        more = [LANGUAGES.get(user.locale, user.locale), user.time_zone]
        shared.append({"kind": "profile", "values": [" · ".join(filter(None, [*about, *more]))]})
    if Scope.EMAIL in given:
        shared.append({"kind": "email", "values": [user.email]})
    if Scope.ROLES in given:
        mine = [project for project in projects if project.deletion_at is None]
        values = [{"project": project.name, "role": str(project.role)} for project in mine]
        shared.append({"kind": "roles", "values": values})
    if Scope.GUIDE in given:
        shared.append({"kind": "guide", "values": []})
    if Scope.OFFLINE in given:
        shared.append({"kind": "offline_access", "values": [], "days": days})
    return shared


router = Router(
    path="/",
    route_handlers=[authorize, authorize_by_post, resume, consent],
    include_in_schema=False,
)
