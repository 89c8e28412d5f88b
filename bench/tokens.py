"""What a token costs to check, and a session to refresh."""

import asyncio
import base64
import json
import time
from collections.abc import Callable

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc.jwk import ECKey

from bench.measures import Measure, cpu_of
from bench.stage import Stage
from firstmile.identity.authenticate import Authenticator
from firstmile.verbs.opening import opened

AT_ONCE = 10
BATCH = 50
SIGNATURE_HALF = 32


class TokenChecks:
    """Access tokens checked in the measuring process, by the very parts of the service."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def first(self, seconds: float, _: int) -> Measure:
        """A token nobody has seen: signature, claims, and a question to PostgreSQL."""
        tokens = self._stage.tokens.read_text().splitlines()
        async with opened(self._stage.settings) as service:
            await service.keys.load(service.database)
            authenticator = service.parts.get(Authenticator)
            return await _repeated(authenticator, tokens, seconds)

    async def again(self, seconds: float, _: int) -> Measure:
        """A token that was seen within the minute."""
        tokens = self._stage.tokens.read_text().splitlines()[:100]
        async with opened(self._stage.settings) as service:
            await service.keys.load(service.database)
            await service.hints.start()
            await service.hints.check()
            try:
                return await _repeated(service.parts.get(Authenticator), tokens, seconds)
            finally:
                await service.hints.stop()

    async def signature(self, seconds: float, _: int) -> Measure:
        """The peer: an ES256 signature checked by the cryptography library, and nothing else."""
        token = self._stage.tokens.read_text().splitlines()[0]
        check = await _raw_check(self._stage, token)
        return await asyncio.to_thread(_timed, check, seconds)


async def refreshes(stage: Stage, seconds: float) -> Measure:
    """Sessions refreshed again and again, each with the token it was just given."""
    bodies = [stage.sign_in_body(number) for number in range(1, AT_ONCE + 1)]
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=stage.firstmile.url, timeout=60, limits=limits) as client:
        held = [await _signed_in(client, body) for body in bodies]
        before = cpu_of(stage.firstmile.pid), cpu_of(stage.cluster.pid)
        started = time.perf_counter()
        done = await asyncio.gather(
            *(_refreshed(client, token, started + seconds) for token in held)
        )
        took = time.perf_counter() - started
        after = cpu_of(stage.firstmile.pid), cpu_of(stage.cluster.pid)
    return Measure(
        sum(done), took, server_cpu=after[0] - before[0], postgres_cpu=after[1] - before[1]
    )


async def empty_by_the_same_client(stage: Stage, seconds: float) -> Measure:
    """The peer of refreshing: the empty endpoint, asked by the same Python client."""
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=stage.empty.url, timeout=60, limits=limits) as client:
        before, started = cpu_of(stage.empty.pid), time.perf_counter()
        done = await asyncio.gather(*(_asked(client, started + seconds) for _ in range(AT_ONCE)))
        took = time.perf_counter() - started
        cpu = cpu_of(stage.empty.pid) - before
    return Measure(sum(done), took, server_cpu=cpu)


async def _signed_in(client: httpx.AsyncClient, body: dict[str, str]) -> str:
    answer = (await client.post("/api/v1/auth/login", json=body)).raise_for_status()
    client.cookies.clear()
    return str(answer.json()["refreshToken"])


async def _refreshed(client: httpx.AsyncClient, token: str, until: float) -> int:
    done = 0
    while time.perf_counter() < until:
        answer = await client.post("/api/v1/auth/refresh", json={"refreshToken": token})
        token = answer.raise_for_status().json()["refreshToken"]
        done += 1
    return done


async def _asked(client: httpx.AsyncClient, until: float) -> int:
    done = 0
    while time.perf_counter() < until:
        (await client.get("/")).raise_for_status()
        done += 1
    return done


async def _repeated(authenticator: Authenticator, tokens: list[str], seconds: float) -> Measure:
    scopes = [{"headers": [(b"authorization", f"Bearer {token}".encode())]} for token in tokens]
    done, cpu, started = 0, time.process_time(), time.perf_counter()
    while time.perf_counter() < started + seconds:
        for scope in scopes:
            if await authenticator.ask(scope) is None:
                raise RuntimeError("a token of the bench opens nothing")
        done += len(scopes)
    return Measure(done, time.perf_counter() - started, server_cpu=time.process_time() - cpu)


def _timed(check: Callable[[], object], seconds: float) -> Measure:
    done, cpu, started = 0, time.process_time(), time.perf_counter()
    while time.perf_counter() < started + seconds:
        for _ in range(BATCH):
            check()
        done += BATCH
    return Measure(done, time.perf_counter() - started, server_cpu=time.process_time() - cpu)


async def _raw_check(stage: Stage, token: str) -> Callable[[], object]:
    async with opened(stage.settings) as service:
        await service.keys.load(service.database)
        keys = {str(jwk["kid"]): jwk for jwk in service.keys.jwks["keys"]}
    head, payload, tail = token.split(".")
    raw = _decoded(tail)
    halves = raw[:SIGNATURE_HALF], raw[SIGNATURE_HALF:]
    signature = encode_dss_signature(*(int.from_bytes(half, "big") for half in halves))
    kid = json.loads(_decoded(head))["kid"]
    public = ECKey.import_key(dict(keys[kid])).public_key
    signed = f"{head}.{payload}".encode()
    return lambda: public.verify(signature, signed, ec.ECDSA(hashes.SHA256()))


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
