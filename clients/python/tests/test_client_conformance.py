"""What holds at the door of every application, ASGI and WSGI alike."""

from collections.abc import Callable
from typing import Any

import pytest

from firstmile_client.testing import FakeFirstmile

Door = Callable[..., Any]
Bearer = Callable[..., tuple[str, str]]

HTML = ("accept", "text/html,application/xhtml+xml")


async def test_an_allowed_person_passes_and_the_application_knows_who(
    door: Door, bearer: Bearer
) -> None:
    seen = await door(protect=["/billing/*"]).get("/billing", bearer("alice"))
    assert seen.passed
    assert seen.document == {"subject": "alice"}


async def test_a_blocked_person_gets_the_document_of_firstmile(
    door: Door, bearer: Bearer, fake: FakeFirstmile
) -> None:
    fake.block("dana", "/billing", "verify-email", "payments")
    seen = await door().get("/billing/7", bearer("dana"))
    assert (seen.passed, seen.status) == (False, 409)
    assert seen.headers["content-type"] == "application/problem+json"
    assert seen.headers["cache-control"] == "no-store"
    assert seen.headers["content-length"] == str(len(seen.body))
    assert seen.headers["x-firstmile-next"] == "/onboarding/verify-email"
    assert seen.document["error"] == "step_blocked"
    assert seen.document["blockedBy"] == ["verify-email", "payments"]
    assert seen.document["correlationId"]


async def test_the_application_says_whose_shared_steps_are_meant(
    door: Door, bearer: Bearer, fake: FakeFirstmile
) -> None:
    fake.block("dana", "/teams/acme/billing", "connect-bank", project="acme")
    fake.block("dana", "/teams/other/billing", "sign-contract", project="acme")
    here = door(project_of=lambda visit: visit.path.split("/")[2])

    closed = await here.get("/teams/acme/billing", bearer("dana"))
    assert closed.document["blockedBy"] == ["connect-bank"]
    assert (await here.get("/teams/other/billing", bearer("dana"))).passed


async def test_a_refusal_by_role_is_a_403(door: Door, bearer: Bearer, fake: FakeFirstmile) -> None:
    document = {"status": 403, "error": "owner_required", "message": "Only the owner may."}
    fake.refuse("bob", "/billing", document)
    seen = await door().get("/billing", bearer("bob"))
    assert (seen.status, seen.document["error"]) == (403, "owner_required")


async def test_without_a_token_nothing_is_asked_and_the_answer_is_401(
    door: Door, fake: FakeFirstmile
) -> None:
    seen = await door().get("/billing")
    assert (seen.status, seen.document["error"]) == (401, "unauthenticated")
    assert seen.headers["www-authenticate"] == "Bearer"
    assert fake.asked == []


@pytest.mark.parametrize(
    "value", ["Bearer nonsense", "Bearer", "Basic YTpi", "bearer  ", "Bearer é"]
)
async def test_a_token_that_cannot_be_verified_is_a_401(door: Door, value: str) -> None:
    seen = await door().get("/billing", ("authorization", value))
    assert (seen.passed, seen.status) == (False, 401)


async def test_a_bad_token_is_a_401_even_when_firstmile_is_silent(
    door: Door, bearer: Bearer, fake: FakeFirstmile
) -> None:
    gate = door()
    assert (await gate.get("/", bearer("alice"))).passed
    fake.is_down = True
    token = fake.token("alice")
    assert (await gate.get("/", ("authorization", f"Bearer {token[:-6]}AAAAAA"))).status == 401
    assert (await gate.get("/", bearer("alice", exp=1))).status == 401
    assert (await gate.get("/elsewhere", ("authorization", f"Bearer {token}"))).passed


async def test_two_tokens_at_once_are_none(door: Door, bearer: Bearer) -> None:
    seen = await door().get("/", bearer("alice"), bearer("bob"))
    assert seen.status == 401


async def test_a_session_that_firstmile_ended_is_a_401(
    door: Door, bearer: Bearer, fake: FakeFirstmile
) -> None:
    document = {"status": 401, "error": "unauthenticated", "message": "Please sign in."}
    fake.refuse("alice", "/billing", document)
    seen = await door().get("/billing", bearer("alice"))
    assert seen.status == 401
    assert seen.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_what_is_not_gated_is_left_alone(door: Door, fake: FakeFirstmile) -> None:
    seen = await door(protect=["/billing/*"]).get("/public", ("authorization", "Bearer theirs"))
    assert seen.passed
    assert seen.document == {"subject": None}
    assert (fake.asked, fake.key_requests) == ([], 0)


async def test_a_preflight_passes_because_it_carries_no_credentials(door: Door) -> None:
    preflight = (("origin", "https://a.example"), ("access-control-request-method", "POST"))
    assert (await door().get("/billing", *preflight, method="OPTIONS")).passed
    assert (await door().get("/billing", method="OPTIONS")).status == 401
    assert (await door().get("/billing", *preflight)).status == 401


