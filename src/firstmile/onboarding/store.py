"""The SQL of journeys and what happens on them."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.onboarding.models import State, Status, Traveller


async def traveller(db: Connection, user_id: UserId) -> Traveller | None:
    """A person's journey, without its steps."""
    row = await db.fetchrow(
        """
        SELECT user_id, roles, market, facts, activated_at
        FROM journeys
        WHERE user_id = $1
        """,
        user_id,
    )
    return None if row is None else _traveller(row)


async def lock_traveller(db: Connection, user_id: UserId) -> Traveller | None:
    """The same, held until the transaction ends: changes to one journey take turns."""
    row = await db.fetchrow(
        """
        SELECT user_id, roles, market, facts, activated_at
        FROM journeys
        WHERE user_id = $1
        FOR UPDATE
        """,
        user_id,
    )
    return None if row is None else _traveller(row)


async def journey_of(db: Connection, user_id: UserId) -> tuple[Traveller, dict[str, State]] | None:
    """A person's journey with the stored state of its steps, in one question.

    The person stands in the first row alone: to read arrays again in every row costs more than
    the rest of the answer.
    """
    rows = await db.fetch(
        """
        SELECT
            roles, market, facts, activated_at,
            NULL AS step_key, NULL AS status, 0 AS version, 0 AS row_version,
            NULL::timestamptz AS snoozed_until
        FROM journeys
        WHERE user_id = $1
        UNION ALL
        SELECT
            NULL, NULL, NULL, NULL,
            step_key, status, version, row_version, snoozed_until
        FROM journey_steps
        WHERE user_id = $1
        """,
        user_id,
    )
    person = next((row for row in rows if row[4] is None), None)
    if person is None:
        return None
    roles, market, facts, activated_at = person[:4]
    states = {row[4]: _state(row[5], row[6], row[7], row[8]) for row in rows if row[4]}
    return Traveller(user_id, frozenset(roles), market, frozenset(facts), activated_at), states


async def states_of(db: Connection, user_id: UserId) -> tuple[int, dict[str, State]]:
    """The stored state of a person's steps, by key, and the edition they are of."""
    rows = await db.fetch(
        """
        SELECT step_key, status, version, row_version, snoozed_until
        FROM journey_steps
        WHERE user_id = $1
        UNION ALL
        SELECT NULL, NULL, COALESCE(max(number), 0), 0, NULL
        FROM step_editions
        """,
        user_id,
    )
    edition = next(row[2] for row in rows if row[0] is None)
    return edition, {row[0]: _state(row[1], row[2], row[3], row[4]) for row in rows if row[0]}


async def start_journey(db: Connection, user_id: UserId, now: datetime) -> bool:
    """Begin a journey; False when the person has one."""
    row = await db.fetchrow(
        """
        INSERT INTO journeys (user_id, started_at)
        VALUES ($1, $2)
        ON CONFLICT (user_id) DO NOTHING
        RETURNING user_id
        """,
        user_id,
        now,
    )
    return row is not None


async def save_step(db: Connection, user_id: UserId, key: str, state: State, now: datetime) -> bool:
    """Store the next state of a step; False when somebody else stored one in between."""
    row = await db.fetchrow(
        """
        INSERT INTO journey_steps AS step (
            user_id, step_key, version, status, row_version, snoozed_until, updated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (user_id, step_key) DO UPDATE
        SET version = EXCLUDED.version,
            status = EXCLUDED.status,
            row_version = EXCLUDED.row_version,
            snoozed_until = EXCLUDED.snoozed_until,
            updated_at = EXCLUDED.updated_at
        WHERE step.row_version = EXCLUDED.row_version - 1
        RETURNING row_version
        """,
        user_id,
        key,
        state.version,
        state.status,
        state.row_version,
        state.snoozed_until,
        now,
    )
    return row is not None


async def note_facts(
    db: Connection,
    user_id: UserId,
    *,
    fact: str | None = None,
    roles: list[str] | None = None,
    market: str | None = None,
) -> None:
    """Remember what became known of a person."""
    await db.execute(
        """
        UPDATE journeys
        SET facts = CASE
                WHEN $2::text IS NULL OR $2 = ANY(facts) THEN facts
                ELSE array_append(facts, $2)
            END,
            roles = COALESCE($3, roles),
            market = COALESCE($4, market)
        WHERE user_id = $1
        """,
        user_id,
        fact,
        roles,
        market,
    )


async def activate(db: Connection, user_id: UserId, now: datetime) -> bool:
    """Note that a person is activated; False when they were."""
    row = await db.fetchrow(
        """
        UPDATE journeys
        SET activated_at = $2
        WHERE user_id = $1 AND activated_at IS NULL
        RETURNING user_id
        """,
        user_id,
        now,
    )
    return row is not None


async def add_event(
    db: Connection,
    user_id: UserId,
    kind: str,
    *,
    event_id: UUID,
    step_key: str | None,
    facts: dict[str, Any],
    now: datetime,
) -> None:
    """Keep what happened, for a year."""
    await db.execute(
        """
        INSERT INTO onboarding_events (user_id, id, kind, step_key, facts, at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        user_id,
        event_id,
        kind,
        step_key,
        msgspec.json.encode(facts).decode(),
        now,
    )


async def moments_of(
    db: Connection, user_id: UserId, kind: str, *, since: datetime
) -> list[datetime]:
    """When events of a kind happened, oldest first."""
    rows = await db.fetch(
        """
        SELECT at
        FROM onboarding_events
        WHERE user_id = $1 AND kind = $2 AND at > $3
        ORDER BY at
        """,
        user_id,
        kind,
        since,
    )
    return [row["at"] for row in rows]


async def erase(db: Connection, user_id: UserId) -> None:
    """Delete everything about a person."""
    await db.execute("DELETE FROM onboarding_events WHERE user_id = $1", user_id)
    await db.execute("DELETE FROM journeys WHERE user_id = $1", user_id)


async def forget_events_before(db: Connection, moment: datetime) -> int:
    """Delete events older than `moment`; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM onboarding_events
                WHERE at < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            moment,
        )
    )


def _traveller(row: asyncpg.Record) -> Traveller:
    return Traveller(row[0], frozenset(row[1]), row[2], frozenset(row[3]), row[4])


@lru_cache(maxsize=10_000)
def _state(status: str, version: int, row_version: int, snoozed_until: datetime | None) -> State:
    """Most people are in the same few states, and looking one up is ten times as fast."""
    return State(Status(status), version, row_version, snoozed_until)
