"""The SQL of definitions and of the routes that wait for them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from firstmile.kernel.database import Connection
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.models import Definition
from firstmile.onboarding.requirements import Need
from firstmile.targeting.conditions import Condition


async def definitions(db: Connection) -> list[Definition]:
    """The steps that are in force, in their order."""
    rows = await db.fetch(
        """
        SELECT definition
        FROM step_definitions
        WHERE active_to IS NULL
        ORDER BY position
        """
    )
    return [msgspec.json.decode(row["definition"], type=Definition) for row in rows]


async def gated_routes(db: Connection) -> list[GatedRoute]:
    """The routes that wait for steps."""
    rows = await db.fetch(
        """
        SELECT pattern, needs, roles, needs_any, markets, condition
        FROM gated_routes
        ORDER BY position
        """
    )
    return [
        GatedRoute(
            row[0],
            tuple(row[1]),
            frozenset(row[2]),
            msgspec.json.decode(row[3], type=tuple[Need, ...]),
            frozenset(row[4]),
            msgspec.json.decode(row[5], type=Condition) if row[5] else None,
        )
        for row in rows
    ]


async def lock_definitions(db: Connection) -> None:
    """Let nobody else change the definitions until the transaction ends."""
    await db.execute("LOCK TABLE step_definitions IN SHARE ROW EXCLUSIVE MODE")


async def close_definitions(db: Connection, keys: Sequence[str], now: datetime) -> None:
    """Put steps out of force; they stay readable."""
    await db.execute(
        """
        UPDATE step_definitions
        SET active_to = $2
        WHERE key = ANY($1) AND active_to IS NULL
        """,
        keys,
        now,
    )


async def put_definition(
    db: Connection, definition: Definition, position: int, now: datetime
) -> None:
    """Put a version of a step into force, or change its words and place."""
    await db.execute(
        """
        INSERT INTO step_definitions (key, version, position, definition, active_from)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (key, version) DO UPDATE
        SET position = EXCLUDED.position,
            definition = EXCLUDED.definition,
            active_to = NULL
        """,
        definition.key,
        definition.version,
        position,
        msgspec.json.encode(definition, order="sorted").decode(),
        now,
    )


async def replace_gated_routes(db: Connection, routes: Sequence[GatedRoute]) -> None:
    """Put these routes in the place of the ones before."""
    await db.execute("DELETE FROM gated_routes")
    await db.executemany(
        """
        INSERT INTO gated_routes (
            pattern, position, needs, roles, needs_any, markets, condition
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        [
            (
                route.path,
                position,
                list(route.needs),
                sorted(route.roles),
                msgspec.json.encode(route.needs_any).decode(),
                sorted(route.markets),
                msgspec.json.encode(route.when).decode() if route.when else None,
            )
            for position, route in enumerate(routes)
        ],
    )
