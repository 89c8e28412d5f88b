"""HTTP of sessions: sign in, refresh, sign out, who am I, and the public keys."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import JSONBody

from firstmile.identity import store, store_projects
from firstmile.identity.admission import Admitted, Challenged
from firstmile.identity.cookies import Cookies
from firstmile.identity.entering import (
    browser,
    cookies_after,
    enter,
    proof,
    second_factor_required,
)
from firstmile.identity.factors import SecondFactors
from firstmile.identity.guards import IN_ANY_PLACE
from firstmile.identity.login import Gatekeeper
from firstmile.identity.passwords import Passwords
from firstmile.identity.policy import Method
from firstmile.identity.routes_openid import cross_origin
from firstmile.identity.schemas import LoginIn, Me, RefreshIn, SignedInOut, UserOut
from firstmile.identity.sessions import Issued, Sessions
from firstmile.identity.signing import SigningKeys
from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.refusals import Unauthenticated
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.limits import limit


async def sign_in(
    visit: Visit, email: str, password: str, *, code: str | None = None, is_remembered: bool = False
) -> Admitted | Challenged:
    """Prove and knock; used by the API and by the sign-in page."""
    works, device = visit.part(Works), browser(visit).secret
    user, check = await visit.part(Gatekeeper).prove(works, email, password, device_secret=device)
    proofs = [proof(visit, Method.PASSWORD)]
    if code:
        proofs.append(await visit.part(SecondFactors).prove(works, user.id, code))
    if check.is_outdated:
        new_hash = await visit.part(Passwords).hash(password)
        work = await visit.work()
        await store.set_password(work.db, user.id, new_hash, work.now)
    return await enter(visit, user.id, *proofs, is_remembered=is_remembered)


def signed_in(visit: Visit, outcome: Admitted | Challenged) -> Response[SignedInOut]:
    """Tokens for a client and cookies for a browser; raises when more is to be proved."""
    if isinstance(outcome, Challenged):
        raise second_factor_required(outcome)
    return Response(tokens_of(outcome.issued), cookies=cookies_after(visit, outcome))


@post(
    "/login", status_code=200, responses=problems(*BODY, 401, 503), opt=limit("sign_in", by="email")
)
async def login(visit: Visiting, data: JSONBody[LoginIn]) -> Response[SignedInOut]:
    """Sign in with address and password: tokens for a client, cookies for a browser."""
    outcome = await sign_in(
        visit, data.email, data.password, code=data.code, is_remembered=data.remember_me
    )
    return signed_in(visit, outcome)


@post("/refresh", status_code=200, responses=problems(*BODY, 401, 503))
async def refresh(visit: Visiting, data: JSONBody[RefreshIn]) -> SignedInOut:
    """The next pair of tokens. A refresh token that was used before ends the session."""
    async with visit.part(Works).begin() as work:
        issued = await visit.part(Sessions).refresh(work, data.refresh_token)
    if issued is None:
        raise Unauthenticated(
            N_("This token was used before, so the session is over. Sign in again."),
            error="refresh_reused",
        )
    return tokens_of(issued)


@post("/logout", status_code=204, opt=IN_ANY_PLACE, responses=problems(401, 403, 503))
async def logout(visit: Visiting) -> Response[None]:
    """End this session everywhere."""
    actor = await visit.actor()
    await visit.part(Sessions).end(await visit.work(), actor.user_id, actor.session_id)
    return Response(None, status_code=204, cookies=visit.part(Cookies).end())


@get("/me", responses=problems(401, 503))
async def me(visit: Visiting) -> Me:
    """Who is signed in."""
    actor = await visit.actor()
    async with visit.reading() as db:
        user = await store.user_by_id(db, actor.user_id)
        roles = await store_projects.roles_of(db, actor.user_id)
    return Me(user=UserOut.of(user, roles))


@get("/.well-known/jwks.json")
async def jwks(visit: Visiting) -> Response[dict[str, Any]]:
    """The public keys of our access tokens (RFC 7517)."""
    keys = visit.part(SigningKeys).jwks
    headers = {"cache-control": "public, max-age=300", **await cross_origin(visit)}
    return Response(keys, headers=headers)


def tokens_of(issued: Issued) -> SignedInOut:
    """What a client takes home."""
    return SignedInOut(
        access_token=issued.access_token,
        expires_in=issued.access_seconds,
        refresh_token=issued.refresh_token,
        user=UserOut.of(issued.user, issued.roles),
    )


router = Router(path="/api/v1/auth", route_handlers=[login, refresh, logout, me], tags=["Sessions"])
keys_router = Router(path="/", route_handlers=[jwks], tags=["Sessions"])