@pytest.mark.parametrize(
    "target",
    [
        "/billing",
        "/billing/",
        "/%62illing",
        "//billing",
        "/public/../billing",
        "/public/%2e%2e/billing",
        "/public/%252e%252e/billing",
        "/public%2f..%2fbilling",
        "/billing%2Finvoices",
        "/billing/../public",
        "/public\\..\\billing",
    ],
)
async def test_no_spelling_leads_past_the_gate(
    door: Door, bearer: Bearer, fake: FakeFirstmile, target: str
) -> None:
    fake.block("dana", "/billing", "payments")
    seen = await door(protect=["/billing/*"]).get(target, bearer("dana"))
    assert (seen.passed, seen.status) == (False, 409)


async def test_paths_outside_ascii_are_asked_about_as_text(
    door: Door, bearer: Bearer, fake: FakeFirstmile
) -> None:
    assert (await door().get("/caf%C3%A9/%E2%82%AC", bearer("alice"))).passed
    assert (await door().get("/broken/%FF", bearer("alice"))).passed
    assert fake.asked[0] == "/café/€"


async def test_patterns_are_about_what_the_application_sees_below_its_mount(
    door: Door, bearer: Bearer, fake: FakeFirstmile
) -> None:
    fake.block("dana", "/billing", "payments")
    gate = door(protect=["/billing/*"])
    assert (await gate.get("/billing", bearer("dana"), mount="/app")).status == 409
    assert (await gate.get("/public", bearer("dana"), mount="/app")).passed


async def test_many_paths_are_asked_about_as_one_route(
    door: Door, bearer: Bearer, fake: FakeFirstmile
) -> None:
    gate = door(routes={"/teams/*/billing/*": "/billing"})
    for team in ("acme", "globex"):
        assert (await gate.get(f"/teams/{team}/billing", bearer("alice"))).passed
    assert fake.asked == ["/billing"]


async def test_finishing_the_step_opens_the_door_within_two_seconds(
    door: Door, bearer: Bearer, fake: FakeFirstmile, time: Any
) -> None:
    gate = door()
    fake.block("dana", "/billing", "payments")
    assert (await gate.get("/billing", bearer("dana"))).status == 409
    fake.allow("dana", "/billing")
    time.advance(2)
    assert (await gate.get("/billing", bearer("dana"))).passed


@pytest.mark.parametrize(("policy", "status"), [("open", 200), ("closed", 503)])
async def test_silence_opens_or_closes_as_set(
    door: Door, bearer: Bearer, fake: FakeFirstmile, policy: str, status: int
) -> None:
    gate = door(when_unreachable=policy)
    await gate.get("/known", bearer("alice"))
    fake.is_down = True
    seen = await gate.get("/new", bearer("alice"))
    assert seen.status == status
    assert seen.headers.get("retry-after") == (None if status == 200 else "2")
    assert gate.gate.counts.assumed == 1


async def test_browsers_are_sent_to_the_step_only_when_asked_for(
    door: Door, bearer: Bearer, fake: FakeFirstmile
) -> None:
    fake.block("dana", "/billing", "payments")
    assert (await door().get("/billing", bearer("dana"), HTML)).status == 409
    sending = door(redirect=True)
    seen = await sending.get("/billing", bearer("dana"), HTML)
    assert seen.status == 303
    assert seen.headers["location"] == f"{fake.base_url}/onboarding/payments"
    assert (await sending.get("/billing", bearer("dana"))).status == 409
    assert (await sending.get("/billing", bearer("dana"), HTML, method="POST")).status == 409


async def test_the_token_may_come_in_a_cookie_when_named(door: Door, fake: FakeFirstmile) -> None:
    cookie = ("cookie", f"theme=dark; access={fake.token('alice')}")
    assert (await door().get("/", cookie)).status == 401
    assert (await door(cookie="access").get("/", cookie)).passed
    assert (
        await door(cookie="access").get("/", cookie, ("authorization", "Basic a"))
    ).status == 401


async def test_a_head_request_gets_headers_alone(door: Door) -> None:
    seen = await door().get("/", method="HEAD")
    assert (seen.status, seen.body) == (401, b"")


@pytest.mark.parametrize(
    ("given", "is_kept"), [("a1-b2", True), ("a\tb", False), ("a" * 65, False)]
)
async def test_a_refusal_carries_the_correlation_id_of_the_request(
    door: Door, given: str, is_kept: bool
) -> None:
    seen = await door().get("/", ("x-correlation-id", given))
    assert seen.document["correlationId"]
    assert (seen.document["correlationId"] == given) is is_kept
