"""What every way to sign in does with its visit: knock at the door, and write the cookies."""

from litestar.datastructures import Cookie

from firstmile.identity.admission import Admission, Admitted, Challenged
from firstmile.identity.browsers import Browser, browser_of
from firstmile.identity.cookies import Cookies
from firstmile.identity.policy import Method, Proof
from firstmile.identity.sessions import Issued, Sessions
from firstmile.kernel.access import Actor
from firstmile.kernel.asgi import cookies_of
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unauthenticated
from firstmile.kernel.visit import Visit
from firstmile.kernel.work import Works
from firstmile.protect.settings import ProtectSettings


def browser(visit: Visit) -> Browser:
    """The browser of this visit."""
    return browser_of(
        visit.scope,
        device_cookie=visit.part(Cookies).device_name,
        trusted_proxies=visit.part(ProtectSettings).trusted_proxies,
    )


async def enter(
    visit: Visit, user_id: UserId, *proofs: Proof, is_remembered: bool = False
) -> Admitted | Challenged:
    """Begin a session on these proofs, or learn what else to prove.

    A session this browser had before ends with the sign-in (ASVS 5.0, 7.2.4).
    """
    before = await visit.visitor()
    outcome = await visit.part(Admission).admit(
        await visit.work(), user_id, *proofs, browser=browser(visit), is_remembered=is_remembered
    )
    if isinstance(outcome, Admitted):
        await _end(visit, before)
    return outcome


async def go_on(
    visit: Visit, token: str, *proofs: Proof, trust_device: bool = False
) -> Admitted | Challenged:
    """Go on with the sign-in that `token` carries."""
    before = await visit.visitor()
    admission = visit.part(Admission)
    pending = admission.read(token, visit.part(Works).clock())
    outcome = await admission.proceed(
        await visit.work(), pending, *proofs, browser=browser(visit), trust_device=trust_device
    )
    if isinstance(outcome, Admitted):
        await _end(visit, before)
    return outcome


def pending_token(visit: Visit, given: str | None = None) -> str:
    """The sign-in under way: as it was given, or from its cookie."""
    token = given or cookies_of(visit.scope).get(visit.part(Cookies).pending_name, "")
    if not token:
        raise Unauthenticated(N_("Sign in to continue."))
    return token


def cookies_after(visit: Visit, outcome: Admitted | Challenged) -> list[Cookie]:
    """The cookies a browser is given after `enter` or `go_on`."""
    cookies = visit.part(Cookies)
    if isinstance(outcome, Challenged):
        return [cookies.pending(outcome.token, outcome.seconds)]
    kept = [*session_cookies(visit, outcome.issued), cookies.device(outcome.device_secret)]
    waited = cookies.pending_name in cookies_of(visit.scope)
    return [*kept, cookies.pending("", 0)] if waited else kept


def session_cookies(visit: Visit, issued: Issued) -> list[Cookie]:
    """The cookies of a session that began, or was renewed by a step-up."""
    session = issued.session
    ends = session.expires_at - visit.part(Works).clock()
    return visit.part(Cookies).begin(issued.cookie or "", max(1, int(ends.total_seconds())))


def second_factor_required(challenged: Challenged) -> Unauthenticated:
    """The refusal that says how to go on."""
    return Unauthenticated(
        N_("Show your second factor to finish signing in."),
        error="second_factor_required",
        facts={
            "methods": list(challenged.methods),
            "signInToken": challenged.token,
            "expiresIn": challenged.seconds,
        },
    )


def proof(visit: Visit, method: Method, *, knew_person: bool = False) -> Proof:
    """Something that was proved now."""
    return Proof(method, visit.part(Works).clock(), knew_person)


async def _end(visit: Visit, before: Actor | None) -> None:
    if before is not None and before.by_cookie:
        await visit.part(Sessions).end(
            await visit.work(), before.user_id, before.session_id, "signed_in_anew"
        )
