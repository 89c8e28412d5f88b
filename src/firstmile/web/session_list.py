"""The page of one's sessions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.identity.cookies import Cookies
from firstmile.identity.models import User
from firstmile.identity.policy import Method
from firstmile.identity.routes_session_list import end_other_sessions, end_session
from firstmile.identity.store_session_list import OpenSession, open_sessions
from firstmile.kernel.ids import SessionId
from firstmile.kernel.languages import N_, translate
from firstmile.kernel.refusals import NotFound, Unauthenticated
from firstmile.kernel.visit import Visiting
from firstmile.kernel.work import Works
from firstmile.web.confirm import confirm_first
from firstmile.web.forms import see
from firstmile.web.moments import ago, on
from firstmile.web.rendering import Pages, language_of, person_of

Page = Response[str] | Redirect

PATH = "/account/sessions"
MOST = 100
METHODS = {
    Method.PASSWORD: N_("a password"),
    Method.SOCIAL: N_("a connected account"),
    Method.PASSKEY: N_("a passkey"),
    Method.MAIL: N_("a link by mail"),
    Method.TOTP: N_("an authenticator app"),
    Method.RECOVERY_CODE: N_("a recovery code"),
    Method.TRUSTED_DEVICE: N_("a trusted browser"),
    Method.STAFF: N_("our support"),
}


@get(PATH)
async def sessions_page(visit: Visiting) -> Page:
    """Where one is signed in: this session first, then the one used last."""
    actor, user, now = await visit.actor(), await person_of(visit), visit.part(Works).clock()
    if user is None:
        raise Unauthenticated(N_("Sign in to continue."))
    async with visit.reading() as db:
        found = await open_sessions(db, user.id, MOST, now)
    language = language_of(visit.scope, user)
    found.sort(key=lambda one: (one.id == actor.session_id, one.last_used_at), reverse=True)
    sessions = [_told(one, actor.session_id, now, user, language) for one in found]
    return await visit.part(Pages).page(visit, "sessions.html", sessions=sessions)


@post(f"{PATH}/{{session_id:uuid}}/end")
async def end_one(visit: Visiting, session_id: FromPath[UUID]) -> Page:
    """End a session; ending the present one is signing out."""
    actor = await visit.actor()
    if session_id != actor.session_id and (first := await confirm_first(visit, PATH)):
        return first
    try:
        is_current = await end_session(visit, SessionId(session_id))
    except NotFound:
        return see(PATH)  # it ended meanwhile, which is what was wanted
    if is_current:
        return see("/sign-in?notice=signed-out", *visit.part(Cookies).end())
    return see(f"{PATH}?notice=session-ended")


@post(f"{PATH}/end-others")
async def end_others(visit: Visiting) -> Page:
    """End every session but this one."""
    if first := await confirm_first(visit, PATH):
        return first
    await end_other_sessions(visit)
    return see(f"{PATH}?notice=sessions-ended")


def _told(
    session: OpenSession, current: SessionId, now: datetime, user: User, language: str
) -> dict[str, Any]:
    """A session as templates know it."""
    methods = [translate(language, METHODS[proof.method]) for proof in session.evidence]
    return {
        "id": str(session.id),
        "device": session.device_name,
        "network": session.network,
        "methods": ", ".join(methods),
        "created": on(session.created_at, language, user.time_zone),
        "used": ago(session.last_used_at, now, language),
        "usedOn": on(session.last_used_at, language, user.time_zone),
        "usedAt": session.last_used_at.isoformat(),
        "isCurrent": session.id == current,
        "isRemembered": session.is_remembered,
        "isSupport": session.impersonator_id is not None,
    }


router = Router(
    path="/", route_handlers=[sessions_page, end_one, end_others], include_in_schema=False
)
