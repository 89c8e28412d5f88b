"""The SQL of invitations."""

from datetime import datetime
from uuid import UUID

import asyncpg

from firstmile.identity.models import Role, key_of
from firstmile.identity.project_models import Invitation
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId

INVITATION = """
    invitations.id,
    invitations.project_id,
    projects.name,
    invitations.email,
    invitations.role,
    inviters.first_name || ' ' || inviters.last_name,
    invitations.sent_at,
    invitations.expires_at
"""
WITH_NAMES = """
    JOIN projects ON projects.id = invitations.project_id
    LEFT JOIN users AS inviters ON inviters.id = invitations.inviter_id
"""


async def put_invitation(
    db: Connection, invitation: Invitation, token_hash: bytes, inviter_id: UserId
) -> UUID:
    """Keep an invitation in the place of an open one of its address; the id it has then.

    The token that was mailed before opens nothing from here on.
    """
    return UUID(
        str(
            await db.fetchval(
                """
                INSERT INTO invitations AS known (
                    id, project_id, email, email_key, role, token_hash, inviter_id,
                    created_at, sent_at, expires_at
                )
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
                ON CONFLICT (project_id, email_key)
                    WHERE accepted_at IS NULL AND revoked_at IS NULL
                DO UPDATE
                SET email = EXCLUDED.email,
                    role = EXCLUDED.role,
                    token_hash = EXCLUDED.token_hash,
                    inviter_id = EXCLUDED.inviter_id,
                    sent_at = EXCLUDED.sent_at,
                    expires_at = EXCLUDED.expires_at,
                    times_sent = known.times_sent + 1
                RETURNING id
                """,
                invitation.id,
                invitation.project_id,
                invitation.email,
                key_of(invitation.email),
                invitation.role,
                token_hash,
                inviter_id,
                invitation.sent_at,
                invitation.expires_at,
            )
        )
    )


async def invitations_of(db: Connection, project_id: UUID) -> list[Invitation]:
    """The invitations of a project that nobody has answered, newest first, expired ones too."""
    rows = await db.fetch(
        f"""
        SELECT {INVITATION}
        FROM invitations
        {WITH_NAMES}
        WHERE invitations.project_id = $1
          AND invitations.accepted_at IS NULL
          AND invitations.revoked_at IS NULL
        ORDER BY invitations.sent_at DESC, invitations.id
        """,
        project_id,
    )
    return [_invitation(row) for row in rows]


async def invitation_of(db: Connection, project_id: UUID, invitation_id: UUID) -> Invitation | None:
    """One of them; None when it was answered or taken back, or is another project's."""
    row = await db.fetchrow(
        f"""
        SELECT {INVITATION}
        FROM invitations
        {WITH_NAMES}
        WHERE invitations.project_id = $1
          AND invitations.id = $2
          AND invitations.accepted_at IS NULL
          AND invitations.revoked_at IS NULL
        """,
        project_id,
        invitation_id,
    )
    return None if row is None else _invitation(row)


async def open_invitation(db: Connection, hashes: list[bytes], now: datetime) -> Invitation | None:
    """The invitation that a token opens now; a project that was deleted invites nobody."""
    row = await db.fetchrow(
        f"""
        SELECT {INVITATION}
        FROM invitations
        {WITH_NAMES}
        WHERE invitations.token_hash = ANY($1)
          AND invitations.accepted_at IS NULL
          AND invitations.revoked_at IS NULL
          AND invitations.expires_at > $2
          AND projects.deletion_at IS NULL
        """,
        hashes,
        now,
    )
    return None if row is None else _invitation(row)


async def accept(
    db: Connection, invitation_id: UUID, hashes: list[bytes], user_id: UserId, now: datetime
) -> bool:
    """Use an invitation up; False for all but the first who tries."""
    row = await db.fetchrow(
        """
        UPDATE invitations
        SET accepted_at = $4, accepter_id = $3
        WHERE id = $1
          AND token_hash = ANY($2)
          AND accepted_at IS NULL
          AND revoked_at IS NULL
          AND expires_at > $4
        RETURNING id
        """,
        invitation_id,
        hashes,
        user_id,
        now,
    )
    return row is not None


async def joined_with(db: Connection, hashes: list[bytes], user_id: UserId) -> UUID | None:
    """The project this person joined with a token, for whoever presses the button twice."""
    project_id: UUID | None = await db.fetchval(
        """
        SELECT memberships.project_id
        FROM invitations
        JOIN memberships ON memberships.project_id = invitations.project_id
        WHERE invitations.token_hash = ANY($1)
          AND invitations.accepter_id = $2
          AND memberships.user_id = $2
        """,
        hashes,
        user_id,
    )
    return project_id


async def revoke(db: Connection, project_id: UUID, invitation_id: UUID, now: datetime) -> bool:
    """Take an invitation back; False when it was answered, taken back, or another project's."""
    row = await db.fetchrow(
        """
        UPDATE invitations
        SET revoked_at = $3
        WHERE project_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL
        RETURNING id
        """,
        project_id,
        invitation_id,
        now,
    )
    return row is not None


async def revoke_sent_by(
    db: Connection, project_id: UUID, inviter_id: UserId, now: datetime
) -> None:
    """Take back what somebody sent who may invite no more."""
    await db.execute(
        """
        UPDATE invitations
        SET revoked_at = $3
        WHERE project_id = $1
          AND inviter_id = $2
          AND accepted_at IS NULL
          AND revoked_at IS NULL
        """,
        project_id,
        inviter_id,
        now,
    )


async def count_open(db: Connection, project_id: UUID) -> int:
    """How many invitations of a project wait for an answer."""
    return int(
        await db.fetchval(
            """
            SELECT count(*)
            FROM invitations
            WHERE project_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL
            """,
            project_id,
        )
    )


async def count_sent(db: Connection, project_id: UUID, email: str, since: datetime) -> int:
    """How often a project has written to an address lately, taken back or not."""
    return int(
        await db.fetchval(
            """
            SELECT COALESCE(sum(times_sent), 0)
            FROM invitations
            WHERE project_id = $1 AND email_key = $2 AND sent_at > $3
            """,
            project_id,
            key_of(email),
            since,
        )
    )


async def forget_before(db: Connection, moment: datetime) -> int:
    """Delete invitations whose links were over before then; how many."""
    rows = await db.fetch(
        "DELETE FROM invitations WHERE expires_at < $1 RETURNING id",
        moment,
    )
    return len(rows)


def _invitation(row: asyncpg.Record) -> Invitation:
    invitation_id, project_id, project_name, email, role, *rest = row
    return Invitation(invitation_id, project_id, project_name, email, Role(role), *rest)
