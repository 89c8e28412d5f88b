"""Signing in, which is to cost what its bcrypt costs and nothing more."""

import asyncio
import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import httpx

from bench.measures import Measure, cpu_of
from bench.stage import Stage

AT_ONCE = 4
PATIENCE = 60.0


class SignIns:
    """People signing in, a few at a time, so that the hash pool always has work."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._numbers = itertools.cycle(range(1, stage.plan.people + 1))

    async def run(self, count: int) -> Measure:
        """One round of `count` sign-ins."""
        server, postgres = self._stage.firstmile.pid, self._stage.cluster.pid
        bodies = [self._stage.sign_in_body(next(self._numbers)) for _ in range(count)]
        url = f"{self._stage.firstmile.url}/api/v1/auth/login"
        turns = asyncio.Semaphore(AT_ONCE)
        async with httpx.AsyncClient(timeout=PATIENCE) as client:

            async def sign_in(body: dict[str, str]) -> None:
                async with turns:
                    (await client.post(url, json=body)).raise_for_status()

            before, started = (cpu_of(server), cpu_of(postgres)), time.perf_counter()
            await asyncio.gather(*map(sign_in, bodies))
            took = time.perf_counter() - started
            after = cpu_of(server), cpu_of(postgres)
        return Measure(
            count, took, server_cpu=after[0] - before[0], postgres_cpu=after[1] - before[1]
        )


def raw_bcrypt(stage: Stage, count: int) -> Measure:
    """`count` hashes of the same cost in as many threads as the service hashes in."""
    threads = hash_threads(stage)
    salt = bcrypt.gensalt(stage.settings.bcrypt_cost)
    before, started = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: bcrypt.hashpw(b"correct horse 9 battery", salt), range(count)))
    took = time.perf_counter() - started
    return Measure(count, took, server_cpu=time.process_time() - before)


def hash_threads(stage: Stage) -> int:
    """As many as the service takes."""
    return stage.settings.hash_threads or max(1, (os.cpu_count() or 2) - 1)
