"""HTTP of sessions: sign in, refresh, sign out, who am I, and the public keys."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import JSONBody

from firstmile.identity import store, store_projects
from firstmile.identity.cookies import Cookies
from firstmile.identity.login import Gatekeeper
from firstmile.identity.passwords import Passwords
from firstmile.identity.schemas import LoginIn, Me, RefreshIn, SignedInOut, UserOut
from firstmile.identity.sessions import Issued, Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.signing import SigningKeys
from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.refusals import Unauthenticated
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works


async def sign_in(visit: Visit, email: str, password: str) -> Issued:
    """Prove and begin a session; used by the API and by the sign-in page."""
    gatekeeper, works = visit.part(Gatekeeper), visit.part(Works)
    user, check = await gatekeeper.prove(works, email, password)
    before = await visit.visitor()
    new_hash = await visit.part(Passwords).hash(password) if check.is_outdated else None
    work = await visit.work()
    if before is not None and before.by_cookie:
        await visit.part(Sessions).end(work, before.user_id, before.session_id)
    return await gatekeeper.sign_in(work, user, check, new_hash)


@post("/login", status_code=200, responses=problems(*BODY, 401, 503))
async def login(visit: Visiting, data: JSONBody[LoginIn]) -> Response[SignedInOut]:
    """Sign in with address and password: tokens for a client, cookies for a browser."""
    issued = await sign_in(visit, data.email, data.password)
    life = visit.part(IdentitySettings).session_seconds
    cookies = visit.part(Cookies).begin(issued.cookie or "", life)
    return Response(_tokens(issued), cookies=cookies)


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
    return _tokens(issued)


@post("/logout", status_code=204, responses=problems(401, 403, 503))
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
    return Response(keys, headers={"cache-control": "public, max-age=300"})


def _tokens(issued: Issued) -> SignedInOut:
    return SignedInOut(
        access_token=issued.access_token,
        expires_in=issued.access_seconds,
        refresh_token=issued.refresh_token,
        user=UserOut.of(issued.user, issued.roles),
    )


router = Router(path="/api/v1/auth", route_handlers=[login, refresh, logout, me], tags=["Sessions"])
keys_router = Router(path="/", route_handlers=[jwks], tags=["Sessions"])
