"""HTTP of signing in by other services, for applications."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody

from firstmile.identity.arriving import (
    set_out,
    step_up_by,
    welcome,
    welcome_proved,
)
from firstmile.identity.claims import Identity
from firstmile.identity.departures import Departure, Errand, Way, expired
from firstmile.identity.entering import session_cookies
from firstmile.identity.introductions import Introduction, Introductions
from firstmile.identity.linking import Step
from firstmile.identity.providers import Providers
from firstmile.identity.registration import Registrar
from firstmile.identity.routes_session import signed_in, tokens_of
from firstmile.identity.schemas import SignedInOut
from firstmile.identity.schemas_social import (
    AddressGivenIn,
    AddressProvedIn,
    CameBackIn,
    IntroducedOut,
    ProviderOut,
    ProvidersOut,
    SetOutIn,
    SetOutOut,
)
from firstmile.identity.social import Social
from firstmile.identity.social_settings import SocialSettings
from firstmile.identity.travels import Travels
from firstmile.kernel.languages import N_, accepted, best_of
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.problems import AnyRequest
from firstmile.kernel.refusals import Conflict, Invalid
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.limits import limit

INTRODUCED = {
    202: ResponseSpec(
        IntroducedOut, description="The address is to be confirmed first", generate_examples=False
    )
}


async def leave(visit: Visit, provider: str, data: SetOutIn, errand: Errand) -> SetOutOut:
    """Send somebody out whom an application asks for; Invalid for an unknown way back."""
    if data.redirect_uri not in visit.part(SocialSettings).social_redirect_uris:
        raise Invalid.field("redirectUri", N_("This address is not one we may return people to."))
    leaving = await set_out(
        visit,
        provider,
        errand,
        Way.API,
        redirect_uri=data.redirect_uri,
        is_remembered=data.remember_me,
    )
    return SetOutOut.of(leaving)


async def arrive(
    visit: Visit, provider: str, data: CameBackIn, errand: Errand
) -> tuple[Departure, Identity]:
    """Who came back to an application, on the errand they were sent on."""
    travels = visit.part(Travels)
    departure = travels.expect(provider, data.state_token, Way.API, data.returned)
    if departure.errand is not errand:
        raise expired()
    return departure, await travels.arrive(departure, data.returned)


def introduced_by(visit: Visit, token: str) -> Introduction:
    """The introduction a client kept."""
    return visit.part(Introductions).read(token, visit.part(Works).clock())


@get("/social", responses=problems(503))
async def list_providers(visit: Visiting) -> ProvidersOut:
    """The services people may sign in by here."""
    return ProvidersOut(items=[ProviderOut.of(one) for one in visit.part(Providers)])


@post("/social/{provider:str}/start", status_code=200, responses=problems(*BODY, 404, 503))
async def start(visit: Visiting, provider: FromPath[str], data: JSONBody[SetOutIn]) -> SetOutOut:
    """Begin a sign-in by another service: an address for the person, a token to keep."""
    return await leave(visit, provider, data, Errand.SIGN_IN)


@post(
    "/social/{provider:str}/finish",
    status_code=200,
    responses=problems(*BODY, 401, 404, 409, 503) | INTRODUCED,
)
async def finish(
    visit: Visiting, provider: FromPath[str], data: JSONBody[CameBackIn], request: AnyRequest
) -> Response[SignedInOut]:
    """Finish it with what the service returned.

    409 `link_required` or `address_required`, and 202, hold a `linkToken` to go on with.
    """
    departure, identity = await arrive(visit, provider, data, Errand.SIGN_IN)
    locale = best_of(accepted(request.headers.get("accept-language")))
    outcome = await welcome(visit, departure, identity, locale)
    if isinstance(outcome, Introduction):
        return _introduced(visit, outcome)
    return signed_in(visit, outcome)


@post(
    "/social/address",
    status_code=202,
    responses=problems(*BODY, 503),
    opt=limit("mail", by="email"),
)
async def give_address(
    visit: Visiting, data: JSONBody[AddressGivenIn], request: AnyRequest
) -> IntroducedOut:
    """Name an address where the service told none. The answer is the same for every address."""
    introduction = introduced_by(visit, data.link_token)
    if introduction.step is not Step.ASK_ADDRESS:
        raise expired()
    locale = best_of(accepted(request.headers.get("accept-language")))
    work = await visit.work()
    given = await visit.part(Social).give_address(work, introduction, data.email, locale)
    return _introduced_out(visit, given)


@post(
    "/social/verify",
    status_code=200,
    responses=problems(*BODY, 401, 503),
    opt=limit("verification", by="token"),
)
async def prove_address(visit: Visiting, data: JSONBody[AddressProvedIn]) -> Response[SignedInOut]:
    """Confirm the address with the token of the mail, and finish the sign-in with it."""
    introduction = introduced_by(visit, data.link_token)
    user = await visit.part(Registrar).verify(await visit.work(), data.token)
    outcome = await welcome_proved(visit, user, introduction)
    if outcome is None:
        raise expired()
    return signed_in(visit, outcome)


@post("/step-up/{provider:str}/start", status_code=200, responses=problems(*BODY, 401, 404, 503))
async def start_step_up(
    visit: Visiting, provider: FromPath[str], data: JSONBody[SetOutIn]
) -> SetOutOut:
    """Show a credential to a connected service, before a sensitive change."""
    return await leave(visit, provider, data, Errand.STEP_UP)


@post("/step-up/{provider:str}/finish", status_code=200, responses=problems(*BODY, 401, 404, 503))
async def finish_step_up(
    visit: Visiting, provider: FromPath[str], data: JSONBody[CameBackIn]
) -> Response[SignedInOut]:
    """Take it as shown; the session goes on under a new id."""
    departure, identity = await arrive(visit, provider, data, Errand.STEP_UP)
    issued = await step_up_by(visit, departure, identity)
    return Response(tokens_of(issued), cookies=session_cookies(visit, issued))


def _introduced(visit: Visit, introduction: Introduction) -> Response[Any]:
    told = _introduced_out(visit, introduction)
    facts = {"linkToken": told.link_token, "expiresIn": told.expires_in}
    if introduction.step is Step.PROVE_ACCOUNT:
        raise Conflict(
            N_("This address has an account. Sign in to it, then connect the two."),
            error="link_required",
            facts=facts,
        )
    if introduction.step is Step.ASK_ADDRESS:
        raise Conflict(
            N_("The other service told us no mail address. Tell us yours."),
            error="address_required",
            facts=facts,
        )
    return Response(told, status_code=202)


def _introduced_out(visit: Visit, introduction: Introduction) -> IntroducedOut:
    life = introduction.expires_at - visit.part(Works).clock()
    return IntroducedOut(
        link_token=visit.part(Introductions).seal(introduction),
        expires_in=int(life.total_seconds()),
    )


router = Router(
    path="/api/v1/auth",
    route_handlers=[
        list_providers,
        start,
        finish,
        give_address,
        prove_address,
        start_step_up,
        finish_step_up,
    ],
    tags=["Other services"],
)
