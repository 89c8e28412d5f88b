"""The SQL of made-up people in experiments: for the demo, where nobody has met one yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from firstmile.kernel.database import Connection


@dataclass(frozen=True)
class Simulated:
    """A visitor of whom nothing exists but this: what they met, when, and what became of it."""

    unit_id: UUID
    variant: str
    first_at: datetime
    market: str
    moments: Sequence[tuple[str, datetime]]


async def add_simulated(db: Connection, experiment_id: UUID, people: Sequence[Simulated]) -> None:
    """Write made-up people with their exposures and moments; those who are there stay."""
    await db.executemany(
        """
        INSERT INTO experiment_units (id, created_at)
        VALUES ($1, $2)
        ON CONFLICT (id) DO NOTHING
        """,
        [(one.unit_id, one.first_at) for one in people],
    )
    await db.executemany(
        """
        INSERT INTO experiment_exposures (
            experiment_id, unit_id, variant, phase, first_at, market
        )
        VALUES ($1, $2, $3, 1, $4, $5)
        ON CONFLICT (experiment_id, unit_id) DO NOTHING
        """,
        [(experiment_id, one.unit_id, one.variant, one.first_at, one.market) for one in people],
    )
    await db.executemany(
        """
        INSERT INTO experiment_moments (unit_id, moment, at)
        VALUES ($1, $2, $3)
        ON CONFLICT (unit_id, moment) DO NOTHING
        """,
        [(one.unit_id, moment, at) for one in people for moment, at in one.moments],
    )
