"""The verbs of the kill switch, and the drill against a service that runs."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from tests.cli.test_root import environment, values
from tests.commands import run, said
from tests.running import Running, running_service
from tests.valkey import ValkeyServer, valkey

from firstmile.settings import Settings

__all__ = ["environment", "valkey"]


def switched(environment: dict[str, str], *words: str) -> str:
    return said(run(environment, "kill-switch", *words))


def is_off(running: Running, area: str) -> bool:
    answer = httpx.get(f"{running.base_url}/api/v1/kill-switch").json()
    return bool(next(one["off"] for one in answer["areas"] if one["area"] == area))


def wait_until_off(running: Running, area: str, *, off: bool) -> None:
    deadline = time.monotonic() + 5
    while is_off(running, area) is not off:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_area_is_switched_off_and_on_by_command(environment: dict[str, str]) -> None:
    before = switched(environment, "status")

    off = switched(environment, "off", "gating", "--reason", "INC-7")
    again = switched(environment, "off", "gating", "--reason", "INC-8")
    status = switched(environment, "status")
    on = switched(environment, "on", "gating", "--reason", "Repaired")

    assert before.splitlines()[-1] == "No replica runs."
    assert off.startswith("gating is off. Every signed-in person passes the gate")
    assert again == "gating was off already.\n"
    assert "UTC: INC-7" in next(one for one in status.splitlines() if one.startswith("gating"))
    assert on == "gating is on.\n"
    url = environment["DATABASE_URL"]
    assert values(url, "SELECT began_by FROM switch_uses") == [None]
    assert values(url, "SELECT end_reason FROM switch_uses") == ["Repaired"]


@pytest.mark.parametrize("words", [("off", "gating", "--reason", " "), ("off", "canary")])
def test_the_command_refuses_in_plain_words(
    environment: dict[str, str], words: tuple[str, ...]
) -> None:
    refused = run(environment, "kill-switch", *words)

    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


def test_a_drill_without_replicas_says_so(environment: dict[str, str]) -> None:
    refused = run(environment, "drill", "kill-switch")

    assert (refused.returncode, refused.stderr) == (2, "No replica runs.\n")


def test_a_drill_waits_for_web_and_worker_over_valkey(
    settings: Settings, valkey: ValkeyServer
) -> None:
    with running_service(settings, REDIS_URL=valkey.url) as running:
        told = said(run(running.environment, "drill", "kill-switch", "--flips", "5"))
        switched(running.environment, "off", "sign_up", "--reason", "A flood")
        wait_until_off(running, "sign_up", off=True)

    lines = told.splitlines()
    assert lines[0] == "5 flips of canary, in milliseconds:"
    assert [line.split()[0] for line in lines[2:]] == ["web", "worker", "all"]
    assert all("by redis" in line for line in lines[2:4])
    assert "did not arrive" not in told


def test_a_drill_of_an_area_asks_first_and_leaves_it_on(
    running: Running,
) -> None:
    unasked = run(running.environment, "drill", "kill-switch", "--area", "gating")
    told = said(run(running.environment, "drill", "kill-switch", "--area", "gating", "--yes"))

    assert unasked.returncode == 1
    assert "Switch gating off and on?" in unasked.stdout
    assert told.startswith("6 flips of gating")
    assert all("by postgres" in line for line in told.splitlines()[2:4])
    wait_until_off(running, "gating", off=False)


def test_a_drill_refuses_an_area_that_is_off(running: Running) -> None:
    switched(running.environment, "off", "gating", "--reason", "INC-7")

    refused = run(running.environment, "drill", "kill-switch", "--area", "gating", "--yes")

    assert refused.returncode == 2
    assert is_off(running, "gating")


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Programs begin with ears for Ctrl-C; those of a script's background are born deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_drill_that_is_interrupted_leaves_the_area_on(running: Running) -> None:
    drill = subprocess.Popen(
        [
            *(sys.executable, "-m", "firstmile", "drill", "kill-switch"),
            *("--area", "gating", "--yes", "--flips", "1000"),
        ],
        env=running.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    url, deadline = running.environment["DATABASE_URL"], time.monotonic() + 20
    while not values(url, "SELECT 1 FROM switch_uses LIMIT 1"):
        assert time.monotonic() < deadline
    drill.send_signal(signal.SIGINT)
    _, complaint = drill.communicate(timeout=20)

    assert (drill.returncode, complaint) == (2, "Stopped. gating is on.\n")
    wait_until_off(running, "gating", off=False)
    assert values(url, "SELECT 1 FROM switch_uses WHERE ended_at IS NULL") == []
