"""HTTP of passkeys: add, list, rename, remove; sign in, second factor and step-up with one."""

from typing import Any

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from firstmile.identity import store_passkeys
from firstmile.identity.admission import Admission, Admitted, Challenged
from firstmile.identity.authenticators import Credential, key_id_of
from firstmile.identity.challenges import Ceremony
from firstmile.identity.entering import browser, enter, go_on, pending_token, session_cookies
from firstmile.identity.passkeys import Added, Offer, Passkeys, checked_name
from firstmile.identity.policy import Method, Proof
from firstmile.identity.routes_session import signed_in, tokens_of
from firstmile.identity.schemas import SignedInOut
from firstmile.identity.schemas_passkeys import (
    PasskeyAddedOut,
    PasskeyIn,
    PasskeyNameIn,
    PasskeyOptions,
    PasskeyOut,
    PasskeySignInIn,
    PasskeysOut,
    SecondPasskeyIn,
    SecondPasskeyOptionsIn,
    StepUpPasskeyIn,
)
from firstmile.identity.sessions import Issued
from firstmile.kernel.access import Actor
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import fresh_actor, own_actor
from firstmile.protect.limits import AT_THE_DOOR, limit


async def keep_passkey(
    visit: Visit, actor: Actor, token: str, credential: Credential, name: str | None
) -> tuple[Added, Issued]:
    """Add a passkey; the session goes on under a new id, with the passkey among its proofs."""
    passkeys, works = visit.part(Passkeys), visit.part(Works)
    called = checked_name(name) if name else None
    new = await passkeys.check_new(works, actor.user_id, token, credential)
    work = await visit.work()
    added = await passkeys.add(work, actor, new, called, browser(visit).name)
    shown = Proof(Method.PASSKEY, work.now, new.knew_person)
    return added, await visit.part(Admission).step_up(work, actor, shown)


async def offer_second(visit: Visit, sign_in_token: str | None) -> Offer:
    """What the browser needs to use a passkey of somebody who proved their first factor."""
    works = visit.part(Works)
    token = pending_token(visit, sign_in_token)
    pending = visit.part(Admission).read(token, works.clock())
    return await visit.part(Passkeys).offer_to_prove(works, Ceremony.SECOND_FACTOR, pending.user_id)


async def enter_with_passkey(
    visit: Visit, token: str, credential: Credential, *, is_remembered: bool
) -> Admitted | Challenged:
    """Sign in with a passkey alone; used by the API and by the sign-in page."""
    shown = await visit.part(Passkeys).prove(visit.part(Works), Ceremony.SIGN_IN, token, credential)
    return await enter(visit, shown.user_id, shown.proof, is_remembered=is_remembered)


async def go_on_with_passkey(
    visit: Visit,
    sign_in_token: str | None,
    token: str,
    credential: Credential,
    *,
    trust_device: bool,
) -> Admitted | Challenged:
    """Finish a sign-in with a passkey; used by the API and by the page of the second factor."""
    works = visit.part(Works)
    waiting = pending_token(visit, sign_in_token)
    pending = visit.part(Admission).read(waiting, works.clock())
    shown = await visit.part(Passkeys).prove(
        works, Ceremony.SECOND_FACTOR, token, credential, user_id=pending.user_id
    )
    return await go_on(visit, waiting, shown.proof, trust_device=trust_device)


async def step_up_with_passkey(visit: Visit, token: str, credential: Credential) -> Issued:
    """Show a passkey again; used by the API and by the page that asks for a credential."""
    actor = await own_actor(visit)
    shown = await visit.part(Passkeys).prove(
        visit.part(Works), Ceremony.STEP_UP, token, credential, user_id=actor.user_id
    )
    return await visit.part(Admission).step_up(await visit.work(), actor, shown.proof)


@post("/passkeys/options", status_code=200, responses=problems(401, 403, 409, 503))
async def add_options(visit: Visiting) -> PasskeyOptions:
    """What `navigator.credentials.create()` takes to make a passkey; needs a fresh credential."""
    actor = await fresh_actor(visit)
    offer = await visit.part(Passkeys).offer_to_add(visit.part(Works), actor.user_id)
    return PasskeyOptions.of(offer)


@post("/passkeys", responses=problems(*BODY, 401, 409, 503))
async def add_passkey(visit: Visiting, data: JSONBody[PasskeyIn]) -> Response[PasskeyAddedOut]:
    """Add a passkey. The other sessions end; this one goes on with the tokens of the answer."""
    actor = await fresh_actor(visit)
    added, issued = await keep_passkey(
        visit, actor, data.challenge_token, _plain(data.credential), data.name
    )
    answer = PasskeyAddedOut(
        passkey=PasskeyOut.of(added.passkey),
        recovery_codes=added.recovery_codes,
        session=tokens_of(issued),
    )
    return Response(answer, status_code=201, cookies=session_cookies(visit, issued))


