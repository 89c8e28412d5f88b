"""The SQL of sign-ins to applications, from the code to the last refresh token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import SessionId, UserId

GRANT = """
    id, user_id, client_id, session_id, scopes, redirect_uri, challenge, nonce, auth_time, acr,
    amr, salt, generation, created_at, redeemed_at, rotated_at, expires_at, ended_at
"""


@dataclass(frozen=True)
class Grant:
    """One sign-in to an application, and what may be asked with it."""

    id: UUID
    user_id: UserId
    client_id: UUID
    session_id: SessionId
    scopes: Sequence[str]
    redirect_uri: str
    challenge: str
    nonce: str | None
    auth_time: datetime
    acr: str
    amr: Sequence[str]
    salt: bytes
    generation: int
    created_at: datetime
    redeemed_at: datetime | None
    rotated_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    def is_alive(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.ended_at is None and now < self.expires_at


@dataclass(frozen=True)
class Guided:
    """A person as an application of our own may guide them."""

    user_id: UserId
    session_id: SessionId
    locale: str
    roles: list[str]


@dataclass(frozen=True)
class EndedGrant:
    """A sign-in to an application that is over, so that the application may be told."""

    id: UUID
    user_id: UserId
    client_id: UUID
    is_to_be_told: bool


async def add_grant(db: Connection, grant: Grant) -> None:
    """Keep a sign-in whose code is on its way."""
    await db.execute(
        """
        INSERT INTO client_grants (
            id, user_id, client_id, session_id, scopes, redirect_uri, challenge, nonce,
            auth_time, acr, amr, salt, generation, created_at, rotated_at, expires_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        """,
        grant.id,
        grant.user_id,
        grant.client_id,
        grant.session_id,
        grant.scopes,
        grant.redirect_uri,
        grant.challenge,
        grant.nonce,
        grant.auth_time,
        grant.acr,
        grant.amr,
        grant.salt,
        grant.generation,
        grant.created_at,
        grant.rotated_at,
        grant.expires_at,
    )


async def lock_grant(db: Connection, grant_id: UUID) -> Grant | None:
    """A sign-in, held until the transaction ends, so that those who use it take turns."""
    row = await db.fetchrow(
        f"SELECT {GRANT} FROM client_grants WHERE id = $1 FOR UPDATE",
        grant_id,
    )
    return None if row is None else Grant(*row)


async def grant_by_id(db: Connection, grant_id: UUID) -> Grant | None:
    """A sign-in, to look at."""
    row = await db.fetchrow(f"SELECT {GRANT} FROM client_grants WHERE id = $1", grant_id)
    return None if row is None else Grant(*row)


async def guided(db: Connection, grant_id: UUID, now: datetime) -> Guided | None:
    """Whoever is guided by the application they signed in to, while all of it holds."""
    row = await db.fetchrow(
        """
        SELECT
            users.id,
            client_grants.session_id,
            users.locale,
            ARRAY(SELECT DISTINCT role FROM memberships WHERE user_id = users.id ORDER BY role)
        FROM client_grants
        JOIN clients ON clients.id = client_grants.client_id
        JOIN users ON users.id = client_grants.user_id
        WHERE client_grants.id = $1
          AND client_grants.ended_at IS NULL
          AND client_grants.expires_at > $2
          AND clients.disabled_at IS NULL
          AND clients.is_first_party
          AND 'guide' = ANY(clients.scopes)
          AND users.locked_at IS NULL
        """,
        grant_id,
        now,
    )
    return None if row is None else Guided(*row)


async def redeem(db: Connection, grant: Grant, now: datetime) -> bool:
    """Use the code up; False when it was. Of two at once one gets the row, the other nothing."""
    row = await db.fetchrow(
        """
        UPDATE client_grants
        SET redeemed_at = $3, rotated_at = $3, generation = 1
        WHERE user_id = $1 AND id = $2 AND redeemed_at IS NULL AND ended_at IS NULL
        RETURNING 1
        """,
        grant.user_id,
        grant.id,
        now,
    )
    return row is not None


async def rotate(db: Connection, grant: Grant, now: datetime) -> int:
    """Move to the next generation of refresh tokens."""
    return int(
        await db.fetchval(
            """
            UPDATE client_grants
            SET generation = generation + 1, rotated_at = $3
            WHERE user_id = $1 AND id = $2
            RETURNING generation
            """,
            grant.user_id,
            grant.id,
            now,
        )
    )


async def follow_session(
    db: Connection, user_id: UserId, former: SessionId, present: SessionId
) -> None:
    """A session goes on under another id: so do the sign-ins that came from it."""
    await db.execute(
        """
        UPDATE client_grants
        SET session_id = $3
        WHERE user_id = $1 AND session_id = $2 AND ended_at IS NULL
        """,
        user_id,
        former,
        present,
    )


async def end_grant(db: Connection, grant: Grant, reason: str, now: datetime) -> list[EndedGrant]:
    """End one sign-in; nothing when it had ended."""
    rows = await db.fetch(
        """
        UPDATE client_grants
        SET ended_at = $4, end_reason = $3
        FROM clients
        WHERE user_id = $1
          AND client_grants.id = $2
          AND ended_at IS NULL
          AND clients.id = client_id
        RETURNING client_grants.id, user_id, client_id, backchannel_uri IS NOT NULL
        """,
        grant.user_id,
        grant.id,
        reason,
        now,
    )
    return [EndedGrant(*row) for row in rows]


async def end_grants_of_session(
    db: Connection, user_id: UserId, session_id: SessionId, reason: str, now: datetime
) -> list[EndedGrant]:
    """End every sign-in that came from a session."""
    rows = await db.fetch(
        """
        UPDATE client_grants
        SET ended_at = $4, end_reason = $3
        FROM clients
        WHERE user_id = $1
          AND session_id = $2
          AND ended_at IS NULL
          AND clients.id = client_id
        RETURNING client_grants.id, user_id, client_id, backchannel_uri IS NOT NULL
        """,
        user_id,
        session_id,
        reason,
        now,
    )
    return [EndedGrant(*row) for row in rows]


async def end_grants_of_person(
    db: Connection,
    user_id: UserId,
    reason: str,
    now: datetime,
    *,
    client_id: UUID | None = None,
    but: SessionId | None = None,
) -> list[EndedGrant]:
    """End a person's sign-ins: to one application when it is named, but those of one session."""
    rows = await db.fetch(
        """
        UPDATE client_grants
        SET ended_at = $3, end_reason = $2
        FROM clients
        WHERE user_id = $1
          AND ended_at IS NULL
          AND client_id = COALESCE($4, client_id)
          AND session_id IS DISTINCT FROM $5
          AND clients.id = client_id
        RETURNING client_grants.id, user_id, client_id, backchannel_uri IS NOT NULL
        """,
        user_id,
        reason,
        now,
        client_id,
        but,
    )
    return [EndedGrant(*row) for row in rows]


async def clean_up(db: Connection, now: datetime) -> int:
    """Delete sign-ins that are over for a day, or never began; how many."""
    rows = await db.fetch(
        """
        DELETE FROM client_grants
        WHERE expires_at < $1::timestamptz - interval '1 day'
           OR ended_at < $1 - interval '1 day'
           OR (redeemed_at IS NULL AND created_at < $1 - interval '1 day')
        RETURNING 1
        """,
        now,
    )
    return len(rows)
