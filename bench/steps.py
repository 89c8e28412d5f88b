"""`python -m bench.steps`: how long it takes to plan a change of the steps, make it and undo it."""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg

from bench.report import machine
from bench.stage import DURABLE, ROOT, settings_for
from firstmile.kernel.work import Work
from firstmile.onboarding.changing.applying import apply_definitions, plan_definitions, undo_edition
from firstmile.onboarding.changing.editions import UNSAID
from firstmile.onboarding.changing.folders import read_folder, wanted_of
from firstmile.outside.migrations import migrate
from firstmile.outside.postgres import temporary_cluster
from firstmile.settings import Settings
from firstmile.verbs.opening import opened

KEPT = Path(__file__).parent / "STEPS.md"
# A step is renamed, two become one, one comes for those who earned it, one means something new.
MOVES = """
moves:
  - rename: {from: verify-email, to: confirm-address}
  - merge: {from: [complete-profile, choose-market], into: about-you, done: any}
  - add: {step: look-around, done_if: {step: create-project}}
"""
STEPS = """
steps:
  - {key: confirm-address, title: {en: a}, description: {en: a}, verification: {by: person}}
  - {key: about-you, title: {en: b}, description: {en: b}, verification: {by: person}}
  - {key: create-project, version: 2, title: {en: c}, description: {en: c},
     verification: {by: person}}
  - {key: payments, version: 2, title: {en: d}, description: {en: d}, roles: [owner],
     verification: {by: person}}
  - {key: look-around, title: {en: e}, description: {en: e}, verification: {by: person}}
routes:
  - {path: /billing, needs: [payments], roles: [owner]}
"""
# Everybody has a few rows, as people do who came at different times and stopped at different steps.
PEOPLE = """
INSERT INTO journeys (user_id, roles, market, started_at)
SELECT
    lpad(to_hex(n), 32, '0')::uuid,
    CASE n % 4 WHEN 0 THEN '{}' WHEN 1 THEN '{owner}' ELSE '{member}' END::text[],
    (ARRAY['CA', 'FR', NULL])[n % 3 + 1],
    now() - n * interval '1 second'
FROM generate_series(1, $1::integer) AS n
"""
ROWS = """
INSERT INTO journey_steps
SELECT
    lpad(to_hex(n), 32, '0')::uuid, step, 1,
    (ARRAY['done', 'done', 'in_progress', 'todo', 'done'])[(n / place) % 5 + 1],
    1, NULL, now() - n * interval '1 second'
FROM
    generate_series(1, $1::integer) AS n,
    unnest(ARRAY['verify-email', 'complete-profile', 'choose-market', 'create-project', 'payments'])
        WITH ORDINALITY AS steps (step, place)
WHERE n % 7 >= place - 1
"""
STATES = """
SELECT md5(string_agg(concat_ws(' ', user_id, step_key, status, version, updated_at), ','
    ORDER BY user_id, step_key))
FROM journey_steps
"""


def main() -> None:
    """Measure, print, and keep what was measured in full."""
    options = argparse.ArgumentParser(prog="python -m bench.steps", description=__doc__)
    options.add_argument("--people", type=int, default=100_000, help="how many are on the way")
    options.add_argument("--quick", action="store_true", help="5,000 people; keeps no results")
    given = options.parse_args()
    people = 5_000 if given.quick else given.people
    others = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        figures = asyncio.run(measured(Path(folder), people))
    table = report(figures, people, others)
    print(table)
    if not given.quick:
        KEPT.write_text(table)


async def measured(folder: Path, people: int) -> dict[str, str]:
    """Plan, apply and undo over a durable database, with somebody who reads meanwhile."""
    with temporary_cluster(folder / "database", parameters=DURABLE) as cluster:
        migrate(cluster.url)
        settings = settings_for(cluster.url, folder)
        db = await asyncpg.connect(cluster.url)
        try:
            return await _measured(settings, db, people)
        finally:
            await db.close()


async def _measured(
    settings: Settings, db: "asyncpg.Connection[asyncpg.Record]", people: int
) -> dict[str, str]:
    first, change = read_folder(ROOT / "steps"), wanted_of(STEPS, MOVES, "bench")
    await _timed(settings, lambda work: apply_definitions(work, first, UNSAID))
    await db.execute(PEOPLE, people)
    await db.execute(ROWS, people)
    await db.execute("VACUUM ANALYZE")
    before = await db.fetchval(STATES)
    planning, plan = await _timed(settings, lambda work: plan_definitions(work, change))
    reading = asyncio.create_task(_longest_read(db))
    applying, applied = await _timed(settings, lambda work: apply_definitions(work, change))
    reading.cancel()
    longest = 0.0
    with suppress(asyncio.CancelledError):
        longest = await reading
    assert applied == plan, "what happened is not what was planned"
    moved = await db.fetchval("SELECT count(*) FROM journey_moves")
    undoing, _ = await _timed(settings, lambda work: undo_edition(work, UNSAID))
    assert await db.fetchval(STATES) == before, "not everybody is where they were"
    return {
        "steps moved": f"{moved:,}",
        "groups of people in the plan": f"{len(plan.groups):,}",
        "plan": f"{planning:.1f} s",
        "apply, in one transaction": f"{applying:.1f} s",
        "undo": f"{undoing:.1f} s",
        "longest read of a journey meanwhile": f"{longest * 1000:.0f} ms",
    }


async def _timed(settings: Settings, act: Callable[[Work], Awaitable[Any]]) -> tuple[float, Any]:
    async with opened(settings) as service:
        began = perf_counter()
        async with service.works.begin() as work:
            done = await act(work)
        return perf_counter() - began, done


async def _longest_read(db: "asyncpg.Connection[asyncpg.Record]") -> float:
    """The longest of many reads one after the other, until cancelled."""
    longest = 0.0
    try:
        while True:
            began = perf_counter()
            await db.fetch(
                "SELECT * FROM journeys JOIN journey_steps USING (user_id) WHERE user_id = $1",
                "00000000-0000-0000-0000-000000000007",
            )
            longest = max(longest, perf_counter() - began)
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        return longest


def report(figures: dict[str, str], people: int, others: float) -> str:
    """What was measured as a page."""
    lines = [
        "# A change of the steps with everybody on the way",
        "",
        machine(others),
        "",
        (
            f"{people:,} people with up to five steps each, in two roles and two markets."
            " A step is renamed, two become one, one is added for those who earned it, and two have"
            " a higher version. What was applied is compared with what was planned, and after"
            " undoing everybody's states and dates with those of before."
        ),
        "",
        "| what | figure |",
        "|---|--:|",
        *(f"| {name} | {figure} |" for name, figure in figures.items()),
    ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
