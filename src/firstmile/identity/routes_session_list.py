"""HTTP of one's sessions: list them, end one, end the others."""

from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, FromQuery

from firstmile.identity.cookies import Cookies
from firstmile.identity.events import OtherSessionsEnded
from firstmile.identity.schemas_factors import EndedOut, SessionOut, SessionsOut
from firstmile.identity.sessions import Sessions
from firstmile.identity.store_session_list import open_sessions
from firstmile.kernel.ids import SessionId
from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import problems
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import fresh_actor, own_actor

PAGE = 50


async def end_session(visit: Visit, session_id: SessionId) -> bool:
    """End one of one's own sessions; whether it was the present one.

    The present one needs no more than itself; for another a fresh credential is asked for, so
    that who finds a browser open cannot shut its owner out (ASVS 5.0, 7.5.2).
    """
    actor = await own_actor(visit)
    is_current = session_id == actor.session_id
    if not is_current:
        await fresh_actor(visit)
    reason = "signed_out" if is_current else "ended_from_another"
    work = await visit.work()
    if not await visit.part(Sessions).end(work, actor.user_id, session_id, reason):
        raise NotFound(N_("There is no such session."))
    return is_current


async def end_other_sessions(visit: Visit) -> int:
    """End every session but the present one; how many."""
    actor = await fresh_actor(visit)
    work = await visit.work()
    count = await visit.part(Sessions).end_all(
        work, actor.user_id, "ended_from_another", but=actor.session_id
    )
    work.announce(OtherSessionsEnded(user_id=actor.user_id, count=count))
    return count


@get("/sessions", responses=problems(400, 401, 422, 503))
async def list_sessions(visit: Visiting, cursor: FromQuery[UUID | None] = None) -> SessionsOut:
    """Where one is signed in, the newest first."""
    actor = await visit.actor()
    after = None if cursor is None else SessionId(cursor)
    async with visit.reading() as db:
        found = await open_sessions(
            db, actor.user_id, PAGE + 1, visit.part(Works).clock(), after=after
        )
    items = [SessionOut.of(session, actor.session_id) for session in found[:PAGE]]
    return SessionsOut(items=items, next=str(items[-1].id) if len(found) > PAGE else None)


@delete("/sessions/{session_id:uuid}", status_code=204, responses=problems(400, 401, 403, 404, 503))
async def end_one(visit: Visiting, session_id: FromPath[UUID]) -> Response[None]:
    """End a session everywhere; another than the present one needs a fresh credential."""
    is_current = await end_session(visit, SessionId(session_id))
    cookies = visit.part(Cookies).end() if is_current else []
    return Response(None, status_code=204, cookies=cookies)


@post("/sessions/end-others", status_code=200, responses=problems(401, 403, 503))
async def end_others(visit: Visiting) -> EndedOut:
    """End every session but this one; needs a fresh credential."""
    return EndedOut(ended=await end_other_sessions(visit))


router = Router(
    path="/api/v1/auth",
    route_handlers=[list_sessions, end_one, end_others],
    tags=["Sessions"],
)
