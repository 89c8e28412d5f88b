"""`python -m bench.switches`: how long a switch takes to hold on two replicas, by either wire."""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import SecretStr
from tests.valkey import valkey_server

from bench.report import machine
from bench.stage import DURABLE, environment_of, free_port, running, settings_for, wait_for
from firstmile.outside.migrations import migrate
from firstmile.outside.postgres import temporary_cluster
from firstmile.release.drill import Drill
from firstmile.release.replica import share_of
from firstmile.settings import Settings
from firstmile.verbs.keys import make_keys
from firstmile.verbs.release import drill_kill_switch

REPLICAS = 2
KEPT = Path(__file__).parent / "SWITCHES.md"
WIRES = {True: "Valkey", False: "NOTIFY of PostgreSQL"}
SHARES = (0.5, 0.95, 0.99, 1.0)


def main() -> None:
    """Flip the canary over each wire, print the table, and keep it."""
    options = argparse.ArgumentParser(prog="python -m bench.switches", description=__doc__)
    options.add_argument("--flips", type=int, default=500, help="how often, over each wire")
    options.add_argument("--quick", action="store_true", help="50 flips; keeps no results")
    given = options.parse_args()
    flips = 50 if given.quick else given.flips
    others = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        drills = {wire: measured(Path(folder), flips, by_redis=by) for by, wire in WIRES.items()}
    table = report(drills, flips, others)
    print(table)
    if not given.quick:
        KEPT.write_text(table)


def measured(folder: Path, flips: int, *, by_redis: bool) -> Drill:
    """A drill with two web processes that nobody else asks for anything."""
    with replicas(folder / WIRES[by_redis].split()[0], by_redis=by_redis) as settings:
        asyncio.run(drill_kill_switch(settings, None, 10))  # so that no plan is made for the first
        return asyncio.run(drill_kill_switch(settings, None, flips))


@contextmanager
def replicas(folder: Path, *, by_redis: bool) -> Iterator[Settings]:
    """Web processes over a durable database of their own, with the settings of production."""
    folder.mkdir()
    with ExitStack() as stack:
        cluster = stack.enter_context(temporary_cluster(folder / "database", parameters=DURABLE))
        migrate(cluster.url)
        settings = settings_for(cluster.url, folder)
        asyncio.run(make_keys(settings))
        wire: dict[str, str] = {}
        if by_redis:
            wire = {"REDIS_URL": stack.enter_context(valkey_server()).url}
            settings = settings.model_copy(update={"redis_url": SecretStr(wire["REDIS_URL"])})
        for number in range(REPLICAS):
            port, log = free_port(), folder / f"replica-{number}.log"
            environment = environment_of(settings, port) | wire
            stack.enter_context(running(["firstmile", "serve"], environment, log))
            wait_for(f"http://127.0.0.1:{port}/readyz", log)
        yield settings


def report(drills: dict[str, Drill], flips: int, others: float) -> str:
    """What was measured as a page."""
    lines = [
        "# From a switch to its effect",
        "",
        machine(others),
        "",
        (
            f"{flips} flips one after the other, {REPLICAS} web processes that rest otherwise."
            " From the moment the switch is written, its commit included, until it holds in a"
            " process, in milliseconds by the clock of the database."
        ),
        "",
        "| by | p50 | p95 | p99 | longest | not within 10 s |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for wire, drill in drills.items():
        ordered = sorted(drill.delays)
        figures = " | ".join(f"{share_of(ordered, share) or 0:.1f}" for share in SHARES)
        lines.append(f"| {wire} | {figures} | {drill.missed} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