@get("/passkeys", responses=problems(401, 503))
async def list_passkeys(visit: Visiting) -> PasskeysOut:
    """One's passkeys, oldest first."""
    actor = await visit.actor()
    async with visit.reading() as db:
        passkeys = await store_passkeys.passkeys_of(db, actor.user_id)
    return PasskeysOut(items=[PasskeyOut.of(passkey) for passkey in passkeys])


@patch("/passkeys/{passkey_id:str}", responses=problems(*BODY, 401, 404, 503))
async def rename_passkey(
    visit: Visiting, passkey_id: FromPath[str], data: JSONBody[PasskeyNameIn]
) -> PasskeyOut:
    """Call a passkey something else."""
    actor = await own_actor(visit)
    name = checked_name(data.name)
    passkey = await visit.part(Passkeys).rename(
        await visit.work(), actor, key_id_of(passkey_id), name
    )
    return PasskeyOut.of(passkey)


@delete("/passkeys/{passkey_id:str}", responses=problems(400, 401, 403, 404, 503))
async def remove_passkey(visit: Visiting, passkey_id: FromPath[str]) -> None:
    """Remove a passkey; needs a fresh credential. The other sessions end."""
    actor = await fresh_actor(visit)
    await visit.part(Passkeys).remove(await visit.work(), actor, key_id_of(passkey_id))


@post("/login/passkey/options", status_code=200, responses=problems(403, 503))
async def sign_in_options(visit: Visiting) -> PasskeyOptions:
    """What `navigator.credentials.get()` takes to sign in; the same for everybody."""
    offer = await visit.part(Passkeys).offer_to_prove(visit.part(Works), Ceremony.SIGN_IN)
    return PasskeyOptions.of(offer)


@post("/login/passkey", status_code=200, responses=problems(*BODY, 401, 503), opt=AT_THE_DOOR)
async def sign_in_with_passkey(
    visit: Visiting, data: JSONBody[PasskeySignInIn]
) -> Response[SignedInOut]:
    """Sign in with a passkey that knows its person: tokens for a client, cookies for a browser."""
    outcome = await enter_with_passkey(
        visit, data.challenge_token, _plain(data.credential), is_remembered=data.remember_me
    )
    return signed_in(visit, outcome)


@post("/login/second-factor/passkey/options", status_code=200, responses=problems(*BODY, 401, 503))
async def second_options(visit: Visiting, data: JSONBody[SecondPasskeyOptionsIn]) -> PasskeyOptions:
    """What `navigator.credentials.get()` takes to finish a sign-in."""
    return PasskeyOptions.of(await offer_second(visit, data.sign_in_token))


@post(
    "/login/second-factor/passkey",
    status_code=200,
    responses=problems(*BODY, 401, 429, 503),
    opt=limit("codes", by="sign_in"),
)
async def finish_with_passkey(
    visit: Visiting, data: JSONBody[SecondPasskeyIn]
) -> Response[SignedInOut]:
    """Finish a sign-in with a passkey beside the first factor."""
    outcome = await go_on_with_passkey(
        visit,
        data.sign_in_token,
        data.challenge_token,
        _plain(data.credential),
        trust_device=data.trust_device,
    )
    return signed_in(visit, outcome)


@post("/step-up/passkey/options", status_code=200, responses=problems(401, 403, 503))
async def step_up_options(visit: Visiting) -> PasskeyOptions:
    """What `navigator.credentials.get()` takes before a sensitive change."""
    actor = await own_actor(visit)
    offer = await visit.part(Passkeys).offer_to_prove(
        visit.part(Works), Ceremony.STEP_UP, actor.user_id
    )
    return PasskeyOptions.of(offer)


@post(
    "/step-up/passkey",
    status_code=200,
    responses=problems(*BODY, 401, 429, 503),
    opt=limit("codes"),
)
async def step_up(visit: Visiting, data: JSONBody[StepUpPasskeyIn]) -> Response[SignedInOut]:
    """Show a passkey before a sensitive change; the session goes on under a new id."""
    issued = await step_up_with_passkey(visit, data.challenge_token, _plain(data.credential))
    return Response(tokens_of(issued), cookies=session_cookies(visit, issued))


@get("/.well-known/passkey-endpoints")
async def endpoints(visit: Visiting) -> dict[str, str]:
    """Where passkeys are added and managed, for password managers (W3C Passkey Endpoints)."""
    page = f"{visit.part(Passkeys).site.origin}/account/security"
    return {"enroll": page, "manage": page}


def _plain(credential: Any) -> Credential:
    """The credential as its JSON was."""
    plain: Credential = msgspec.to_builtins(credential)
    return plain


router = Router(
    path="/api/v1/auth",
    route_handlers=[
        add_options,
        add_passkey,
        list_passkeys,
        rename_passkey,
        remove_passkey,
        sign_in_options,
        sign_in_with_passkey,
        second_options,
        finish_with_passkey,
        step_up_options,
        step_up,
    ],
    tags=["Passkeys"],
)
endpoints_router = Router(path="/", route_handlers=[endpoints], tags=["Passkeys"])
