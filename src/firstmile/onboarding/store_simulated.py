"""The SQL of made-up journeys: for the demo, where nobody has walked the first mile yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from firstmile.kernel.database import Connection
from firstmile.kernel.events import Event
from firstmile.kernel.ids import UserId
from firstmile.onboarding.models import State, Traveller


@dataclass(frozen=True)
class Happened:
    """An event as it is kept, and when it was."""

    id: UUID
    event: Event
    at: datetime


@dataclass(frozen=True)
class Simulated:
    """Somebody without an account; `steps` holds the state of each step and since when."""

    who: Traveller
    started_at: datetime
    activated_at: datetime | None
    steps: Mapping[str, tuple[State, datetime]]
    happened: Sequence[Happened]


async def is_there(db: Connection, user_id: UserId) -> bool:
    """Whether somebody was made up before."""
    return bool(
        await db.fetchval("SELECT EXISTS (SELECT FROM journeys WHERE user_id = $1)", user_id)
    )


async def add_simulated(db: Connection, people: Sequence[Simulated]) -> None:
    """Write made-up people with their steps and all that happened."""
    await db.executemany(
        """
        INSERT INTO journeys (
            user_id, roles, market, facts, attributes, started_at, activated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        [_person(one) for one in people],
    )
    await db.executemany(
        """
        INSERT INTO journey_steps (
            user_id, step_key, version, status, row_version, snoozed_until, updated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        [_step(one, key) for one in people for key in one.steps],
    )
    await db.executemany(
        """
        INSERT INTO onboarding_events (user_id, id, kind, step_key, facts, at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        [_event(one, happened) for one in people for happened in one.happened],
    )


def _person(one: Simulated) -> tuple[object, ...]:
    who = one.who
    return (
        who.user_id,
        sorted(who.roles),
        who.market,
        sorted(who.facts),
        who.attributes.text,
        one.started_at,
        one.activated_at,
    )


def _step(one: Simulated, key: str) -> tuple[object, ...]:
    state, at = one.steps[key]
    return (
        one.who.user_id,
        key,
        state.version,
        state.status,
        state.row_version,
        state.snoozed_until,
        at,
    )


def _event(one: Simulated, happened: Happened) -> tuple[object, ...]:
    said = msgspec.to_builtins(happened.event)
    step = said.pop("step", None)
    del said["user_id"]
    facts = msgspec.json.encode(said).decode()
    return one.who.user_id, happened.id, happened.event.kind(), step, facts, happened.at
