"""Everything that is measured, each as one thing that can run a round."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import httpx

from bench.hashing import SignIns, raw_bcrypt
from bench.latency import ends_heard_elsewhere, paced_reads, paced_reads_during_sign_ins
from bench.load import find_wrk, load
from bench.measures import Measure
from bench.people import STEP
from bench.pgbench import SEEN, run_pgbench, script_of, set_step
from bench.sdk import ALL, CONTEXT, FLAGS, ONE
from bench.stage import Stage
from bench.tokens import TokenChecks, empty_by_the_same_client, refreshes

EMPTY = "empty endpoint"
EMPTY_POST = "empty endpoint, POST"
READ = "GET onboarding"
READ_SAME = "GET onboarding, 304"
CHANGE = "PATCH step"
ONE_FLAG = "OFREP, one flag"
ALL_FLAGS = f"OFREP, {FLAGS} flags at once"
SIGN_IN = "POST login"
PG_READ = "pgbench of GET"
PG_CHANGE = "pgbench of PATCH"
BCRYPT = "raw bcrypt"
CHECK_FIRST = "token check, first"
CHECK_AGAIN = "token check, again"
SIGNATURE = "raw ES256 check"
REFRESH = "POST refresh"
EMPTY_BY_PYTHON = "empty endpoint, Python client"
CALM = "GET at a steady pace"
CROWDED = "GET while others sign in"
HEARD = "end of a session, heard elsewhere"

JOURNEY = "/api/v1/onboarding"
STEP_PATH = f"{JOURNEY}/steps/{STEP}"
WARM_SECONDS = 1.0


@dataclass(frozen=True)
class Contender:
    """One line of the table. `take(seconds, sign_ins)` is one round."""

    name: str
    take: Callable[[float, int], Awaitable[Measure]]
    stage: Stage

    async def warm_up(self) -> None:
        """A short round that nobody counts."""
        await self.take(WARM_SECONDS, 1)

    async def run(self) -> Measure:
        """One round."""
        return await self.take(self.stage.plan.seconds, self.stage.plan.sign_ins)


def contenders(stage: Stage) -> list[Contender]:
    """All of them, each beside its peer."""
    find_wrk()
    sign_ins, checks = SignIns(stage), TokenChecks(stage)
    reading, changing = PgBench(stage, "read", read), PgBench(stage, "change", change)

    async def empty(seconds: float, _: int) -> Measure:
        return await load(stage.empty, None, seconds, "GET", "/", str(stage.tokens))

    async def empty_post(seconds: float, _: int) -> Measure:
        said = ("POST", "/", str(stage.sdk_key), "", CONTEXT)
        return await load(stage.empty, None, seconds, *said)

    async def journey(seconds: float, _: int) -> Measure:
        return await _loaded(stage, seconds, "GET", JOURNEY)

    async def journey_known(seconds: float, _: int) -> Measure:
        tag = await asyncio.to_thread(_tag, stage)
        return await _loaded(stage, seconds, "GET", JOURNEY, tag)

    async def step(seconds: float, _: int) -> Measure:
        await set_step(stage)
        return await _loaded(stage, seconds, "PATCH", STEP_PATH)

    async def sign_in(_: float, count: int) -> Measure:
        return await sign_ins.run(count)

    async def hashes(_: float, count: int) -> Measure:
        return await asyncio.to_thread(raw_bcrypt, stage, count)

    takes = {
        EMPTY: empty,
        EMPTY_POST: empty_post,
        READ: journey,
        READ_SAME: journey_known,
        ONE_FLAG: _asking(stage, ONE),
        ALL_FLAGS: _asking(stage, ALL),
        PG_READ: reading.take,
        CHANGE: step,
        PG_CHANGE: changing.take,
        SIGN_IN: sign_in,
        BCRYPT: hashes,
        CHECK_FIRST: checks.first,
        CHECK_AGAIN: checks.again,
        SIGNATURE: checks.signature,
        REFRESH: _timed(stage, refreshes),
        EMPTY_BY_PYTHON: _timed(stage, empty_by_the_same_client),
        CALM: _timed(stage, paced_reads),
        CROWDED: _timed(stage, paced_reads_during_sign_ins),
        HEARD: _timed(stage, ends_heard_elsewhere),
    }
    return [Contender(name, take, stage) for name, take in takes.items()]


def _asking(stage: Stage, path: str) -> Callable[[float, int], Awaitable[Measure]]:
    async def take(seconds: float, _: int) -> Measure:
        said = ("POST", path, str(stage.sdk_key), "", CONTEXT)
        return await load(stage.firstmile, None, seconds, *said)

    return take


def _timed(
    stage: Stage, measure: Callable[[Stage, float], Awaitable[Measure]]
) -> Callable[[float, int], Awaitable[Measure]]:
    async def take(seconds: float, _: int) -> Measure:
        return await measure(stage, seconds)

    return take


class PgBench:
    """A request's statements without the request."""

    def __init__(self, stage: Stage, name: str, request: Callable[..., Any]) -> None:
        self._stage = stage
        self._name = name
        self._request = request
        self._script: Path | None = None

    async def take(self, seconds: float, _: int) -> Measure:
        """One round; the first one records."""
        if self._script is None:
            await set_step(self._stage, SEEN)
            self._script = await script_of(self._stage, self._name, self._request)
        await set_step(self._stage)
        return await asyncio.to_thread(run_pgbench, self._stage, self._script, seconds)


async def read(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    """What `GET onboarding` sends."""
    return await client.get(JOURNEY, headers=headers)


async def change(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    """What `PATCH step` sends."""
    body = {"status": "in_progress", "rowVersion": SEEN}
    return await client.patch(STEP_PATH, json=body, headers=headers)


async def _loaded(stage: Stage, seconds: float, method: str, path: str, *tag: str) -> Measure:
    said = (method, path, str(stage.tokens), *tag)
    return await load(stage.firstmile, stage.cluster.pid, seconds, *said)


def _tag(stage: Stage) -> str:
    """The entity tag of the second person's journey; everybody of their language has the same."""
    token = stage.tokens.read_text().splitlines()[1]
    request = Request(stage.firstmile.url + JOURNEY, headers={"Authorization": f"Bearer {token}"})
    with urlopen(request) as answer:
        return str(answer.headers["etag"])
