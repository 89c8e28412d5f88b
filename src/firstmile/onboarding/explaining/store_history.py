"""The SQL of what was: people, their steps and the definitions at a moment gone by.

Triggers write it (migration 0027), in the transaction of each change.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.models import Attributes, State, Status, Traveller
from firstmile.onboarding.store import Steps
from firstmile.onboarding.verifying import Verdict

STATES_AT = """
    SELECT DISTINCT ON (step_key)
        step_key, state IS NOT NULL,
        ARRAY(SELECT jsonb_array_elements_text(state -> 'roles')),
        state ->> 'market',
        ARRAY(SELECT jsonb_array_elements_text(state -> 'facts')),
        (state ->> 'activated_at')::timestamptz,
        state ->> 'attributes',
        (state ->> 'started_at')::timestamptz,
        state ->> 'status',
        (state ->> 'version')::integer,
        (state ->> 'row_version')::integer,
        (state ->> 'snoozed_until')::timestamptz,
        state ->> 'verdict',
        (state ->> 'updated_at')::timestamptz
    FROM journey_history
    WHERE user_id = $1 AND at <= $2
    ORDER BY step_key, id DESC
"""


async def kept_since(db: Connection, user_id: UserId) -> datetime | None:
    """Since when it is known what was; None for who has no journey."""
    moment: datetime | None = await db.fetchval(
        "SELECT min(at) FROM journey_history WHERE user_id = $1 AND step_key IS NULL", user_id
    )
    return moment


async def journey_at(
    db: Connection, user_id: UserId, moment: datetime
) -> tuple[Traveller, Steps] | None:
    """A person's journey as it was at a moment; None when that is not known."""
    rows = await db.fetch(STATES_AT, user_id, moment)
    person = next((row for row in rows if row[0] is None), None)
    if person is None:
        return None
    roles, market, facts, activated_at, attributes, started_at = person[2:8]
    traveller = Traveller(
        user_id,
        frozenset(roles),
        market,
        frozenset(facts),
        activated_at,
        Attributes(attributes),
        started_at,
    )
    return traveller, _steps([row for row in rows if row[0] is not None and row[1]])


async def definitions_at(db: Connection, moment: datetime) -> Definitions | None:
    """The definitions that were in force at a moment; None when that is not known."""
    text = await db.fetchval(
        """
        SELECT definitions
        FROM step_editions
        WHERE applied_at <= $1
        ORDER BY number DESC
        LIMIT 1
        """,
        moment,
    )
    return None if text is None else msgspec.json.decode(text, type=Definitions)


async def forget_before(db: Connection, moment: datetime) -> int:
    """Let what is known begin at a moment: delete what was replaced before it; how many rows."""
    gone = await db.fetchval(
        """
        WITH last AS (
            SELECT max(id) AS id, user_id, step_key
            FROM journey_history
            WHERE at < $1
            GROUP BY user_id, step_key
        ),
        gone AS (
            DELETE FROM journey_history AS old
            USING last
            WHERE old.user_id = last.user_id
                AND old.step_key IS NOT DISTINCT FROM last.step_key
                AND (old.id < last.id OR (old.id = last.id AND old.state IS NULL))
            RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        moment,
    )
    await db.execute("UPDATE journey_history SET at = $1 WHERE at < $1", moment)
    return int(gone)


def _steps(rows: Iterable[Any]) -> Steps:
    states, since = {}, {}
    for row in rows:
        key, (status, version, row_version, snoozed_until, verdict, updated_at) = row[0], row[8:14]
        judged = None if verdict is None else msgspec.json.decode(verdict, type=Verdict)
        states[key] = State(Status(status), version, row_version, snoozed_until, judged)
        since[key] = updated_at
    return Steps(states, since)
