"""The SQL of changes that wait for a second person."""

from datetime import datetime
from uuid import UUID

import asyncpg

from firstmile.kernel.database import Connection
from firstmile.release.models import Author, Change, Proposal, State, Subject
from firstmile.release.store import document_of, json_of


async def add(db: Connection, proposal: Proposal) -> None:
    """Write a new proposal."""
    change = proposal.change
    await db.execute(
        """
        INSERT INTO flag_proposals (
            id, environment, subject, key, after, seen, author_id, author, reason, proposed_at
        )
        VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10)
        """,
        proposal.id,
        change.environment,
        change.subject,
        change.key,
        json_of(change.after),
        change.seen,
        change.author.user_id,
        change.author.name,
        change.reason,
        proposal.proposed_at,
    )


async def proposals(
    db: Connection, environment: str, *, only_open: bool, key: str | None = None, most: int = 50
) -> list[Proposal]:
    """The proposals of an environment, or of one key in it, the newest first."""
    rows = await db.fetch(
        """
        SELECT id, environment, subject, key, after::text, seen, author_id, author, reason,
            proposed_at, state, decider_id, decider, decider_reason, decided_at
        FROM flag_proposals
        WHERE environment = $1
            AND (NOT $2::boolean OR state = 'open')
            AND ($3::text IS NULL OR key = $3)
        ORDER BY id DESC
        LIMIT $4
        """,
        environment,
        only_open,
        key,
        most,
    )
    return [_proposal(row) for row in rows]


async def proposal(db: Connection, environment: str, proposal_id: UUID) -> Proposal | None:
    """One proposal."""
    row = await db.fetchrow(
        """
        SELECT id, environment, subject, key, after::text, seen, author_id, author, reason,
            proposed_at, state, decider_id, decider, decider_reason, decided_at
        FROM flag_proposals
        WHERE environment = $1 AND id = $2
        """,
        environment,
        proposal_id,
    )
    return None if row is None else _proposal(row)


async def lock_proposal(db: Connection, environment: str, proposal_id: UUID) -> Proposal | None:
    """One proposal, which nobody else decides until the transaction ends."""
    row = await db.fetchrow(
        """
        SELECT id, environment, subject, key, after::text, seen, author_id, author, reason,
            proposed_at, state, decider_id, decider, decider_reason, decided_at
        FROM flag_proposals
        WHERE environment = $1 AND id = $2
        FOR UPDATE
        """,
        environment,
        proposal_id,
    )
    return None if row is None else _proposal(row)


async def count_open(db: Connection, environment: str) -> int:
    """How many proposals of an environment wait."""
    count: int = await db.fetchval(
        "SELECT count(*) FROM flag_proposals WHERE environment = $1 AND state = 'open'",
        environment,
    )
    return count


async def decide(
    db: Connection, proposal_id: UUID, state: State, by: Author, reason: str, now: datetime
) -> None:
    """Note what became of a proposal."""
    await db.execute(
        """
        UPDATE flag_proposals
        SET state = $2, decider_id = $3, decider = $4, decider_reason = $5, decided_at = $6
        WHERE id = $1
        """,
        proposal_id,
        state,
        by.user_id,
        by.name,
        reason,
        now,
    )


async def forget_proposals_before(db: Connection, moment: datetime) -> int:
    """Delete what was decided before a moment; how many. What was published is in the history."""
    rows = await db.fetch(
        "DELETE FROM flag_proposals WHERE decided_at < $1 RETURNING 1",
        moment,
    )
    return len(rows)


def _proposal(row: asyncpg.Record) -> Proposal:
    subject = Subject(row["subject"])
    decided = row["decided_at"] is not None
    return Proposal(
        id=row["id"],
        change=Change(
            row["environment"],
            subject,
            row["key"],
            document_of(subject, row["after"]),
            Author(row["author"], row["author_id"]),
            row["reason"],
            row["seen"],
        ),
        state=State(row["state"]),
        proposed_at=row["proposed_at"],
        decided_by=Author(row["decider"], row["decider_id"]) if decided else None,
        decided_reason=row["decider_reason"],
        decided_at=row["decided_at"],
    )
