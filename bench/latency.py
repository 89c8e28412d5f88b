"""What people wait: reads while others sign in, and the end of a session on another replica."""

import asyncio
import time
from collections.abc import Callable
from statistics import quantiles

import httpx

from bench.hashing import SignIns
from bench.measures import Measure
from bench.people import BROWSER, id_of
from bench.stage import Stage
from firstmile.identity.admission import Admission, Admitted
from firstmile.identity.policy import Method, Proof
from firstmile.identity.sessions import SESSION_TOPIC
from firstmile.outside.hints import Hints, PostgresWire, Wire
from firstmile.service import Service
from firstmile.verbs.opening import opened

READS_A_SECOND = 50
JOURNEY = "/api/v1/onboarding"
ENDS = 40
PATIENCE = 5.0


async def paced_reads(stage: Stage, seconds: float) -> Measure:
    """Journeys read at a steady pace, far below what the server can do; how long each took."""
    tokens = stage.tokens.read_text().splitlines()
    async with httpx.AsyncClient(base_url=stage.firstmile.url, timeout=60) as client:

        async def read(number: int) -> float:
            await asyncio.sleep(number / READS_A_SECOND)
            headers = {"authorization": f"Bearer {tokens[number % len(tokens)]}"}
            started = time.perf_counter()
            (await client.get(JOURNEY, headers=headers)).raise_for_status()
            return time.perf_counter() - started

        count = int(seconds * READS_A_SECOND)
        return _measure(await asyncio.gather(*map(read, range(count))), seconds)


async def paced_reads_during_sign_ins(stage: Stage, seconds: float) -> Measure:
    """The same while as many people sign in as the hash threads can take."""
    sign_ins, is_over = SignIns(stage), asyncio.Event()

    async def crowd() -> None:
        while not is_over.is_set():
            await sign_ins.run(8)

    signing_in = asyncio.create_task(crowd())
    await asyncio.sleep(0.5)
    measured = await paced_reads(stage, seconds)
    is_over.set()
    await signing_in
    return measured


async def ends_heard_elsewhere(stage: Stage, seconds: float) -> Measure:
    """From the request that ends a session to the moment another replica has heard of it.

    The replica is in the measuring process; the request goes to the server over HTTP, so its
    own time is in the figure.
    """
    async with opened(stage.settings) as service:
        await service.keys.load(service.database)
        wire: Wire = service.redis or PostgresWire(service.url, service.database)
        hints = Hints(wire, service.database)
        heard: dict[str, float] = {}

        def note(word: str) -> None:
            heard.setdefault(word, time.perf_counter())

        hints.on(SESSION_TOPIC, note)
        await hints.start()
        await _until(lambda: hints.is_connected and hints.is_current)
        try:
            return _measure(await _ended(stage, service, heard), seconds)
        finally:
            await hints.stop()


async def _ended(stage: Stage, service: Service, heard: dict[str, float]) -> list[float]:
    door, taken = service.parts.get(Admission), []
    async with service.works.begin() as work:
        proof = Proof(Method.PASSWORD, work.now)
        begun = [await door.admit(work, id_of(1), proof, browser=BROWSER) for _ in range(ENDS)]
    async with httpx.AsyncClient(base_url=stage.firstmile.url, timeout=60) as client:
        for admitted in begun:
            assert isinstance(admitted, Admitted)
            word = str(admitted.issued.session.id)
            headers = {"authorization": f"Bearer {admitted.issued.access_token}"}
            started = time.perf_counter()
            (await client.post("/api/v1/auth/logout", headers=headers)).raise_for_status()
            await _until(lambda word=word: word in heard)  # type: ignore[misc]
            taken.append(heard[word] - started)
    return taken


async def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + PATIENCE
    while not is_so():
        if time.perf_counter() > deadline:
            raise RuntimeError("it did not become so in time")
        await asyncio.sleep(0.0005)


def _measure(taken: list[float], seconds: float) -> Measure:
    cut = quantiles(taken, n=100, method="inclusive")
    return Measure(
        len(taken), seconds, p50_ms=cut[49] * 1e3, p95_ms=cut[94] * 1e3, p99_ms=cut[98] * 1e3
    )
