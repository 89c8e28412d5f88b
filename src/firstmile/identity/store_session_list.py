"""The SQL of the list of one's sessions."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from firstmile.identity.policy import Evidence
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import SessionId, UserId


@dataclass(frozen=True)
class OpenSession:
    """A living session as its person sees it; it ends at `ends_at` when it is not used."""

    id: SessionId
    evidence: Evidence
    device_name: str
    network: str
    created_at: datetime
    last_used_at: datetime
    ends_at: datetime
    is_remembered: bool
    impersonator_id: UserId | None


async def open_sessions(
    db: Connection,
    user_id: UserId,
    limit: int,
    now: datetime,
    *,
    after: SessionId | None = None,
) -> list[OpenSession]:
    """The living sessions of a person, the newest first; `after` goes on behind a page."""
    rows = await db.fetch(
        """
        SELECT
            id,
            proofs,
            device_name,
            network,
            created_at,
            last_used_at,
            least(expires_at, last_used_at + make_interval(secs => idle_seconds)),
            is_remembered,
            impersonator_id
        FROM sessions
        WHERE user_id = $1
          AND ended_at IS NULL
          AND expires_at > $3
          AND last_used_at > $3 - make_interval(secs => idle_seconds)
          AND ($4::uuid IS NULL OR id < $4)
        ORDER BY id DESC
        LIMIT $2
        """,
        user_id,
        limit,
        now,
        after,
    )
    return [
        OpenSession(session_id, msgspec.json.decode(proofs, type=Evidence), *rest)
        for session_id, proofs, *rest in rows
    ]
