"""Logs: events with fields, without credentials or people, in files that rotate."""

import dataclasses
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from pydantic import SecretStr
from tests.observe.conftest import Lines

from firstmile.kernel.ids import new_id, new_token
from firstmile.observe.logfiles import LogFile
from firstmile.observe.logs import REDACTED, redact

TOKEN = new_token()
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
HIDDEN = ["dana@example.org", "dana%40example.org", "hunter2hunter2", TOKEN, JWT, "Lopez"]


class Form(msgspec.Struct):
    password: str
    size: int = 1


@dataclasses.dataclass
class Row:
    email: str
    size: int = 1


def logged(**fields: Any) -> str:
    """The line as it is written."""
    return msgspec.json.encode(redact(None, "", fields), enc_hook=str).decode()


def fail(words: str) -> None:
    raise OSError(words)


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "dana@example.org"},
        {"to_address": "dana@example.org"},
        {"recipient": "dana"},
        {"password": "hunter2hunter2"},
        {"db_passwd": "hunter2hunter2"},
        {"accessToken": TOKEN},
        {"refresh_token": TOKEN},
        {"authorization": f"Bearer {TOKEN}"},
        {"cookie": f"__Host-session={TOKEN}"},
        {"csrf": TOKEN},
        {"secret_key": "hunter2hunter2"},
        {"api_key": "hunter2hunter2"},
        {"lastName": "Lopez"},
        {"phone": "hunter2hunter2"},
        {"code": "hunter2hunter2"},
        {"said": "no mail to dana@example.org today"},
        {"url": "/x?email=dana%40example.org"},
        {"said": f"header was Bearer {TOKEN}"},
        {"said": f"GET /verify-email?token={TOKEN}&next=/"},
        {"said": f"the value {TOKEN} is unknown"},
        {"said": JWT},
        {"url": "postgresql://firstmile:hunter2hunter2@db.example.org/app"},
        {"url": "redis://:hunter2hunter2@cache:6379/0"},
        {"said": "host=db user=app password=hunter2hunter2 dbname=x"},
        {"said": "Cookie: firstmile-session=hunter2hunter2; theme=dark"},
        {"body": {"user": {"password": "hunter2hunter2"}}},
        {"body": [{"email": "dana@example.org"}, "dana@example.org"]},
        {"body": {"deep": [{"deeper": ("x", f"Bearer {TOKEN}")}]}},
        {"headers": [(b"cookie", f"session={TOKEN}".encode()), (b"accept", b"*/*")]},
        {"headers": {"Authorization": "Basic hunter2hunter2"}},
        {"raw": b"to dana@example.org"},
        {"failure": ValueError("dana@example.org exists")},
        {"form": Form(password="hunter2hunter2")},
        {"row": Row(email="dana@example.org")},
        {"people": {"dana@example.org"}},
        {"given": SecretStr("hunter2hunter2")},
    ],
    ids=lambda fields: str(*fields),
)
def test_what_must_not_be_seen_is_taken_out(fields: dict[str, Any]) -> None:
    line = logged(**fields)

    assert not any(hidden in line for hidden in HIDDEN)
    assert REDACTED in line or "***" in line


def test_what_helps_is_left_in() -> None:
    facts = {
        "status": 200,
        "ms": 12.5,
        "route": "/api/v1/auth/login",
        "reason": "locked",
        "attempts": 5,
        "is_final": True,
        "nothing": None,
        "id": new_id(),
        "names": ["one", "two"],
        "key": f"verification-{new_id()}",
        "file": "src/firstmile/kernel/work.py:42",
    }

    assert redact(None, "", dict(facts)) == facts


async def test_a_traceback_is_kept_without_what_it_quotes(lines: Lines) -> None:
    try:
        fail(f"Key (email)=(dana@example.org) exists, token={TOKEN}, {JWT}")
    except OSError:
        structlog.get_logger().exception("unexpected_failure", password="hunter2hunter2")

    (line,) = await lines("error")
    assert "Traceback" in line["exception"]
    assert "test_logs.py" in line["exception"]
    assert not any(hidden in str(line) for hidden in HIDDEN)


async def test_a_librarys_traceback_is_cleaned_as_well(lines: Lines) -> None:
    try:
        fail("postgresql://app:hunter2hunter2@db/x refused dana@example.org")
    except OSError:
        logging.getLogger("some.library").exception("failed for dana@example.org")

    (line,) = await lines("error")
    assert (line["event"], line["logger"], line["role"]) == ("library", "some.library", "web")
    assert not any(hidden in str(line) for hidden in HIDDEN)


async def test_each_file_holds_its_own(lines: Lines) -> None:
    log = structlog.get_logger()
    log.info("request", status=200)
    log.error("request", status=500)
    log.warning("mail_failed")
    log.error("snapshot_lost")
    log.debug("not_asked_for")

    async def events(name: str) -> list[str]:
        return [line["event"] for line in await lines(name)]

    assert await events("combined") == ["request", "request", "mail_failed", "snapshot_lost"]
    assert await events("error") == ["request", "snapshot_lost"]
    assert await events("http") == ["request", "request"]


async def test_a_line_says_when_how_grave_and_from_where(lines: Lines) -> None:
    structlog.get_logger().warning("mail_failed", attempts=2)

    (line,) = await lines("combined")
    assert line["at"].endswith("Z")
    assert {key: line[key] for key in ("event", "level", "role", "attempts")} == {
        "event": "mail_failed",
        "level": "warning",
        "role": "web",
        "attempts": 2,
    }


WRITER = """
import sys
from pathlib import Path
from firstmile.observe.logfiles import LogFile
file = LogFile(Path(sys.argv[1]), max_bytes=20_000)
for number in range(500):
    file.write(f"{sys.argv[2]} {number} {'x' * 60}\\n".encode())
"""


def test_two_processes_that_rotate_at_once_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "combined.log"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in ("one", "two")
    ]
    assert [writer.wait(30) for writer in writers] == [0, 0]

    files = sorted(tmp_path.iterdir())
    found = [line.split()[:2] for file in files for line in file.read_text().splitlines()]
    assert len(files) > 2
    assert sorted(found) == sorted(
        [name, str(number)] for name in ("one", "two") for number in range(500)
    )


def test_five_old_files_are_kept_the_newest_first(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "http.log", max_bytes=1)
    for number in range(1000):
        file.write(f"{number}\n".encode())

    kept = {path.name: path.read_text().split() for path in tmp_path.iterdir()}
    assert sorted(kept) == ["http.log", *(f"http.log.{number}" for number in range(1, 6))]
    assert kept["http.log.1"][-1] == "999"
    assert kept["http.log.5"][0] == "500"
