"""The SQL of switches: what is off, what was, and the revision that tells states apart."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from firstmile.kernel.database import Connection
from firstmile.protect.switches import Area, Off


@dataclass(frozen=True)
class State:
    """What is off as of a revision, and when that came about by the database's clock."""

    revision: int
    changed_at: datetime
    off: tuple[Off, ...]


@dataclass(frozen=True)
class Use:
    """One time that an area was off; `ended_at` is None while it is."""

    area: Area
    reason: str
    began_at: datetime
    began_by: UUID | None
    ended_at: datetime | None
    end_reason: str | None
    ended_by: UUID | None


@dataclass(frozen=True)
class Flip:
    """A new revision, and the moment it was made by the database's clock."""

    revision: int
    changed_at: datetime


async def off_at(db: Connection, moment: datetime) -> frozenset[Area]:
    """What was off at a moment."""
    rows = await db.fetch(
        """
        SELECT area
        FROM switch_uses
        WHERE began_at <= $1 AND (ended_at IS NULL OR ended_at > $1)
        """,
        moment,
    )
    return frozenset(Area(row[0]) for row in rows)


async def state(db: Connection) -> State:
    """What is off now."""
    rows = await db.fetch(
        """
        SELECT revision, changed_at, area, began_at, reason, began_by
        FROM switch_state
        LEFT JOIN switch_uses ON ended_at IS NULL
        ORDER BY began_at
        """
    )
    off = (
        Off(Area(row["area"]), row["began_at"], row["reason"], row["began_by"])
        for row in rows
        if row["area"] is not None
    )
    return State(rows[0]["revision"], rows[0]["changed_at"], tuple(off))


async def lock_switches(db: Connection) -> None:
    """Let nobody else change a switch until the transaction ends."""
    await db.execute("SELECT 1 FROM switch_state FOR UPDATE")


async def is_off(db: Connection, area: Area) -> bool:
    """Whether this area is off by itself."""
    found = await db.fetchval(
        "SELECT 1 FROM switch_uses WHERE area = $1 AND ended_at IS NULL", area
    )
    return found is not None


async def begin_use(
    db: Connection, use_id: UUID, area: Area, reason: str, staff_id: UUID | None, now: datetime
) -> None:
    """Note that an area is off from now on."""
    await db.execute(
        """
        INSERT INTO switch_uses (id, area, reason, began_at, began_by)
        VALUES ($1, $2, $3, $4, $5)
        """,
        use_id,
        area,
        reason,
        now,
        staff_id,
    )


async def end_use(
    db: Connection, area: Area, reason: str, staff_id: UUID | None, now: datetime
) -> bool:
    """Note that an area is on again; False when it was."""
    ended = await db.fetchval(
        """
        UPDATE switch_uses
        SET ended_at = $2, end_reason = $3, ended_by = $4
        WHERE area = $1 AND ended_at IS NULL
        RETURNING 1
        """,
        area,
        now,
        reason,
        staff_id,
    )
    return ended is not None


async def advance(db: Connection) -> Flip:
    """A new revision. Revisions commit in their order, for the row is locked until the commit."""
    row = await db.fetchrow(
        """
        UPDATE switch_state
        SET revision = revision + 1, changed_at = clock_timestamp()
        RETURNING revision, changed_at
        """
    )
    assert row is not None  # noqa: S101  the migration wrote the only row there is
    return Flip(row["revision"], row["changed_at"])


async def advance_when_due(db: Connection, rest: timedelta) -> Flip | None:
    """A new revision, unless there was one within `rest`: of many who try one gets it."""
    row = await db.fetchrow(
        """
        UPDATE switch_state
        SET revision = revision + 1, changed_at = clock_timestamp()
        WHERE changed_at < clock_timestamp() - $1::interval
        RETURNING revision, changed_at
        """,
        rest,
    )
    return None if row is None else Flip(row["revision"], row["changed_at"])


async def uses(db: Connection, most: int) -> list[Use]:
    """The latest uses of the switch, newest first."""
    rows = await db.fetch(
        """
        SELECT area, reason, began_at, began_by, ended_at, end_reason, ended_by
        FROM switch_uses
        ORDER BY began_at DESC, id DESC
        LIMIT $1
        """,
        most,
    )
    return [
        Use(
            area=Area(row["area"]),
            reason=row["reason"],
            began_at=row["began_at"],
            began_by=row["began_by"],
            ended_at=row["ended_at"],
            end_reason=row["end_reason"],
            ended_by=row["ended_by"],
        )
        for row in rows
    ]
