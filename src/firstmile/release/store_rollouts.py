"""The SQL of rollouts and of what is counted while they are under way."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.release.models import Author
from firstmile.release.rollouts import Guard, Rollout, Stage, State, Tally
from firstmile.release.sayings import Says

Counts = tuple[UUID, int, bool, int, int, int]  # rollout, stage, is_new, requests, errors, slow
Seen = tuple[UserId, UUID, int, bool]


async def is_under_way(db: Connection, environment: str, key: str) -> bool:
    """Whether a flag has a rollout that will still do something by itself."""
    found: bool = await db.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM flag_rollouts
            WHERE environment = $1 AND key = $2 AND ended_at IS NULL
        )
        """,
        environment,
        key,
    )
    return found


async def add_rollout(db: Connection, rollout: Rollout, now: datetime) -> None:
    """Write a new rollout."""
    await db.execute(
        """
        INSERT INTO flag_rollouts (
            id, environment, key, stages, guards, state, stage, from_percentage, was_enabled,
            starts_at, revision, says, author_id, author, reason, needs_second, created_at
        )
        VALUES (
            $1, $2, $3, $4::jsonb, $5::jsonb, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17
        )
        """,
        rollout.id,
        rollout.environment,
        rollout.key,
        msgspec.json.encode(rollout.stages).decode(),
        msgspec.json.encode(rollout.guards).decode(),
        rollout.state,
        rollout.at,
        rollout.from_percentage,
        rollout.was_enabled,
        rollout.starts_at,
        rollout.revision,
        _written(rollout.says),
        rollout.author.user_id,
        rollout.author.name,
        rollout.reason,
        rollout.needs_second,
        now,
    )


async def save_rollout(db: Connection, rollout: Rollout) -> None:
    """Write where a rollout is now."""
    await db.execute(
        """
        UPDATE flag_rollouts
        SET state = $2, stage = $3, stage_began_at = $4, revision = $5, says = $6, ended_at = $7
        WHERE id = $1
        """,
        rollout.id,
        rollout.state,
        rollout.at,
        rollout.stage_began_at,
        rollout.revision,
        _written(rollout.says),
        rollout.ended_at,
    )


async def add_second(db: Connection, rollout_id: UUID, by: Author) -> None:
    """Write who agreed that a rollout may begin."""
    await db.execute(
        """
        UPDATE flag_rollouts
        SET second_id = $2, second = $3
        WHERE id = $1
        """,
        rollout_id,
        by.user_id,
        by.name,
    )


async def under_way(db: Connection) -> list[Rollout]:
    """Every rollout that will still do something by itself."""
    rows = await db.fetch(
        """
        SELECT id, environment, key, stages::text, guards::text, state, stage, from_percentage,
            was_enabled, starts_at, stage_began_at, revision, says, author_id, author, reason,
            needs_second, second_id, second, ended_at
        FROM flag_rollouts
        WHERE ended_at IS NULL
        ORDER BY created_at
        """
    )
    return [_rollout(row) for row in rows]


async def counts_by_state(db: Connection) -> dict[State, tuple[int, int]]:
    """How many rollouts there are of each state, and how many of their stages began."""
    rows = await db.fetch(
        """
        SELECT state, count(*), COALESCE(sum(stage + 1), 0)::bigint
        FROM flag_rollouts
        GROUP BY state
        """
    )
    return {State(state): (count, advances) for state, count, advances in rows}


async def lock_rollout(db: Connection, rollout_id: UUID) -> Rollout | None:
    """A rollout, held for the transaction; None while another process holds it."""
    row = await db.fetchrow(
        """
        SELECT id, environment, key, stages::text, guards::text, state, stage, from_percentage,
            was_enabled, starts_at, stage_began_at, revision, says, author_id, author, reason,
            needs_second, second_id, second, ended_at
        FROM flag_rollouts
        WHERE id = $1
        FOR NO KEY UPDATE SKIP LOCKED
        """,
        rollout_id,
    )
    return None if row is None else _rollout(row)


async def rollout(db: Connection, rollout_id: UUID) -> Rollout | None:
    """A rollout by its id."""
    row = await db.fetchrow(
        """
        SELECT id, environment, key, stages::text, guards::text, state, stage, from_percentage,
            was_enabled, starts_at, stage_began_at, revision, says, author_id, author, reason,
            needs_second, second_id, second, ended_at
        FROM flag_rollouts
        WHERE id = $1
        """,
        rollout_id,
    )
    return None if row is None else _rollout(row)


async def rollouts_of(
    db: Connection, environment: str | None, key: str | None = None, *, most: int = 50
) -> list[Rollout]:
    """The rollouts of one environment or all, of one flag or all: under way first, then newest."""
    rows = await db.fetch(
        """
        SELECT id, environment, key, stages::text, guards::text, state, stage, from_percentage,
            was_enabled, starts_at, stage_began_at, revision, says, author_id, author, reason,
            needs_second, second_id, second, ended_at
        FROM flag_rollouts
        WHERE ($1::text IS NULL OR environment = $1) AND ($2::text IS NULL OR key = $2)
        ORDER BY ended_at IS NOT NULL, created_at DESC
        LIMIT $3
        """,
        environment,
        key,
        most,
    )
    return [_rollout(row) for row in rows]


