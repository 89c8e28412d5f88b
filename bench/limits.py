"""`python -m bench.limits`: what limits let through, and what they cost a request."""

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

import uvloop
from pydantic import SecretStr
from tests.valkey import valkey_server

from bench.limit_accuracy import accuracy
from bench.people import invite
from bench.stage import DURABLE, settings_for
from firstmile.kernel.asgi import App, Message, Scope
from firstmile.main import create_app
from firstmile.outside.migrations import migrate
from firstmile.outside.postgres import temporary_cluster
from firstmile.protect.limiting import Callers, Plan
from firstmile.service import Service
from firstmile.settings import Settings

KEPT = Path(__file__).parent / "LIMITS.md"
ROUNDS = 15
REQUESTS = 1000  # of each kind in each round
AT_ONCE = 10
PATH = "/api/v1/onboarding"
NOTHING = Plan((), ())
Round = Callable[[], Awaitable[float]]


def main() -> None:
    """Measure, print, and keep."""
    others = os.getloadavg()[0]
    said = (
        f"CPU of this process for one `GET {PATH}`, {AT_ONCE} at once, by the whole application in"
        f" memory without a socket; all kinds in each of {ROUNDS} rounds of {REQUESTS}. Load before"
        f" the start: {others:.1f}."
    )
    opening = "The most of one caller's requests that pass within any 60 s, for an hour of traffic:"
    title = "# What limits let through, and what they cost"
    told = "\n\n".join([title, opening, accuracy(), said, uvloop.run(_cost())])
    print(told)
    KEPT.write_text(told + "\n")


async def _cost() -> str:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        temporary_cluster(Path(folder) / "database", parameters=DURABLE) as cluster,
        valkey_server() as valkey,
    ):
        migrate(cluster.url)
        settings = settings_for(cluster.url, Path(folder))
        settings.limit_default = "1000000 per minute"
        (token,) = await invite(settings, 1)
        shared = settings.model_copy(update={"redis_url": SecretStr(valkey.url)})
        services = [await _opened(one) for one in (settings, settings, shared)]
        rounds = [_round_of(service, token) for service in services]
        setattr(services[0].parts.get(Callers), "plan_of", lambda _: NOTHING)  # noqa: B010
        measured = [[await one() for one in rounds] for _ in range(ROUNDS)]
        assert [one.limiter.store for one in services] == ["memory", "memory", "redis"]
        for service in services:
            await service.close()
    return _table(measured)


async def _opened(settings: Settings) -> Service:
    service = Service(settings)
    await service.open()
    return service


def _round_of(service: Service, token: str) -> Round:
    app = create_app(service.settings, service)

    async def run() -> float:
        started = time.process_time()
        for _ in range(REQUESTS // AT_ONCE):
            await asyncio.gather(*(_ask(app, token) for _ in range(AT_ONCE)))
        return (time.process_time() - started) / REQUESTS * 1e6

    return run


async def _ask(app: App, token: str) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200, message

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": PATH,
        "raw_path": PATH.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"bench.example"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("192.0.2.1", 4321),
        "server": ("bench.example", 443),
        "state": {},
        "extensions": {},
    }
    await app(scope, receive, send)


def _table(measured: list[list[float]]) -> str:
    """The least of all rounds is what it takes; the median is what others made of it."""
    least = [min(kind) for kind in zip(*measured, strict=True)]
    usual = [median(kind) for kind in zip(*measured, strict=True)]
    lines = [
        "| limits | CPU µs a request, least | beside none | CPU µs, median |",
        "|---|--:|--:|--:|",
    ]
    lines += [
        f"| {name} | {least[at]:.0f} | {least[at] / least[0]:.2f} | {usual[at]:.0f} |"
        for at, name in enumerate(("none", "in memory", "in Valkey"))
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
