"""The SQL of journeys and what happens on them."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.onboarding.models import Attributes, State, Status, Traveller
from firstmile.onboarding.verifying import Verdict


class Steps(NamedTuple):
    """The stored state of steps by key, and when each was last changed."""

    states: dict[str, State]
    since: dict[str, datetime]


async def traveller(db: Connection, user_id: UserId) -> Traveller | None:
    """A person's journey, without its steps."""
    row = await db.fetchrow(
        """
        SELECT user_id, roles, market, facts, activated_at, attributes, started_at
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
        SELECT user_id, roles, market, facts, activated_at, attributes, started_at
        FROM journeys
        WHERE user_id = $1
        FOR UPDATE
        """,
        user_id,
    )
    return None if row is None else _traveller(row)


async def journey_of(db: Connection, user_id: UserId) -> tuple[Traveller, Steps] | None:
    """A person's journey with the stored state of its steps, in one question.

    The person stands in the first row alone: to read arrays again in every row costs more than
    the rest of the answer.
    """
    rows = await db.fetch(
        """
        SELECT
            roles, market, facts, activated_at,
            NULL AS step_key, NULL AS status, 0 AS version, 0 AS row_version,
            NULL::timestamptz AS snoozed_until, attributes AS said, started_at AS since
        FROM journeys
        WHERE user_id = $1
        UNION ALL
        SELECT
            NULL, NULL, NULL, NULL,
            step_key, status, version, row_version, snoozed_until, verdict, updated_at
        FROM journey_steps
        WHERE user_id = $1
        """,
        user_id,
    )
    person = next((row for row in rows if row[4] is None), None)
    if person is None:
        return None
    roles, market, facts, activated_at = person[:4]
    traveller = Traveller(
        user_id,
        frozenset(roles),
        market,
        frozenset(facts),
        activated_at,
        _attributes(person[9]),
        person[10],
    )
    return traveller, _steps(tuple(row[4:]) for row in rows if row[4])


async def steps_of(db: Connection, user_id: UserId) -> tuple[int, Steps]:
    """The stored state of a person's steps, and the edition they are of."""
    rows = await db.fetch(
        """
        SELECT step_key, status, version, row_version, snoozed_until, verdict, updated_at
        FROM journey_steps
        WHERE user_id = $1
        UNION ALL
        SELECT NULL, NULL, COALESCE(max(number), 0), 0, NULL, NULL, NULL
        FROM step_editions
        """,
        user_id,
    )
    edition = next(row[2] for row in rows if row[0] is None)
    return edition, _steps(tuple(row) for row in rows if row[0])


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
            user_id, step_key, version, status, row_version, snoozed_until, updated_at, verdict
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (user_id, step_key) DO UPDATE
        SET version = EXCLUDED.version,
            status = EXCLUDED.status,
            row_version = EXCLUDED.row_version,
            snoozed_until = EXCLUDED.snoozed_until,
            updated_at = EXCLUDED.updated_at,
            verdict = EXCLUDED.verdict
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
        None if state.verdict is None else msgspec.json.encode(state.verdict).decode(),
    )
    return row is not None


async def note_attributes(db: Connection, user_id: UserId, attributes: Attributes) -> bool:
    """Remember what a server says of a person; False when they have no journey."""
    row = await db.fetchrow(
        """
        UPDATE journeys
        SET attributes = $2
        WHERE user_id = $1
        RETURNING user_id
        """,
        user_id,
        attributes.text,
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
    attributes = _attributes(row[5])
    return Traveller(
        row[0], frozenset(row[1]), row[2], frozenset(row[3]), row[4], attributes, row[6]
    )


def _steps(rows: Iterable[tuple[Any, ...]]) -> Steps:
    states, since = {}, {}
    for key, status, version, row_version, snoozed_until, verdict, updated_at in rows:
        states[key] = _state(status, version, row_version, snoozed_until, verdict)
        since[key] = updated_at
    return Steps(states, since)


@lru_cache(maxsize=10_000)
def _state(
    status: str, version: int, row_version: int, snoozed_until: datetime | None, said: str | None
) -> State:
    """Most people are in the same few states, and looking one up is ten times as fast."""
    verdict = None if said is None else msgspec.json.decode(said, type=Verdict)
    return State(Status(status), version, row_version, snoozed_until, verdict)


@lru_cache(maxsize=10_000)
def _attributes(text: str) -> Attributes:
    """Most people are told apart by little, and what conditions ask is read once."""
    return Attributes(text)
