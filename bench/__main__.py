"""`python -m bench`: runs every contender in turn, prints the table, keeps it in RESULTS.md."""

import argparse
import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

from bench.contenders import Contender, contenders
from bench.measures import Measure
from bench.report import report
from bench.stage import Plan, Stage

FULL = Plan(rounds=7, seconds=3.0, sign_ins=12, people_of_each=100)
QUICK = Plan(rounds=2, seconds=1.0, sign_ins=4, people_of_each=20)
KEPT = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    """Measure, print, and keep what was measured in full."""
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("--quick", action="store_true", help="a minute's look; keeps no results")
    options.add_argument("--only", default="", help="a pattern the names must match")
    given = options.parse_args()
    plan = QUICK if given.quick else FULL
    others = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Stage(Path(folder), plan) as stage:
        chosen = [one for one in contenders(stage) if re.search(given.only, one.name)]
        measured = asyncio.run(_measured(chosen, plan.rounds))
    table = report(measured, plan, others)
    print(table)
    if not (given.quick or given.only):
        KEPT.write_text(table)


async def _measured(chosen: list[Contender], rounds: int) -> dict[str, list[Measure]]:
    """All contenders once in every round, so that a slow minute of the machine meets them all."""
    for one in chosen:
        await one.warm_up()
    found: dict[str, list[Measure]] = {one.name: [] for one in chosen}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for one in chosen if number % 2 == 0 else reversed(chosen):
            found[one.name].append(await one.run())
    return found


if __name__ == "__main__":
    main()
