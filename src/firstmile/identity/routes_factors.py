"""HTTP of second factors: finish a sign-in, step up, set up an app, make recovery codes."""

from litestar import Response, Router, delete, get, post
from litestar.params import JSONBody

from firstmile.identity import store, store_factors, store_second_factors
from firstmile.identity.admission import Admission, Admitted, Challenged
from firstmile.identity.entering import browser, go_on, pending_token, proof, session_cookies
from firstmile.identity.events import DevicesForgotten
from firstmile.identity.factors import SecondFactors
from firstmile.identity.login import Gatekeeper
from firstmile.identity.policy import Method, Proof
from firstmile.identity.routes_session import signed_in, tokens_of
from firstmile.identity.schemas import SignedInOut
from firstmile.identity.schemas_factors import (
    CodeIn,
    FactorsOut,
    RecoveryCodesOut,
    SecondFactorIn,
    StepUpIn,
    TotpConfirmedOut,
    TotpOut,
)
from firstmile.identity.sessions import Issued
from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.refusals import Invalid, Unauthenticated
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import fresh_actor, own_actor
from firstmile.protect.limits import limit


async def go_on_with_code(
    visit: Visit, sign_in_token: str | None, code: str, *, trust_device: bool
) -> Admitted | Challenged:
    """Finish a sign-in with a code; used by the API and by the page of the second factor."""
    works = visit.part(Works)
    token = pending_token(visit, sign_in_token)
    pending = visit.part(Admission).read(token, works.clock())
    shown = await visit.part(SecondFactors).prove(works, pending.user_id, code)
    return await go_on(visit, token, shown, trust_device=trust_device)


async def step_up_with(visit: Visit, password: str | None, code: str | None) -> Issued:
    """Show credentials again; used by the API and by the page that asks for them.

    Where there is a second factor it must be among them: else who has a session and the password
    could take the second factor away (ASVS 5.0, 7.5.1).
    """
    actor, works = await own_actor(visit), visit.part(Works)
    async with visit.reading() as db:
        user = await store.user_by_id(db, actor.user_id)
        demands = await store_factors.demands_of(db, user)
    if demands.second_factors and not code:
        raise Unauthenticated(
            N_("Show your second factor."),
            error="second_factor_required",
            facts={"methods": sorted(demands.second_factors)},
        )
    if not (password or code):
        raise Invalid.field("password", N_("Enter your password."))
    proofs: list[Proof] = []
    if password:
        device = browser(visit).secret
        await visit.part(Gatekeeper).prove(works, user.email, password, device_secret=device)
        proofs.append(proof(visit, Method.PASSWORD))
    if code:
        proofs.append(await visit.part(SecondFactors).prove(works, user.id, code))
    return await visit.part(Admission).step_up(await visit.work(), actor, *proofs)


async def forget_devices(visit: Visit) -> int:
    """Let no browser stand for the second factor any more; how many did."""
    actor = await own_actor(visit)
    work = await visit.work()
    count = await store_second_factors.forget_trust(work.db, actor.user_id, work.now)
    work.announce(DevicesForgotten(user_id=actor.user_id, count=count))
    return count


@post(
    "/login/second-factor",
    status_code=200,
    responses=problems(*BODY, 401, 429, 503),
    opt=limit("codes", by="sign_in"),
)
async def finish_with_code(
    visit: Visiting, data: JSONBody[SecondFactorIn]
) -> Response[SignedInOut]:
    """Finish a sign-in with a code of an authenticator app, or a recovery code."""
    outcome = await go_on_with_code(
        visit, data.sign_in_token, data.code, trust_device=data.trust_device
    )
    return signed_in(visit, outcome)


@post("/step-up", status_code=200, responses=problems(*BODY, 401, 429, 503), opt=limit("codes"))
async def step_up(visit: Visiting, data: JSONBody[StepUpIn]) -> Response[SignedInOut]:
    """Show credentials before a sensitive change; the session goes on under a new id."""
    issued = await step_up_with(visit, data.password, data.code)
    return Response(tokens_of(issued), cookies=session_cookies(visit, issued))


@get("/factors", responses=problems(401, 503))
async def factors(visit: Visiting) -> FactorsOut:
    """One's second factors."""
    actor = await visit.actor()
    now = visit.part(Works).clock()
    async with visit.reading() as db:
        return FactorsOut.of(await store_second_factors.overview_of(db, actor.user_id, now))


@post("/factors/totp", responses=problems(401, 403, 409, 503))
async def begin_totp(visit: Visiting) -> TotpOut:
    """A secret for an authenticator app, until a code confirms it; needs a fresh credential."""
    actor = await fresh_actor(visit)
    work = await visit.work()
    user = await store.user_by_id(work.db, actor.user_id)
    return TotpOut.of(await visit.part(SecondFactors).enrol(work, user))


@post(
    "/factors/totp/confirm",
    status_code=200,
    responses=problems(*BODY, 401, 404, 503),
    opt=limit("codes"),
)
async def confirm_totp(visit: Visiting, data: JSONBody[CodeIn]) -> Response[TotpConfirmedOut]:
    """Take the app into use. The other sessions end; this one goes on with the new tokens."""
    actor = await fresh_actor(visit)
    issued, codes = await visit.part(SecondFactors).confirm(await visit.work(), actor, data.code)
    answer = TotpConfirmedOut(recovery_codes=codes, session=tokens_of(issued))
    return Response(answer, cookies=session_cookies(visit, issued))


@delete("/factors/totp", responses=problems(401, 403, 404, 503))
async def remove_totp(visit: Visiting) -> None:
    """Remove the authenticator app; needs a fresh credential. The other sessions end."""
    actor = await fresh_actor(visit)
    await visit.part(SecondFactors).remove(await visit.work(), actor)


@post("/factors/recovery-codes", responses=problems(401, 403, 409, 503))
async def make_recovery_codes(visit: Visiting) -> RecoveryCodesOut:
    """Ten new recovery codes; the old ones are void. Needs a fresh credential."""
    actor = await fresh_actor(visit)
    codes = await visit.part(SecondFactors).make_codes(await visit.work(), actor)
    return RecoveryCodesOut(recovery_codes=codes)


@delete("/trusted-devices", responses=problems(401, 403, 503))
async def forget_trusted_devices(visit: Visiting) -> None:
    """Ask for the second factor again on every browser."""
    await forget_devices(visit)


router = Router(
    path="/api/v1/auth",
    route_handlers=[
        finish_with_code,
        step_up,
        factors,
        begin_totp,
        confirm_totp,
        remove_totp,
        make_recovery_codes,
        forget_trusted_devices,
    ],
    tags=["Second factors"],
)