async def tallies(db: Connection, rollout_id: UUID) -> list[Tally]:
    """What was counted, by stage and by who was served the new."""
    rows = await db.fetch(
        """
        SELECT
            stage,
            is_new,
            COALESCE(counts.requests, 0)::bigint AS requests,
            COALESCE(counts.errors, 0)::bigint AS errors,
            COALESCE(counts.slow, 0)::bigint AS slow,
            COALESCE(people.seen, 0)::bigint AS people,
            COALESCE(people.completed, 0)::bigint AS completed
        FROM (
            SELECT stage, is_new, requests, errors, slow
            FROM flag_rollout_counts
            WHERE rollout_id = $1
        ) AS counts
        FULL JOIN (
            SELECT stage, is_new, count(*) AS seen, count(completed_at) AS completed
            FROM flag_rollout_people
            WHERE rollout_id = $1 AND is_new IS NOT NULL
            GROUP BY stage, is_new
        ) AS people USING (stage, is_new)
        ORDER BY stage, is_new
        """,
        rollout_id,
    )
    return [Tally(*row) for row in rows]


async def add_counts(db: Connection, counts: Iterable[Counts]) -> None:
    """Add what a process counted, to rollouts that are still under way."""
    await db.executemany(
        """
        INSERT INTO flag_rollout_counts AS kept (rollout_id, stage, is_new, requests, errors, slow)
        SELECT $1::uuid, $2::integer, $3::boolean, $4::bigint, $5::bigint, $6::bigint
        FROM flag_rollouts
        WHERE id = $1 AND ended_at IS NULL
        ON CONFLICT (rollout_id, stage, is_new) DO UPDATE
        SET requests = kept.requests + EXCLUDED.requests,
            errors = kept.errors + EXCLUDED.errors,
            slow = kept.slow + EXCLUDED.slow
        """,
        sorted(counts),
    )


async def note_taken(db: Connection, digest: bytes, now: datetime) -> bool:
    """Note that a batch of measures was taken; False when it was taken before."""
    row = await db.fetchrow(
        """
        INSERT INTO flag_measures_taken (digest, taken_at)
        VALUES ($1, $2)
        ON CONFLICT DO NOTHING
        RETURNING digest
        """,
        digest,
        now,
    )
    return row is not None


async def forget_taken_before(db: Connection, moment: datetime) -> int:
    """Delete which batches were taken before; how many."""
    rows = await db.fetch(
        """
        DELETE FROM flag_measures_taken
        WHERE taken_at < $1
        RETURNING 1
        """,
        moment,
    )
    return len(rows)


async def note_beginning(db: Connection, user_id: UserId, now: datetime) -> None:
    """Note that somebody began their onboarding, in every rollout that is judged by it."""
    await db.execute(
        """
        INSERT INTO flag_rollout_people (user_id, rollout_id, stage, began_at)
        SELECT $1, id, stage, $2
        FROM flag_rollouts
        WHERE state = 'running' AND guards @> '[{"watch": "completion"}]'
        ON CONFLICT DO NOTHING
        """,
        user_id,
        now,
    )


async def note_served(db: Connection, people: Iterable[Seen]) -> None:
    """Note what those who began lately were served first; of the others nothing is noted."""
    await db.executemany(
        """
        UPDATE flag_rollout_people
        SET stage = $3, is_new = $4
        WHERE user_id = $1 AND rollout_id = $2 AND is_new IS NULL
        """,
        sorted(people),
    )


async def note_completion(db: Connection, user_id: UserId, now: datetime) -> None:
    """Note that somebody finished their onboarding, in every rollout they are part of."""
    await db.execute(
        """
        UPDATE flag_rollout_people
        SET completed_at = $2
        WHERE user_id = $1 AND completed_at IS NULL
        """,
        user_id,
        now,
    )


async def forget_people_of_ended(db: Connection, moment: datetime) -> int:
    """Delete who took part in rollouts that ended before; how many. The counts stay."""
    rows = await db.fetch(
        """
        DELETE FROM flag_rollout_people
        USING flag_rollouts
        WHERE flag_rollouts.id = rollout_id AND ended_at < $1
        RETURNING 1
        """,
        moment,
    )
    return len(rows)


def _written(says: Says) -> str:
    return msgspec.json.encode(says).decode()


def _rollout(row: asyncpg.Record) -> Rollout:
    return Rollout(
        id=row["id"],
        environment=row["environment"],
        key=row["key"],
        stages=msgspec.json.decode(row["stages"], type=tuple[Stage, ...]),
        guards=msgspec.json.decode(row["guards"], type=tuple[Guard, ...]),
        state=State(row["state"]),
        at=row["stage"],
        from_percentage=row["from_percentage"],
        was_enabled=row["was_enabled"],
        starts_at=row["starts_at"],
        stage_began_at=row["stage_began_at"],
        revision=row["revision"],
        says=msgspec.json.decode(row["says"], type=Says),
        author=Author(row["author"], row["author_id"]),
        reason=row["reason"],
        needs_second=row["needs_second"],
        second=Author(row["second"], row["second_id"]) if row["second"] else None,
        ended_at=row["ended_at"],
    )
