"""The pages of signing in by another service: the way there, the way back, a missing address."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.identity.arriving import connect_own, set_out, step_up_by, welcome
from firstmile.identity.claims import Identity
from firstmile.identity.cookies import Cookies
from firstmile.identity.departures import Departure, Errand, Return, Way
from firstmile.identity.entering import session_cookies
from firstmile.identity.introductions import Introduction
from firstmile.identity.linking import Step
from firstmile.identity.providers import Providers
from firstmile.identity.social import Social
from firstmile.identity.travels import Travels
from firstmile.kernel.asgi import cookies_of
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Invalid, Refusal
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.limits import limit
from firstmile.settings import Settings
from firstmile.web.confirm import confirm_first
from firstmile.web.forms import AnyRequest, address_cookie, fields_of, inside, see
from firstmile.web.introduced import introduction_of, keep
from firstmile.web.rendering import Pages, language_of, mistakes, query_of
from firstmile.web.visitor import entered

Page = Response[str] | Redirect

CONNECTIONS = "/account/connections"
MAX_FIELDS = 20
# What the page is asked to say, by the code of the refusal.
SAID = {
    "provider_cancelled": "provider-cancelled",
    "provider_refused": "provider-refused",
    "provider_unavailable": "provider-unavailable",
    "sign_in_expired": "sign-in-expired",
    "connected_elsewhere": "connected-elsewhere",
    "sign_up_off": "sign-up-off",
    "account_locked": "locked-out",
    "email_not_verified": "confirm-first",
    "unauthenticated": "sign-in-expired",  # the session ended while they were away
    "second_factor_required": "provider-refused",  # a service alone is not enough for this
}


def returns_by_form(providers: Providers) -> frozenset[str]:
    """The addresses at which a provider has the browser post: what stands there sees no cookie."""
    return frozenset(_way_back(one.key) for one in providers if one.posts_back)


@post("/sign-in/with/{provider:str}")
async def leave(visit: Visiting, provider: FromPath[str], request: AnyRequest) -> Page:
    """Send the browser to a provider, by a page of our own.

    A form may lead nowhere but to us (`form-action`), and by a page it need not.
    """
    form = await fields_of(request)
    errand = _errand(form.get("errand", ""))
    if errand is Errand.CONNECT and (first := await confirm_first(visit, CONNECTIONS)):
        return first
    goal = inside(form.get("next"), "/home")
    try:
        leaving = await set_out(
            visit,
            provider,
            errand,
            Way.PAGE,
            redirect_uri=visit.part(Settings).base_url + _way_back(provider),
            goal=goal,
            is_remembered="remember" in form,
        )
    except Refusal as refusal:
        return _told(refusal, errand, goal)
    name = visit.part(Providers).name_of(provider)
    page = await visit.part(Pages).page(
        visit, "leaving.html", address=leaving.address, provider=name
    )
    page.cookies.append(visit.part(Cookies).away(leaving.token, leaving.seconds))
    return page


@get("/sign-in/with/{provider:str}/callback")
async def come_back(visit: Visiting, provider: FromPath[str]) -> Page:
    """Take somebody back from a provider, whatever it says of them."""
    travels, token = visit.part(Travels), cookies_of(visit.scope).get(_away(visit), "")
    try:
        returned = _returned(visit, provider)
        departure = travels.expect(provider, token, Way.PAGE, returned)
    except Refusal as refusal:
        return _told(refusal, Errand.SIGN_IN)
    try:
        identity = await travels.arrive(departure, returned)
        async with visit.writing():
            page = await _received(visit, departure, identity)
    except Refusal as refusal:
        page = _told(refusal, departure.errand, departure.goal)
    page.cookies.append(visit.part(Cookies).away("", 0))
    return page


@post("/sign-in/with/{provider:str}/callback")
async def hand_on(visit: Visiting, provider: FromPath[str], request: AnyRequest) -> Page:
    """Turn a provider's form into a visit of our own, which brings its cookies.

    A form of another site comes without them. Nothing is believed here and nothing is done: what
    was posted goes on sealed, so that a name stands in no address and no log.
    """
    try:
        body = (await request.body()).decode()
        fields = dict(parse_qsl(body, max_num_fields=MAX_FIELDS))
        answer = visit.part(Travels).hand_on(provider, fields)
    except (ValueError, Refusal):  # no form of a provider's
        return see("/sign-in?notice=provider-refused")
    return see(f"{_way_back(provider)}?{urlencode({'answer': answer})}")


@get("/sign-in/address")
async def address_page(visit: Visiting) -> Page:
    """The form for somebody whose provider told no address."""
    introduction = introduction_of(visit)
    if introduction is None or introduction.step is not Step.ASK_ADDRESS:
        return see("/sign-in?notice=sign-in-expired")
    return await _address_page(visit, introduction)


@post("/sign-in/address", opt=limit("mail", by="email"))
async def give_address(visit: Visiting, request: AnyRequest) -> Page:
    """Write to that address, whatever it is."""
    introduction, form = introduction_of(visit), await fields_of(request)
    if introduction is None or introduction.step is not Step.ASK_ADDRESS:
        return see("/sign-in?notice=sign-in-expired")
    language, address = language_of(visit.scope), form.get("email", "")
    try:
        work = await visit.work()
        given = await visit.part(Social).give_address(work, introduction, address, language)
    except Invalid as refusal:
        errors, status = mistakes(refusal, language), status_of(refusal)
        return await _address_page(visit, introduction, status, form=form, errors=errors)
    return _check_mail(visit, given)


async def _address_page(
    visit: Visit, introduction: Introduction, status: int = 200, **words: Mapping[str, str]
) -> Page:
    name = visit.part(Providers).name_of(introduction.identity.provider)
    return await visit.part(Pages).page(
        visit, "give_address.html", status=status, provider=name, **words
    )


async def _received(visit: Visit, departure: Departure, identity: Identity) -> Page:
    if departure.errand is Errand.CONNECT:
        await connect_own(visit, departure, identity)
        return see(f"{CONNECTIONS}?notice=connected")
    if departure.errand is Errand.STEP_UP:
        issued = await step_up_by(visit, departure, identity)
        return see(departure.goal, *session_cookies(visit, issued))
    outcome = await welcome(visit, departure, identity, language_of(visit.scope))
    if not isinstance(outcome, Introduction):
        return entered(visit, outcome, departure.goal)
    if outcome.step is Step.PROVE_ADDRESS:
        return _check_mail(visit, outcome)
    if outcome.step is Step.ASK_ADDRESS:
        return see("/sign-in/address", keep(visit, outcome))
    return see(
        f"/sign-in?{urlencode({'next': departure.goal, 'notice': 'connect-first'})}",
        keep(visit, outcome),
        address_cookie(identity.email or "", visit.part(Cookies)),
    )


def _check_mail(visit: Visit, introduction: Introduction) -> Page:
    address = address_cookie(introduction.identity.email or "", visit.part(Cookies))
    return see("/check-mail", keep(visit, introduction), address)


def _returned(visit: Visit, provider: str) -> Return:
    """What the provider said by way of the browser; of a name that is repeated the first."""
    query = query_of(visit.scope)
    if "answer" in query:
        return visit.part(Travels).handed_on(provider, query["answer"])
    return Return.of(query)


def _told(refusal: Refusal, errand: Errand, goal: str = "/home") -> Redirect:
    """Back to where the person began, with a notice of our own words; raises what has none."""
    notice = SAID.get(refusal.error)
    if notice is None:
        raise refusal
    if errand is Errand.CONNECT:
        return see(f"{CONNECTIONS}?notice={notice}")
    if errand is Errand.STEP_UP:
        return see(f"/confirm?{urlencode({'next': goal, 'notice': notice})}")
    return see(f"/sign-in?{urlencode({'next': goal, 'notice': notice})}")


def _errand(word: str) -> Errand:
    return Errand(word) if word in set(Errand) else Errand.SIGN_IN


def _way_back(key: str) -> str:
    return f"/sign-in/with/{key}/callback"


def _away(visit: Visit) -> str:
    return visit.part(Cookies).away_name


router = Router(
    path="/",
    route_handlers=[leave, come_back, hand_on, address_page, give_address],
    include_in_schema=False,
)
