"""The client library against the running service: what it believes is what the service says."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from tests.gate.conftest import Proxy

from firstmile_client import Gate, OnboardingGate, TokenRefused, TokenVerifier


@pytest.fixture
def gate(firstmile: Any) -> Any:
    gate = Gate(firstmile.base_url)
    yield gate
    gate.close()


@pytest.fixture
def verifier(firstmile: Any) -> Any:
    verifier = TokenVerifier(firstmile.base_url)
    yield verifier
    verifier.close()


def test_who_is_not_ready_is_told_what_to_do(gate: Gate, firstmile: Any) -> None:
    verdict = gate.ask(firstmile.token("dana"), "/billing/invoices")

    assert not verdict.is_allowed
    assert (verdict.status, verdict.error) == (409, "step_blocked")
    assert verdict.blocked_by == ("payments",)
    assert verdict.next_step == "complete-profile"
    assert verdict.next_href == "/onboarding/complete-profile"


def test_everybody_passes_while_gating_is_switched_off(gate: Gate, firstmile: Any) -> None:
    headers = {"authorization": f"Bearer {firstmile.token('sam')}"}
    switch = f"{firstmile.base_url}/api/v1/admin/kill-switch/gating"
    reason = {"reason": "Steps that nobody can finish"}
    httpx.post(f"{switch}/activate", json=reason, headers=headers).raise_for_status()
    try:
        verdicts = [gate.ask(firstmile.token(name), "/billing/later") for name in ("dana", "bob")]
    finally:
        httpx.post(f"{switch}/deactivate", json=reason, headers=headers).raise_for_status()

    assert [(one.is_allowed, one.is_gating_off) for one in verdicts] == [(True, True)] * 2


def test_who_is_ready_passes(gate: Gate, firstmile: Any) -> None:
    assert gate.ask(firstmile.token("alice"), "/billing/invoices").is_allowed


def test_another_role_is_refused(gate: Gate, firstmile: Any) -> None:
    verdict = gate.ask(firstmile.token("bob"), "/billing")

    assert (verdict.status, verdict.error) == (403, "owner_required")


def test_our_tokens_verify_by_the_published_keys(verifier: TokenVerifier, firstmile: Any) -> None:
    claims = verifier.verify(firstmile.token("alice"))

    assert tuple(claims.roles) == ("owner",)


def test_a_changed_token_does_not(verifier: TokenVerifier, firstmile: Any) -> None:
    head, body, signature = firstmile.token("alice").split(".")
    changed = ".".join((head, body, signature[::-1]))

    with pytest.raises(TokenRefused):
        verifier.verify(changed)


async def test_an_application_behind_the_middleware_answers_the_same_problem(
    firstmile: Any,
) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in"})

    gated = OnboardingGate(application, base_url=firstmile.base_url, protect=("/billing/*",))
    transport = httpx.ASGITransport(app=gated)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as visitor:
        statuses = {
            name: (
                await visitor.get(
                    "/billing/invoices",
                    headers={"authorization": f"Bearer {firstmile.token(name)}"},
                )
            ).status_code
            for name in ("alice", "bob", "dana")
        }
        nobody = (await visitor.get("/billing/invoices")).status_code
        free = (await visitor.get("/team")).status_code
    await gated.gate.aclose()

    assert statuses == {"alice": 200, "bob": 403, "dana": 409}
    assert (nobody, free) == (401, 200)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/billing", 409),
        ("/team", 200),
        ("/", 200),
        ("/public%3F/../billing", 409),
        ("/public%23/..;/billing", 409),
        ("/public?/../billing", 200),
    ],
)
def test_a_path_behind_the_prefix_is_read_as_it_was_sent(
    firstmile: Any, path: str, status: int
) -> None:
    itself = Proxy(urlsplit(firstmile.base_url).port or 0)
    dana = f"Authorization: Bearer {firstmile.token('dana')}"
    assert itself.status_of(f"/api/v1/gate/for{path}", dana) == status
