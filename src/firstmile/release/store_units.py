"""The SQL of units: who is counted once, by which names they are known, and what they did."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId, new_id

KEPT = timedelta(days=365)


async def unit_of_person(db: Connection, user_id: UserId, now: datetime) -> UUID:
    """The unit of a person, made when there is none."""
    known = await db.fetchrow("SELECT id FROM experiment_units WHERE user_id = $1", user_id)
    if known is not None:
        return UUID(str(known["id"]))
    unit_id = new_id()
    row = await db.fetchrow(
        """
        INSERT INTO experiment_units (id, user_id, created_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE
        SET user_id = EXCLUDED.user_id
        RETURNING id
        """,
        unit_id,
        user_id,
        now,
    )
    return UUID(str(row["id"])) if row else unit_id


async def people_among(db: Connection, ids: Collection[UUID]) -> set[UserId]:
    """Which of these are ids of people with an account."""
    rows = await db.fetch("SELECT id FROM users WHERE id = ANY($1)", list(ids))
    return {UserId(row["id"]) for row in rows}


async def unit_named(db: Connection, name_hash: bytes) -> tuple[UUID, UserId | None] | None:
    """Who is known by a name: the unit and its person, held until the transaction ends."""
    row = await db.fetchrow(
        """
        SELECT unit.id, unit.user_id
        FROM experiment_unit_names AS name
        JOIN experiment_units AS unit ON unit.id = name.unit_id
        WHERE name.name_hash = $1
        FOR UPDATE
        """,
        name_hash,
    )
    return None if row is None else (row["id"], row["user_id"])


async def add_visitor(db: Connection, name_hash: bytes, now: datetime) -> UUID:
    """A unit of whom only a name is known; of several at once, one is made."""
    unit_id = new_id()
    await db.execute(
        """
        INSERT INTO experiment_units (id, created_at)
        VALUES ($1, $2)
        """,
        unit_id,
        now,
    )
    if await add_name(db, name_hash, unit_id):
        return unit_id
    await db.execute("DELETE FROM experiment_units WHERE id = $1", unit_id)
    known = await unit_named(db, name_hash)
    return unit_id if known is None else known[0]


async def add_name(db: Connection, name_hash: bytes, unit_id: UUID) -> bool:
    """Another name of a unit; False when somebody is known by it."""
    row = await db.fetchrow(
        """
        INSERT INTO experiment_unit_names (name_hash, unit_id)
        VALUES ($1, $2)
        ON CONFLICT (name_hash) DO NOTHING
        RETURNING unit_id
        """,
        name_hash,
        unit_id,
    )
    return row is not None


async def merge_units(db: Connection, former: UUID, into: UUID, now: datetime) -> None:
    """Make two units one. Where each had a variant and not the same, it is mixed from now on."""
    await db.execute(
        """
        UPDATE experiment_exposures AS own
        SET mixed_at = CASE
                WHEN own.variant <> other.variant THEN COALESCE(own.mixed_at, $3)
                ELSE COALESCE(own.mixed_at, other.mixed_at)
            END,
            first_at = LEAST(own.first_at, other.first_at)
        FROM experiment_exposures AS other
        WHERE own.unit_id = $2
            AND other.unit_id = $1
            AND other.experiment_id = own.experiment_id
        """,
        former,
        into,
        now,
    )
    await db.execute(
        """
        UPDATE experiment_exposures AS moved
        SET unit_id = $2
        WHERE unit_id = $1
            AND NOT EXISTS (
                SELECT 1
                FROM experiment_exposures AS own
                WHERE own.unit_id = $2 AND own.experiment_id = moved.experiment_id
            )
        """,
        former,
        into,
    )
    await db.execute(
        "UPDATE experiment_unit_names SET unit_id = $2 WHERE unit_id = $1",
        former,
        into,
    )
    await db.execute("DELETE FROM experiment_units WHERE id = $1", former)


async def note_moment(db: Connection, unit_id: UUID, moment: str, now: datetime) -> None:
    """Keep the first time that something came to pass."""
    await db.execute(
        """
        INSERT INTO experiment_moments (unit_id, moment, at)
        VALUES ($1, $2, $3)
        ON CONFLICT (unit_id, moment) DO NOTHING
        """,
        unit_id,
        moment,
        now,
    )


async def note_day(db: Connection, unit_id: UUID, day: date) -> None:
    """Keep that somebody was here on a day."""
    await db.execute(
        """
        INSERT INTO experiment_days (unit_id, day)
        VALUES ($1, $2)
        ON CONFLICT (unit_id, day) DO NOTHING
        """,
        unit_id,
        day,
    )


async def forget_old(db: Connection, now: datetime) -> int:
    """Delete exposures, days and visitors of more than a year ago; how many exposures."""
    row = await db.fetchrow(
        """
        WITH exposures AS (
            DELETE FROM experiment_exposures
            WHERE first_at < $1
            RETURNING 1
        ), days AS (
            DELETE FROM experiment_days
            WHERE day < $1::date
        ), visitors AS (
            DELETE FROM experiment_units
            WHERE user_id IS NULL AND created_at < $1
        )
        SELECT count(*) AS removed
        FROM exposures
        """,
        now - KEPT,
    )
    return int(row["removed"]) if row else 0
