"""The SQL of experiments, their phases and their history."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

import asyncpg
import msgspec

from firstmile.kernel.database import Connection
from firstmile.release.experiment_models import Design, Experiment, Note, Phase, State
from firstmile.release.models import Author

COLUMNS = """
    id, design::text, state, row_version, created_at, started_at, stopped_at, decided_at, shipped,
    (
        SELECT json_agg(json_build_array(number, weights, since) ORDER BY number)
        FROM experiment_phases
        WHERE experiment_id = id
    )::text AS phases
"""


async def experiments(db: Connection) -> list[Experiment]:
    """All of them: those that run first, then the newest."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
        FROM experiments
        ORDER BY state <> 'running', COALESCE(decided_at, started_at, created_at) DESC, id
        """
    )
    return [_experiment(row) for row in rows]


async def experiments_under_way(db: Connection) -> list[Experiment]:
    """Those in which units have a variant of their own."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
        FROM experiments
        WHERE state IN ('running', 'stopped')
        """
    )
    return [_experiment(row) for row in rows]


async def experiment(db: Connection, experiment_id: UUID) -> Experiment | None:
    """One of them."""
    row = await db.fetchrow(
        f"""
        SELECT {COLUMNS}
        FROM experiments
        WHERE id = $1
        """,
        experiment_id,
    )
    return None if row is None else _experiment(row)


async def lock_experiment(db: Connection, experiment_id: UUID) -> Experiment | None:
    """One of them, ours alone until the transaction ends."""
    row = await db.fetchrow(
        f"""
        SELECT {COLUMNS}
        FROM experiments
        WHERE id = $1
        FOR NO KEY UPDATE
        """,
        experiment_id,
    )
    return None if row is None else _experiment(row)


async def lock_running(db: Connection, environment: str, flag_key: str) -> Experiment | None:
    """The experiment that runs on a flag, ours alone until the transaction ends."""
    row = await db.fetchrow(
        f"""
        SELECT {COLUMNS}
        FROM experiments
        WHERE environment = $1 AND flag_key = $2 AND state = 'running'
        FOR NO KEY UPDATE
        """,
        environment,
        flag_key,
    )
    return None if row is None else _experiment(row)


async def is_taken(db: Connection, environment: str, flag_key: str) -> bool:
    """Whether an experiment on this flag is not over."""
    row = await db.fetchrow(
        """
        SELECT 1
        FROM experiments
        WHERE environment = $1 AND flag_key = $2 AND state IN ('running', 'stopped')
        """,
        environment,
        flag_key,
    )
    return row is not None


async def put_experiment(db: Connection, one: Experiment) -> None:
    """Write an experiment with its phases."""
    await db.execute(
        """
        INSERT INTO experiments (
            id, environment, flag_key, design, state, row_version, created_at,
            started_at, stopped_at, decided_at, shipped
        )
        VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (id) DO UPDATE
        SET environment = EXCLUDED.environment,
            flag_key = EXCLUDED.flag_key,
            design = EXCLUDED.design,
            state = EXCLUDED.state,
            row_version = EXCLUDED.row_version,
            started_at = EXCLUDED.started_at,
            stopped_at = EXCLUDED.stopped_at,
            decided_at = EXCLUDED.decided_at,
            shipped = EXCLUDED.shipped
        """,
        one.id,
        one.design.environment,
        one.design.flag_key,
        msgspec.json.encode(asdict(one.design)).decode(),
        one.state,
        one.row_version,
        one.created_at,
        one.started_at,
        one.stopped_at,
        one.decided_at,
        one.shipped,
    )
    for phase in one.phases:
        await _put_phase(db, one.id, phase)


async def add_note(db: Connection, experiment_id: UUID, note_id: UUID, note: Note) -> None:
    """Keep what was done for the history."""
    await db.execute(
        """
        INSERT INTO experiment_history (experiment_id, id, what, reason, author_id, author, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        experiment_id,
        note_id,
        note.what,
        note.reason,
        note.author.user_id,
        note.author.name,
        note.at,
    )


async def history(db: Connection, experiment_id: UUID) -> list[Note]:
    """What was done, the newest first; a person is called by their name while they have one."""
    rows = await db.fetch(
        """
        SELECT what, reason, author_id, at,
            COALESCE(users.first_name || ' ' || users.last_name, author) AS author
        FROM experiment_history
        LEFT JOIN users ON users.id = author_id
        WHERE experiment_id = $1
        ORDER BY at DESC, experiment_history.id DESC
        LIMIT 200
        """,
        experiment_id,
    )
    return [
        Note(row["what"], Author(row["author"], row["author_id"]), row["reason"], row["at"])
        for row in rows
    ]


async def count_unasked(db: Connection, times: Mapping[UUID, int], day: date) -> None:
    """Add to how many were given the control because they did not agree."""
    await db.execute(
        """
        INSERT INTO experiment_unasked AS known (experiment_id, day, times)
        SELECT experiments.id, $3, more.times
        FROM unnest($1::uuid[], $2::bigint[]) AS more (id, times)
        JOIN experiments ON experiments.id = more.id
        ON CONFLICT (experiment_id, day) DO UPDATE
        SET times = known.times + EXCLUDED.times
        """,
        list(times),
        list(times.values()),
        day,
    )


async def unasked(db: Connection, experiment_id: UUID) -> int:
    """How often somebody was given the control because they did not agree."""
    row = await db.fetchrow(
        """
        SELECT COALESCE(sum(times), 0)::bigint AS times
        FROM experiment_unasked
        WHERE experiment_id = $1
        """,
        experiment_id,
    )
    return int(row["times"]) if row else 0


async def _put_phase(db: Connection, experiment_id: UUID, phase: Phase) -> None:
    await db.execute(
        """
        INSERT INTO experiment_phases (experiment_id, number, weights, since)
        VALUES ($1, $2, $3::jsonb, $4)
        ON CONFLICT (experiment_id, number) DO NOTHING
        """,
        experiment_id,
        phase.number,
        msgspec.json.encode(list(phase.weights.items())).decode(),
        phase.since,
    )


def _experiment(row: asyncpg.Record) -> Experiment:
    phases = msgspec.json.decode(
        row["phases"] or "[]", type=list[tuple[int, list[tuple[str, int]], datetime]]
    )
    return Experiment(
        row["id"],
        msgspec.json.decode(row["design"], type=Design),
        State(row["state"]),
        row["row_version"],
        row["created_at"],
        tuple(Phase(number, dict(weights), since) for number, weights, since in phases),
        row["started_at"],
        row["stopped_at"],
        row["decided_at"],
        row["shipped"],
    )
