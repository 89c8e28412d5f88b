"""The gate behind the real nginx and Caddy when Firstmile refuses, fails, hangs, or is gone."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

HTML = {"accept": "text/html,application/xhtml+xml"}

Running = Callable[[str], AbstractContextManager[Any]]


@pytest.fixture
def told(proxy_of_fake: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy_of_fake.base_url, timeout=10) as client:
        yield client


@pytest.fixture
def in_front_of(kind: str, application: Any, tmp_path: Path, run_proxy: Any) -> Running:
    return lambda firstmile_url: run_proxy(kind, tmp_path, firstmile_url, application.port)


def bearer(fake: Any, name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {fake.token(name)}"}


def test_a_refusal_by_role_is_a_403(told: httpx.Client, fake: Any) -> None:
    seen = told.get("/billing", headers=bearer(fake, "bob"))
    assert (seen.status_code, seen.json()["error"]) == (403, "owner_required")


def test_a_browser_refused_by_role_gets_a_page(told: httpx.Client, fake: Any) -> None:
    seen = told.get("/billing", headers={**bearer(fake, "bob"), **HTML})
    assert seen.status_code == 403
    assert seen.headers["content-type"].startswith("text/html")
    assert "role" in seen.text


def test_an_address_elsewhere_is_not_redirected_to(told: httpx.Client, fake: Any) -> None:
    step = {"status": 409, "error": "step_blocked", "blockedBy": ["x"], "nextStep": "x"}
    for path, href in (("/one", "//evil.example/"), ("/two", "/\\evil.example/")):
        fake.refuse("charlie", path, step, href)
        seen = told.get(path, headers={**bearer(fake, "charlie"), **HTML})
        assert (seen.status_code, seen.headers.get("location")) == (409, None)


def test_errors_of_firstmile_open_the_gate(told: httpx.Client, fake: Any) -> None:
    fake.is_down = True
    try:
        seen = told.get("/billing", headers=bearer(fake, "dana"))
    finally:
        fake.is_down = False
    assert seen.status_code == 200
    assert told.get("/billing", headers=bearer(fake, "dana")).status_code == 409


def test_whoever_asks_too_often_is_told_so_and_not_let_in(
    told: httpx.Client, fake: Any, application: Any
) -> None:
    limited = {"status": 429, "error": "rate_limited", "message": "Wait.", "retryAfter": 37}
    fake.refuse("erin", "/billing", limited)
    application.requests.clear()
    seen = told.get("/billing", headers=bearer(fake, "erin"))
    assert (seen.status_code, seen.json()["error"]) == (429, "rate_limited")
    assert seen.headers["retry-after"] == "37"
    assert application.requests == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_the_application_dropped_is_not_sent_to_it_twice(
    told: httpx.Client, fake: Any, application: Any, method: str
) -> None:
    application.requests.clear()
    seen = told.request(method, "/slammed", headers=bearer(fake, "alice"))
    assert seen.status_code == 502
    assert application.requests == ["/slammed"]


def test_a_firstmile_that_is_gone_opens_the_gate_once(
    in_front_of: Running, application: Any
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        with in_front_of(f"http://127.0.0.1:{nobody.getsockname()[1]}") as proxy:
            application.requests.clear()
            sent = httpx.post(f"{proxy.base_url}/billing", content="once", timeout=10)
    assert sent.status_code == 200
    assert sent.json()["body"] == "once"
    assert application.requests == ["/billing"]


def test_a_firstmile_that_hangs_holds_a_visitor_for_about_a_second(in_front_of: Running) -> None:
    mute = socket.create_server(("127.0.0.1", 0))
    with mute, in_front_of(f"http://127.0.0.1:{mute.getsockname()[1]}") as proxy:
        began = time.monotonic()
        seen = httpx.get(f"{proxy.base_url}/billing", timeout=10)
        took = time.monotonic() - began
    assert seen.status_code == 200
    assert 0.5 < took < 3
