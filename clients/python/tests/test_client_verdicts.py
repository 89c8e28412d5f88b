"""Answers of the gate are read tolerantly, and answers of something else are not taken for one."""

import json
from typing import Any

import httpx
import pytest

from firstmile_client.line import Reply, Silence
from firstmile_client.verdicts import is_own_path, read_verdict


def reply(status: int, document: Any, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, httpx.Headers(named), json.dumps(document).encode())


def blocked(**more: Any) -> dict[str, Any]:
    return {
        "error": "step_blocked",
        "status": 409,
        "blockedBy": ["verify-email", "payments"],
        **more,
    }


def test_allowed_is_said_in_so_many_words() -> None:
    verdict = read_verdict(reply(200, {"allowed": True}))
    assert verdict is not None
    assert verdict.is_allowed


@pytest.mark.parametrize("document", [{}, {"allowed": "yes"}, {"allowed": False}, [], "allowed"])
def test_a_200_that_does_not_say_allowed_is_no_answer(document: Any) -> None:
    assert read_verdict(reply(200, document)) is None


@pytest.mark.parametrize(
    ("document", "headers"),
    [
        (blocked(nextStep="verify-email"), {"x_firstmile_next": "/onboarding/verify-email"}),
        (blocked(nextStep={"key": "verify-email", "href": "/onboarding/verify-email"}), {}),
    ],
)
def test_the_next_step_is_read_as_a_key_or_as_an_object(
    document: dict[str, Any], headers: dict[str, str]
) -> None:
    verdict = read_verdict(reply(409, document, **headers))
    assert verdict is not None
    assert verdict.error == "step_blocked"
    assert verdict.blocked_by == ("verify-email", "payments")
    assert verdict.next_step == "verify-email"
    assert verdict.next_href == "/onboarding/verify-email"


def test_a_blocked_person_may_have_no_next_step() -> None:
    verdict = read_verdict(reply(409, blocked(nextStep=None)))
    assert verdict is not None
    assert (verdict.next_step, verdict.next_href) == (None, None)


@pytest.mark.parametrize("error", ["owner_required", "role_required"])
def test_a_refusal_by_role_keeps_its_reason(error: str) -> None:
    verdict = read_verdict(reply(403, {"error": error}))
    assert verdict is not None
    assert (verdict.status, verdict.error) == (403, error)


@pytest.mark.parametrize("status", [201, 301, 302, 404, 500, 502, 503])
def test_another_status_is_no_answer_of_a_gate(status: int) -> None:
    assert read_verdict(reply(status, {"error": "whatever"})) is None


def test_silence_and_a_page_of_a_proxy_are_no_answer() -> None:
    assert read_verdict(Silence("ConnectError")) is None
    assert read_verdict(Reply(403, httpx.Headers(), b"<html>Forbidden</html>")) is None
    assert read_verdict(Reply(403, httpx.Headers(), b"[" * 60_000)) is None


@pytest.mark.parametrize("status", [400, 413, 414, 422, 431])
def test_a_route_the_gate_cannot_read_is_refused_not_let_through(status: int) -> None:
    verdict = read_verdict(reply(status, {"error": "invalid"}))
    assert verdict is not None
    assert (verdict.status, verdict.error) == (400, "invalid_route")


@pytest.mark.parametrize(
    "href",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil",
        "/a\r\nx: y",
        "/\ta",
        "/é",
        "",
        None,
        7,
    ],
)
def test_a_next_page_elsewhere_is_not_followed(href: Any) -> None:
    assert not is_own_path(href)
    verdict = read_verdict(reply(409, blocked(nextStep={"key": "x", "href": href})))
    assert verdict is not None
    assert verdict.next_href is None
