"""The end of sign-ins to applications: what ends them, and who hears of it."""

from collections.abc import Iterable

from firstmile.identity import store_grants as grants
from firstmile.identity.events import (
    PasswordChanged,
    RefreshReused,
    SignedOut,
    SignedOutEverywhere,
    SteppedUp,
)
from firstmile.identity.store_grants import EndedGrant, Grant
from firstmile.kernel.ids import SessionId, UserId
from firstmile.kernel.work import Work

TELL_SIGNED_OUT = "tell_application_signed_out"
# A session that makes room for another in the same browser takes no application with it.
REPLACED = frozenset({"signed_in_anew"})


async def end(work: Work, grant: Grant, reason: str, *, is_told: bool = True) -> bool:
    """End one sign-in; False when it had ended. The application hears of it unless it asked."""
    ended = await grants.end_grant(work.db, grant, reason, work.now)
    if is_told:
        tell(work, ended)
    return bool(ended)


async def after_sign_out(work: Work, event: SignedOut) -> None:
    """Whoever signs out is signed out of the applications they went to from there."""
    if event.reason not in REPLACED:
        await _end_of_session(work, event, event.reason)


async def after_theft(work: Work, event: RefreshReused) -> None:
    """The session may be in two hands, so what came from it may be, too."""
    await _end_of_session(work, event, "refresh_reused")


async def after_sign_out_everywhere(work: Work, event: SignedOutEverywhere) -> None:
    """All sessions but one have ended; so has what did not come from that one."""
    kept = None if event.kept_session_id is None else SessionId(event.kept_session_id)
    user_id = UserId(event.user_id)
    tell(
        work,
        await grants.end_grants_of_person(work.db, user_id, event.reason, work.now, but=kept),
    )


async def after_password_change(work: Work, event: PasswordChanged) -> None:
    """Another password: every application asks its person to sign in again."""
    user_id = UserId(event.user_id)
    tell(work, await grants.end_grants_of_person(work.db, user_id, "password_changed", work.now))


async def after_step_up(work: Work, event: SteppedUp) -> None:
    """The session has another id, and takes its applications along."""
    await grants.follow_session(
        work.db,
        UserId(event.user_id),
        SessionId(event.former_session_id),
        SessionId(event.session_id),
    )


def tell(work: Work, ended: Iterable[EndedGrant]) -> None:
    """Let the applications that asked for it know, by a job each."""
    for grant in ended:
        if grant.is_to_be_told:
            payload = {"client_id": grant.client_id, "sub": grant.user_id, "sid": grant.id}
            work.enqueue(TELL_SIGNED_OUT, payload)


async def _end_of_session(work: Work, event: SignedOut | RefreshReused, reason: str) -> None:
    user_id, session_id = UserId(event.user_id), SessionId(event.session_id)
    tell(
        work,
        await grants.end_grants_of_session(work.db, user_id, session_id, reason, work.now),
    )
