"""HTTP of accounts: register, verify, resend, forgot, reset."""

from litestar import Router, post
from litestar.params import JSONBody

from firstmile.identity import store_projects
from firstmile.identity.passwords import Passwords
from firstmile.identity.recovery import FORGOT, Recovery
from firstmile.identity.registration import (
    RESEND,
    Registrar,
    checked_registration,
    requires_sign_up,
)
from firstmile.identity.schemas import (
    AddressIn,
    Me,
    RegistrationIn,
    ResetIn,
    Sent,
    TokenIn,
    UserOut,
    VerificationSent,
)
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.strength import PasswordRules
from firstmile.identity.unlocking import Unlocking
from firstmile.kernel.languages import accepted, best_of
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.problems import AnyRequest
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.limits import limit
from firstmile.protect.switches import Switches

REFUSALS = problems(*BODY, 503)


async def take_registration(visit: Visit, asked: RegistrationIn, locale: str) -> None:
    """Check, hash, then write; used by the API and by the sign-up page."""
    requires_sign_up(visit.part(Switches))
    registration = checked_registration(
        asked.email,
        asked.password,
        asked.first_name,
        asked.last_name,
        locale=locale,
        rules=visit.part(PasswordRules),
        with_test_domains=visit.part(IdentitySettings).with_test_domains,
    )
    password_hash = await visit.part(Passwords).hash(registration.password)
    await visit.part(Registrar).register(await visit.work(), registration, password_hash)


async def take_reset(visit: Visit, token: str, password: str) -> None:
    """Check, hash, then write; used by the API and by the reset page."""
    recovery = visit.part(Recovery)
    password_hash = await recovery.prepare(visit.part(Works), token, password)
    await recovery.reset(await visit.work(), token, password_hash)


@post("/register", status_code=202, responses=REFUSALS, opt=limit("sign_up", by="email"))
async def register(
    visit: Visiting, data: JSONBody[RegistrationIn], request: AnyRequest
) -> VerificationSent:
    """Ask for an account. The answer is the same whether or not the address has one."""
    locale = best_of(accepted(request.headers.get("accept-language")))
    await take_registration(visit, data, locale)
    return VerificationSent()


@post("/verify-email", status_code=200, responses=REFUSALS, opt=limit("verification", by="token"))
async def verify_email(visit: Visiting, data: JSONBody[TokenIn]) -> Me:
    """Confirm an address with the token from the mail, once."""
    work = await visit.work()
    user = await visit.part(Registrar).verify(work, data.token)
    roles = await store_projects.roles_of(work.db, user.id)
    return Me(user=UserOut.of(user, roles))


@post("/resend-verification", status_code=202, responses=REFUSALS, opt=limit("mail", by="email"))
async def resend_verification(visit: Visiting, data: JSONBody[AddressIn]) -> Sent:
    """Ask for another link. The answer is the same for every address."""
    (await visit.work()).enqueue(RESEND, data.email)
    return Sent()


@post("/forgot-password", status_code=202, responses=REFUSALS, opt=limit("mail", by="email"))
async def forgot_password(visit: Visiting, data: JSONBody[AddressIn]) -> Sent:
    """Ask for a reset link. The answer is the same for every address."""
    (await visit.work()).enqueue(FORGOT, data.email)
    return Sent()


@post("/reset-password", status_code=204, responses=REFUSALS, opt=limit("reset", by="token"))
async def reset_password(visit: Visiting, data: JSONBody[ResetIn]) -> None:
    """Set a new password with the token from the mail, once; every session ends."""
    await take_reset(visit, data.token, data.password)


@post("/unlock", status_code=204, responses=REFUSALS, opt=limit("verification", by="token"))
async def unlock(visit: Visiting, data: JSONBody[TokenIn]) -> None:
    """Open an address that wrong passwords closed, with the token from the mail, once."""
    await visit.part(Unlocking).unlock(await visit.work(), data.token)


router = Router(
    path="/api/v1/auth",
    route_handlers=[
        register,
        verify_email,
        resend_verification,
        forgot_password,
        reset_password,
        unlock,
    ],
    tags=["Accounts"],
)
