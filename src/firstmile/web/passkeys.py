"""The forms of passkeys: script fills them, and they are answered like any other."""

from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Response, Router, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.identity import store_passkeys
from firstmile.identity.authenticators import (
    Credential,
    key_id_of,
    refused_passkey,
    refused_registration,
)
from firstmile.identity.entering import session_cookies
from firstmile.identity.models import User
from firstmile.identity.passkeys import Passkeys, checked_name
from firstmile.identity.routes_passkeys import (
    enter_with_passkey,
    go_on_with_passkey,
    keep_passkey,
    step_up_with_passkey,
)
from firstmile.identity.schemas_passkeys import CredentialIn, NewCredentialIn
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import (
    Conflict,
    Invalid,
    Malformed,
    NotFound,
    Refusal,
    TooMany,
    Unauthenticated,
)
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import own_actor
from firstmile.protect.limits import AT_THE_DOOR, limit
from firstmile.web.confirm import BACK, confirm_first
from firstmile.web.forms import AnyRequest, fields_of, inside, see
from firstmile.web.moments import ago, day
from firstmile.web.recovery_codes import PATH as CODES
from firstmile.web.recovery_codes import codes_cookie
from firstmile.web.rendering import Pages, language_of, mistakes
from firstmile.web.second_factor import OVER
from firstmile.web.visitor import entered

Page = Response[str] | Redirect
T = TypeVar("T")

SECURITY = "/account/security"
PATH = f"{SECURITY}/passkeys"
# What the page is asked to say, by the code of the refusal.
SAID = {
    "passkey_refused": "passkey-refused",
    "passkey_invalid": "passkey-invalid",
    "passkey_exists": "passkey-exists",
    "too_many_passkeys": "too-many-passkeys",
    "challenge_expired": "passkey-late",
    "second_factor_locked": "factor-paused",
}


async def told_passkeys(visit: Visit, user: User, language: str) -> dict[str, Any]:
    """The passkeys of a person as the page of their security knows them."""
    async with visit.reading() as db:
        passkeys = await store_passkeys.passkeys_of(db, user.id)
    now, site = visit.part(Works).clock(), visit.part(Passkeys).site

    def used(moment: datetime | None) -> str | None:
        return ago(moment, now, language) if moment else None

    return {
        "list": [
            {
                "id": passkey.text_id,
                "name": passkey.name,
                "isSynced": passkey.is_backed_up,
                "added": day(passkey.created_at, language, user.time_zone),
                "used": used(passkey.last_used_at),
            }
            for passkey in passkeys
        ],
        "known": site.known(user.id, passkeys),
    }


@post("/sign-in/passkey", opt=AT_THE_DOOR)
async def sign_in_form(visit: Visiting, request: AnyRequest) -> Page:
    """Begin a session with a passkey alone."""
    form = await fields_of(request)
    try:
        outcome = await enter_with_passkey(
            visit,
            form.get("challengeToken", ""),
            _used(form),
            is_remembered="remember" in form,
        )
    except Refusal as refusal:
        kept = {"email": "", "next": form.get("next", "")}
        errors = mistakes(refusal, language_of(visit.scope))
        return await visit.part(Pages).page(
            visit, "sign_in.html", status=status_of(refusal), form=kept, errors=errors
        )
    return entered(visit, outcome, form.get("next"))


@post("/sign-in/second-factor/passkey", opt=limit("codes", by="sign_in"))
async def second_factor_form(visit: Visiting, request: AnyRequest) -> Page:
    """Finish a sign-in with a passkey."""
    form = await fields_of(request)
    goal = inside(form.get("next"), "/home")
    try:
        outcome = await go_on_with_passkey(
            visit,
            None,
            form.get("challengeToken", ""),
            _used(form),
            trust_device="trust" in form,
        )
    except (Malformed, Unauthenticated, TooMany) as refusal:
        if refusal.error not in SAID:
            return see(OVER)
        return _again("/sign-in/second-factor", goal, refusal)
    return entered(visit, outcome, goal)


@post("/confirm/passkey", opt=limit("codes"))
async def confirm_form(visit: Visiting, request: AnyRequest) -> Page:
    """Show a passkey before a sensitive change, and go on to it."""
    form = await fields_of(request)
    goal = inside(form.get("next"), BACK)
    try:
        issued = await step_up_with_passkey(visit, form.get("challengeToken", ""), _used(form))
    except (Malformed, Unauthenticated, TooMany) as refusal:
        if refusal.error not in SAID:
            raise
        return _again("/confirm", goal, refusal)
    return see(goal, *session_cookies(visit, issued))


@post(PATH)
async def add(visit: Visiting, request: AnyRequest) -> Page:
    """Keep a new passkey, and show the recovery codes when there are new ones."""
    if first := await confirm_first(visit, SECURITY):
        return first
    form = await fields_of(request)
    actor = await own_actor(visit)
    try:
        added, issued = await keep_passkey(
            visit, actor, form.get("challengeToken", ""), _made(form), None
        )
    except (Malformed, Conflict) as refusal:
        if refusal.error not in SAID:
            raise
        return see(f"{SECURITY}?notice={SAID[refusal.error]}")
    cookies = session_cookies(visit, issued)
    if added.recovery_codes:
        return see(CODES, *cookies, codes_cookie(visit, actor, added.recovery_codes))
    return see(f"{SECURITY}?notice=passkey-added", *cookies)


@post(f"{PATH}/{{passkey_id:str}}/name")
async def rename(visit: Visiting, request: AnyRequest, passkey_id: FromPath[str]) -> Page:
    """Call a passkey something else."""
    actor = await own_actor(visit)
    form = await fields_of(request)
    try:
        name = checked_name(form.get("name", ""))
        await visit.part(Passkeys).rename(await visit.work(), actor, key_id_of(passkey_id), name)
    except Invalid:
        return see(f"{SECURITY}?notice=passkey-nameless")
    except NotFound:
        return see(SECURITY)
    return see(f"{SECURITY}?notice=passkey-renamed")


@post(f"{PATH}/{{passkey_id:str}}/remove")
async def remove(visit: Visiting, passkey_id: FromPath[str]) -> Page:
    """Forget a passkey."""
    if first := await confirm_first(visit, SECURITY):
        return first
    actor = await own_actor(visit)
    try:
        await visit.part(Passkeys).remove(await visit.work(), actor, key_id_of(passkey_id))
    except NotFound:
        return see(SECURITY)
    return see(f"{SECURITY}?notice=passkey-removed")


def _again(page: str, goal: str, refusal: Refusal) -> Redirect:
    asked = {"next": goal, "use": "passkey", "notice": SAID[refusal.error]}
    return see(f"{page}?{urlencode(asked)}")


def _used(form: dict[str, str]) -> Credential:
    return _read(form, CredentialIn, refused_passkey())


def _made(form: dict[str, str]) -> Credential:
    return _read(form, NewCredentialIn, refused_registration())


def _read(form: dict[str, str], kind: type[T], refusal: Refusal) -> Credential:
    try:
        credential = msgspec.json.decode(form.get("credential", ""), type=kind)
    except (msgspec.DecodeError, RecursionError) as garbage:
        raise refusal from garbage
    plain: Credential = msgspec.to_builtins(credential)
    return plain


router = Router(
    path="/",
    route_handlers=[
        sign_in_form,
        second_factor_form,
        confirm_form,
        add,
        rename,
        remove,
    ],
    include_in_schema=False,
)
