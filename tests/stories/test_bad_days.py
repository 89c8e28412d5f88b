"""Kills, stops and hangs, done to the real processes: nothing acknowledged is lost."""

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from tests.cast import PASSWORD
from tests.running import running_service
from tests.stories.processes import sign_up, with_mail
from tests.test_up import Run, eventually, up

from firstmile.settings import Settings


def test_the_mail_of_a_worker_killed_in_its_middle_arrives_within_a_minute(
    settings: Settings,
) -> None:
    with with_mail(settings) as (running, box):
        box.hangs = True
        assert sign_up(running.base_url, "dana")
        assert box.began.wait(10)
        running.kill("work")
        began = time.monotonic()
        box.hangs = False
        running.start("work")

        assert eventually(lambda: bool(box.mails), 60)
        took = time.monotonic() - began
        key = _value(settings, "SELECT key FROM mails")
        assert eventually(lambda: _value(settings, "SELECT status FROM mails") == "sent", 5)
        time.sleep(1)

    print(f"delivered {took:.1f} s after the kill")
    assert took < 60
    assert [mail["Message-ID"] for mail in box.mails] == [f"<{key}@localhost>"]


def test_a_worker_that_lost_its_database_finds_it_again(settings: Settings) -> None:
    with running_service(settings) as running:
        time.sleep(1)
        _value(
            settings,
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        assert eventually(lambda: sign_up(running.base_url, "dana"), 10)

        assert eventually(lambda: len(running.mails()) == 1, 20)
        assert running.processes["work"].poll() is None


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder that root's PostgreSQL reaches in place, and that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="firstmile-killed-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_nothing_acknowledged_is_lost_when_everything_is_killed(home: Path) -> None:
    acknowledged: list[str] = []
    with up(home, BCRYPT_COST="4") as run:
        run.read_until("Stop")
        _sign_up_and_kill(run, acknowledged)
    with up(home, BCRYPT_COST="4") as again:
        again.read_until("Stop")
        assert eventually(lambda: not _without_mail(again, acknowledged), 60)
        mails = [mail["to"] for mail in _mails(again)]
        answers = {name: _sign_in(again, name) for name in acknowledged}

    assert 5 <= len(acknowledged) < 60
    assert {mails.count(f"{name}@example.org") for name in acknowledged} == {1}
    assert set(answers.values()) == {"email_not_verified"}


def _sign_up_and_kill(run: Run, acknowledged: list[str]) -> None:
    """Sixty sign-ups, four at a time; `kill -9` of all processes after the tenth."""
    group = [psutil.Process(run.process.pid), *run.family()]

    def one(name: str) -> None:
        if sign_up(run.address, name):
            acknowledged.append(name)
        if len(acknowledged) >= 10:
            for process in group:
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    with ThreadPoolExecutor(4) as visitors:
        list(visitors.map(one, (f"visitor{number}" for number in range(60))))
    psutil.wait_procs(group, 10)


def _mails(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{run.address}/dev/mail.json").json()
    return found


def _without_mail(run: Run, names: list[str]) -> set[str]:
    return {f"{name}@example.org" for name in names} - {mail["to"] for mail in _mails(run)}


def _sign_in(run: Run, name: str) -> str:
    """What signing in with the right password says to an account that is not verified."""
    body = {"email": f"{name}@example.org", "password": PASSWORD}
    answer = httpx.post(f"{run.address}/api/v1/auth/login", json=body)
    return str(answer.json()["error"])


def _value(settings: Settings, query: str) -> Any:
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None
