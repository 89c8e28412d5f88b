"""The pages of a visitor: landing, signing up, signing in, passwords."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get, post
from litestar.params import FromQuery
from litestar.response import Redirect

from firstmile.identity.admission import Admitted, Challenged
from firstmile.identity.arriving import welcome_proved
from firstmile.identity.cookies import Cookies
from firstmile.identity.entering import cookies_after
from firstmile.identity.guards import IN_ANY_PLACE
from firstmile.identity.policy import Barrier
from firstmile.identity.recovery import FORGOT, Recovery
from firstmile.identity.registration import RESEND, SIGN_UP_RETRY, Registrar
from firstmile.identity.routes_account import take_registration, take_reset
from firstmile.identity.routes_session import sign_in
from firstmile.identity.schemas import RegistrationIn
from firstmile.identity.sessions import Sessions
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Malformed, Refusal
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.limits import limit
from firstmile.protect.switches import Area, Switches
from firstmile.web.experimenting import SIGN_UP_ENCOURAGEMENT, shown
from firstmile.web.forms import (
    AnyRequest,
    address_cookie,
    fields_of,
    inside,
    kept_address,
    see,
)
from firstmile.web.introduced import by_way_of_the_offer, forget, introduction_of
from firstmile.web.rendering import Pages, language_of, mistakes

Page = Response[str] | Redirect


@get("/")
async def landing(visit: Visiting) -> Page:
    """What this is; who is signed in goes on to where they left."""
    if await visit.visitor() is not None:
        return see("/home")
    return await visit.part(Pages).page(visit, "landing.html")


@get("/sign-up")
async def sign_up_page(visit: Visiting) -> Page:
    """The form that makes an account, or word that none can be made right now."""
    if visit.part(Switches).is_off(Area.SIGN_UP):
        return await _closed(visit)
    encouraged = await shown(visit, SIGN_UP_ENCOURAGEMENT)
    page = await visit.part(Pages).page(visit, "sign_up.html", is_warm=encouraged.is_warm)
    page.cookies += encouraged.cookies
    return page


@post("/sign-up", opt=limit("sign_up", by="email"))
async def sign_up(visit: Visiting, request: AnyRequest) -> Page:
    """Make the account, then ask to look at the mail."""
    form = await fields_of(request)
    language = language_of(visit.scope)
    asked = RegistrationIn(
        email=form.get("email", ""),
        password=form.get("password", ""),
        first_name=form.get("firstName", ""),
        last_name=form.get("lastName", ""),
    )
    try:
        await take_registration(visit, asked, language)
    except Refusal as refusal:
        if refusal.error == "sign_up_off":
            return await _closed(visit)
        is_warm = (await shown(visit, SIGN_UP_ENCOURAGEMENT)).is_warm
        return await _again(visit, "sign_up.html", refusal, form, is_warm=is_warm)
    return see("/check-mail", address_cookie(asked.email, visit.part(Cookies)))


@get("/check-mail")
async def check_mail(visit: Visiting, request: AnyRequest) -> Page:
    """Where to look, and what to do when nothing comes."""
    address = kept_address(request)
    if not address:
        return see("/sign-up")
    return await visit.part(Pages).page(visit, "check_mail.html", email=address)


@post("/resend-verification", opt=limit("mail", by="email"))
async def resend(visit: Visiting, request: AnyRequest) -> Page:
    """Another link, if the address waits for one."""
    address = (await fields_of(request)).get("email", "")[:320]
    (await visit.work()).enqueue(RESEND, address)
    return see("/check-mail?notice=sent", address_cookie(address, visit.part(Cookies)))


@get("/verify-email")
async def verify_page(visit: Visiting, token: FromQuery[str] = "") -> Page:
    """The button that confirms an address; opening the link alone changes nothing."""
    is_open = await visit.part(Registrar).is_open(visit.part(Works), token)
    state = "ready" if is_open else "invalid"
    return await visit.part(Pages).page(
        visit, "verify.html", status=200 if is_open else 400, state=state, token=token
    )


@post("/verify-email", opt=limit("verification", by="token"))
async def verify(visit: Visiting, request: AnyRequest) -> Page:
    """Confirm the address, then sign in."""
    token = (await fields_of(request)).get("token", "")
    try:
        user = await visit.part(Registrar).verify(await visit.work(), token)
    except Malformed:
        return await visit.part(Pages).page(
            visit, "verify.html", status=400, state="invalid", token=""
        )
    introduction = introduction_of(visit)
    if introduction and (outcome := await welcome_proved(visit, user, introduction)):
        return see("/home?notice=confirmed", *cookies_after(visit, outcome), forget(visit))
    if not user.has_password:
        ticket = await visit.part(Recovery).ticket(await visit.work(), user)
        return see(f"/reset-password?notice=choose-password&token={ticket}")
    return see("/sign-in?notice=verified", address_cookie(user.email, visit.part(Cookies)))


@get("/sign-in")
async def sign_in_page(visit: Visiting, request: AnyRequest, next: FromQuery[str] = "") -> Page:  # noqa: A002
    """The form that begins a session."""
    form = {"email": kept_address(request), "next": next}
    return await visit.part(Pages).page(visit, "sign_in.html", form=form)


@post("/sign-in", opt=limit("sign_in", by="email"))
async def sign_in_form(visit: Visiting, request: AnyRequest) -> Page:
    """Begin a session and go to where the person wanted to go."""
    form = await fields_of(request)
    email, remember = form.get("email", ""), "remember" in form
    try:
        outcome = await sign_in(visit, email, form.get("password", ""), is_remembered=remember)
    except Refusal as refusal:
        if refusal.error == Barrier.EMAIL_NOT_VERIFIED:
            address = address_cookie(email, visit.part(Cookies))
            return see("/check-mail?notice=confirm-first", address)
        return await _again(visit, "sign_in.html", refusal, form)
    return entered(visit, outcome, form.get("next"))


def entered(visit: Visit, outcome: Admitted | Challenged, wanted: str | None) -> Page:
    """On to where the person wanted to go, or first to their second factor."""
    goal, cookies = inside(wanted, "/home"), cookies_after(visit, outcome)
    if isinstance(outcome, Challenged):
        return see(f"/sign-in/second-factor?{urlencode({'next': goal})}", *cookies)
    if outcome.issued.user.deletion_at is not None:
        return see(f"/account/deletion/pending?{urlencode({'next': goal})}", *cookies)
    return see(by_way_of_the_offer(visit, goal), *cookies)


@post("/sign-out", opt=IN_ANY_PLACE)
async def sign_out(visit: Visiting) -> Page:
    """End the session."""
    actor = await visit.visitor()
    if actor is not None:
        await visit.part(Sessions).end(await visit.work(), actor.user_id, actor.session_id)
    return see("/sign-in?notice=signed-out", *visit.part(Cookies).end())


@get("/forgot-password")
async def forgot_page(visit: Visiting, request: AnyRequest) -> Page:
    """The form that asks for a reset link."""
    form = {"email": kept_address(request)}
    return await visit.part(Pages).page(visit, "forgot.html", form=form)


@post("/forgot-password", opt=limit("mail", by="email"))
async def forgot(visit: Visiting, request: AnyRequest) -> Page:
    """A reset link, if the address has an account."""
    address = (await fields_of(request)).get("email", "")[:320]
    (await visit.work()).enqueue(FORGOT, address)
    return see("/forgot-password/sent", address_cookie(address, visit.part(Cookies)))


@get("/forgot-password/sent")
async def forgot_sent(visit: Visiting, request: AnyRequest) -> Page:
    """The same words for every address."""
    return await visit.part(Pages).page(visit, "forgot_sent.html", email=kept_address(request))


@get("/reset-password")
async def reset_page(visit: Visiting, token: FromQuery[str] = "") -> Page:
    """The form for the new password."""
    is_open = await visit.part(Recovery).is_open(visit.part(Works), token)
    state = "ready" if is_open else "invalid"
    return await visit.part(Pages).page(
        visit, "reset.html", status=200 if is_open else 400, state=state, token=token
    )


@post("/reset-password", opt=limit("reset", by="token"))
async def reset(visit: Visiting, request: AnyRequest) -> Page:
    """Set the password, then sign in with it."""
    form = await fields_of(request)
    token = form.get("token", "")
    try:
        await take_reset(visit, token, form.get("password", ""))
    except Malformed:
        return await visit.part(Pages).page(
            visit, "reset.html", status=400, state="invalid", token=""
        )
    except Refusal as refusal:
        return await _again(visit, "reset.html", refusal, form, state="ready", token=token)
    return see("/sign-in?notice=password-set", *visit.part(Cookies).end())


async def _closed(visit: Visit) -> Page:
    page = await visit.part(Pages).page(visit, "sign_up_off.html", status=503)
    page.headers["retry-after"] = str(SIGN_UP_RETRY)
    return page


async def _again(
    visit: Visit, template: str, refusal: Refusal, form: dict[str, str], **words: Any
) -> Page:
    """The same form with what was typed, save the password, and what is wrong with it."""
    kept = {name: value for name, value in form.items() if name != "password"}
    errors = mistakes(refusal, language_of(visit.scope))
    status = status_of(refusal)
    return await visit.part(Pages).page(
        visit, template, status=status, form=kept, errors=errors, **words
    )


router = Router(
    path="/",
    route_handlers=[
        landing,
        sign_up_page,
        sign_up,
        check_mail,
        resend,
        verify_page,
        verify,
        sign_in_page,
        sign_in_form,
        sign_out,
        forgot_page,
        forgot,
        forgot_sent,
        reset_page,
        reset,
    ],
    include_in_schema=False,
)
