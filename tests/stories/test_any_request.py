"""Whatever is sent to whichever route of the OpenAPI document, no answer is a failure of ours."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.running import Running

from firstmile.settings import Settings

# What the document promises of every answer. Tighter ones of the tool are about taste.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
EXAMPLES = 8
# A stream is open for as long as its client wants.
ENDLESS = "/embed/stream"
# These would end the session that the rest is asked with.
ENDS_THE_SESSION = (
    "/auth/(logout|step-up|password$|account|sessions|email|factors|passkeys)|impersonat"
)
MEANT = {"nobody": 8, "staff": 20}
# Whoever is not signed in is refused before what they sent is read: there a few requests of each
# kind show as much as every edge of every field, which staff send.
SPARING = """
[[operations]]
include-path-regex = "/admin/"
phases.coverage.enabled = false
"""
PASSWORD = "correct horse 9 battery"


def staff_token(running: Running, settings: Settings) -> str:
    """The access token of somebody who may do everything."""
    at = f"{running.base_url}/api/v1/auth"
    who = {"email": "erin@example.org", "password": PASSWORD}
    names = {"firstName": "Erin", "lastName": "Example"}
    httpx.post(f"{at}/register", json={**who, **names}).raise_for_status()
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as db:
        changed = db.execute("UPDATE users SET email_verified_at = now(), staff_role = 'admin'")
        assert changed.rowcount == 1
    answer = httpx.post(f"{at}/login", json=who).raise_for_status()
    return str(answer.json()["accessToken"])


def routes_that_did_something(running: Running) -> set[str]:
    """The routes that answered well at least once: where all is refused, nothing is tried."""
    lines = [line for line in running.log.read_text().splitlines() if line.startswith("{")]
    told = [json.loads(line) for line in lines]
    return {one["route"] for one in told if 200 <= int(one.get("status", 0)) < 300}


@pytest.mark.parametrize("who", ["nobody", "staff"])
def test_no_request_finds_a_failure_of_ours(
    running: Running, settings: Settings, who: str, tmp_path: Path
) -> None:
    left_out = f"{ENDLESS}|{ENDS_THE_SESSION}" if who == "staff" else ENDLESS
    said = ["--exclude-path-regex", left_out]
    if who == "staff":
        said += ["--header", f"Authorization: Bearer {staff_token(running, settings)}"]
    config = tmp_path / "schemathesis.toml"
    config.write_text(SPARING if who == "nobody" else "")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"),
        f"{running.base_url}/api/openapi.json",
        *("--checks", CHECKS, "--max-examples", str(EXAMPLES), "--seed", "1"),
        *("--phases", "examples,coverage,fuzzing", "--workers", "2", "--continue-on-failure"),
        *("--suppress-health-check", "all", "--request-timeout", "20", "--warnings", "off"),
    ]

    ran = subprocess.run(
        [*command, *said],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
        cwd=tmp_path,
    )

    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2_000:]
    assert "Traceback" not in running.log.read_text()
    assert len(routes_that_did_something(running)) >= MEANT[who]
