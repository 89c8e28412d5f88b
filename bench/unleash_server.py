"""`python -m bench.unleash_server`: fifty flags over HTTP, beside the server of Unleash."""

import argparse
import asyncio
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.request import Request, urlopen

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bench.load import find_wrk, load
from bench.measures import Measure
from bench.npm import install, node
from bench.report import machine
from bench.sdk import ALL, CONTEXT, FLAGS
from bench.stage import Plan, Server, Stage, free_port, wait_for

VERSION = "8.2.0"
KEPT = Path(__file__).parent / "UNLEASH_SERVER.md"
FULL, QUICK = 7, 2  # rounds
SECONDS = 3.0  # of a round
STOP_SECONDS, ANSWER_SECONDS, READY_SECONDS = 15.0, 10.0, 60.0
ADMIN = "*:*.of-the-bench"
FRONTEND = "default:development.of-the-bench"
NO_LIMIT = "100000000"
EVALUATE = "/api/frontend"
ASKED = '{"context":{"userId":"dana","properties":{"plan":"team","country":"CA"}}}'
CONSTRAINT = {"contextName": "plan", "operator": "IN", "values": ["team"]}
START = "require('unleash-server').start()"


@dataclass(frozen=True)
class Peers:
    """Both servers with what each is asked by: the file of its key."""

    stage: Stage
    unleash: Server
    key: Path

    async def ours(self) -> Measure:
        """A round of OFREP in bulk."""
        said = ("POST", ALL, str(self.stage.sdk_key), "", CONTEXT)
        return await load(self.stage.firstmile, self.stage.cluster.pid, SECONDS, *said)

    async def theirs(self) -> Measure:
        """A round of Unleash's frontend API, which answers all flags as well."""
        said = ("POST", EVALUATE, str(self.key), "", ASKED)
        return await load(self.unleash, self.stage.cluster.pid, SECONDS, *said)


def main() -> None:
    """Install the peer, measure in turn, print, and keep what was measured in full."""
    options = argparse.ArgumentParser(prog="python -m bench.unleash_server", description=__doc__)
    options.add_argument("--quick", action="store_true", help="two rounds; keeps no results")
    rounds = QUICK if options.parse_args().quick else FULL
    find_wrk()
    others = os.getloadavg()[0]
    plan = Plan(rounds=rounds, seconds=SECONDS, sign_ins=0, people_of_each=1)
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        Stage(Path(name), plan) as stage,
        unleash(stage) as peers,
    ):
        measured = asyncio.run(_measured(peers, rounds))
    table = report(measured, others)
    print(table)
    if rounds == FULL:
        KEPT.write_text(table)


@contextmanager
def unleash(stage: Stage) -> Iterator[Peers]:
    """The server of Unleash on a database of its own, with the same fifty flags."""
    folder = stage.folder / "unleash"
    folder.mkdir()
    install(folder, f"unleash-server@{VERSION}")
    assert stage.settings.database_url is not None
    url = stage.settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("CREATE DATABASE unleash")
    port = free_port()
    environment = {"PATH": os.environ["PATH"], **_settings(url, port)}
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [node(), "-e", START], cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        server = Server(f"http://127.0.0.1:{port}", process.pid)
        wait_for(f"{server.url}/health", log)
        _make_flags(server.url)
        _wait_for_flags(server.url)
        key = folder / "key"
        key.write_text(FRONTEND)
        yield Peers(stage, server, key)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)


def report(measured: Mapping[str, list[Measure]], others: float) -> str:
    """The table in Markdown."""
    ours, theirs = measured["Firstmile"], measured[f"Unleash {VERSION}"]
    said = (
        "Each with a rule and a share of 50 %, all asked for at once with a key: in bulk by OFREP"
        " here, by the frontend API there, which leaves out the flags that are off. One process"
        f" each, on the same PostgreSQL; the median of {len(ours)} rounds of {SECONDS:g} s."
    )
    faster = median(a.rate / b.rate for a, b in zip(ours, theirs, strict=True))
    lines = [
        f"# {FLAGS} flags over HTTP, beside the server of Unleash",
        "",
        said,
        "",
        "| server | answers a second | p50 ms | p99 ms | CPU µs an answer |",
        "|---|---:|---:|---:|---:|",
        *(_row(name, found) for name, found in measured.items()),
        "",
        f"Firstmile answers {faster:.1f} times as often.",
        "",
        machine(others),
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, found: list[Measure]) -> str:
    rate = median(one.rate for one in found)
    p50, p99 = median(one.p50_ms for one in found), median(one.p99_ms for one in found)
    cpu = median(one.each(one.server_cpu) for one in found)
    return f"| {name} | {rate:,.0f} | {p50:.1f} | {p99:.1f} | {cpu:,.0f} |"


async def _measured(peers: Peers, rounds: int) -> dict[str, list[Measure]]:
    takes = {"Firstmile": peers.ours, f"Unleash {VERSION}": peers.theirs}
    for take in takes.values():
        await take()  # to warm up
    found: dict[str, list[Measure]] = {name: [] for name in takes}
    for number in range(rounds):
        for name in sorted(takes, reverse=number % 2 == 1):
            found[name].append(await takes[name]())
    return found


def _settings(url: str, port: int) -> dict[str, str]:
    where = conninfo_to_dict(url)
    return {
        "NODE_ENV": "production",
        "DATABASE_HOST": str(where["host"]),
        "DATABASE_PORT": str(where.get("port", 5432)),
        "DATABASE_USERNAME": str(where["user"]),
        "DATABASE_PASSWORD": str(where.get("password", "")),
        "DATABASE_NAME": "unleash",
        "DATABASE_SSL": "false",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(port),
        "INIT_ADMIN_API_TOKENS": ADMIN,
        "INIT_FRONTEND_API_TOKENS": FRONTEND,
        # Ten clients ask for what thousands would; ours has no limit here either.
        "SDK_API_RATE_LIMIT_PER_MINUTE": NO_LIMIT,
        "TOKEN_AUTHENTICATION_RATE_LIMIT_PER_MINUTE": NO_LIMIT,
        "CHECK_VERSION": "false",
        "SEND_TELEMETRY": "false",
        "LOG_LEVEL": "warn",
    }


def _make_flags(url: str) -> None:
    features = "/api/admin/projects/default/features"
    for number in range(FLAGS):
        name = f"flag-{number}"
        place = f"{features}/{name}/environments/development"
        _post(url + features, {"name": name, "type": "release"})
        half = {"rollout": "50", "stickiness": "default", "groupId": name}
        strategy = {"name": "flexibleRollout", "parameters": half, "constraints": [CONSTRAINT]}
        _post(f"{url}{place}/strategies", strategy)
        _post(f"{url}{place}/on", {})


def _wait_for_flags(url: str) -> None:
    """Its frontend API looks for changes now and then: wait until it has them."""
    deadline = time.monotonic() + READY_SECONDS
    while not json.loads(_post(url + EVALUATE, json.loads(ASKED), FRONTEND))["toggles"]:
        if time.monotonic() > deadline:
            raise RuntimeError("Unleash evaluates no flag")
        time.sleep(0.5)


def _post(address: str, body: object, key: str = ADMIN) -> bytes:
    headers = {"authorization": key, "content-type": "application/json"}
    request = Request(address, json.dumps(body).encode(), headers, method="POST")
    with urlopen(request, timeout=ANSWER_SECONDS) as answer:
        told: bytes = answer.read()
        return told


if __name__ == "__main__":
    main()
