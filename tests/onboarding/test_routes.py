"""One's journey over HTTP: its shapes, its refusals, and two people's hands at once."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from tests.cast import Cast

from firstmile.kernel.clock import system_clock
from firstmile.service import Service

JOURNEY = "/api/v1/onboarding"
SNOOZE = "/api/v1/onboarding/snooze"
CHOOSE = f"{JOURNEY}/steps/choose-market"
PROBLEM = "application/problem+json"


def is_problem(answer: httpx.Response, status: int, error: str) -> bool:
    """Whether the answer is the problem document of this refusal."""
    body = answer.json()
    assert answer.headers["content-type"] == PROBLEM
    assert body["status"] == answer.status_code
    assert body["type"] == f"urn:firstmile:problem:{body['error']}"
    assert body["message"]
    assert body["correlationId"] == answer.headers["x-correlation-id"]
    return (answer.status_code, body["error"]) == (status, error)


async def test_dana_sees_her_steps_and_what_comes_next(cast: Cast) -> None:
    dana = await cast.dana()

    journey = (await dana.get(JOURNEY)).json()

    assert {name: journey[name] for name in ("progress", "activated", "nextStep")} == {
        "progress": 11,
        "activated": False,
        "nextStep": "complete-profile",
    }
    assert [(step["key"], step["status"]) for step in journey["steps"]] == [
        ("verify-email", "done"),
        ("complete-profile", "todo"),
        ("choose-market", "todo"),
        ("create-project", "locked"),
        ("payments", "locked"),
    ]
    assert journey["steps"][3] == {
        "key": "create-project",
        "title": "Create your first project",
        "description": "Everything you make lives in a project, and you will own this one.",
        "status": "locked",
        "required": True,
        "weight": 3,
        "version": 1,
        "rowVersion": 0,
        "blockedBy": ["complete-profile"],
        "reasons": [
            {
                "kind": "step",
                "step": "complete-profile",
                "message": "Finish this first: Complete your profile.",
                "fix": {"href": "/onboarding/complete-profile", "step": "complete-profile"},
            }
        ],
        "href": "/onboarding/create-project",
        "verification": {"by": "fact", "state": None, "errors": [], "reason": ""},
        "snoozedUntil": None,
        "dueAt": None,
        "scope": "user",
        "doneBy": None,
        "doneAt": None,
    }
    assert journey["requirements"] == {
        "currentlyDue": ["complete-profile"],
        "eventuallyDue": ["create-project", "payments"],
        "pastDue": [],
        "pendingVerification": [],
        "currentDeadline": None,
    }


async def test_steps_are_told_in_the_persons_language(cast: Cast) -> None:
    dana = await cast.a_user("Dana").speaking("fr").signed_in()

    assert (await dana.steps())["choose-market"][
        "title"
    ] == "Choisissez votre marché et votre langue"


async def test_a_journey_that_did_not_change_is_not_sent_again(cast: Cast) -> None:
    dana = await cast.dana()
    first = await dana.get(JOURNEY)
    tag = first.headers["etag"]

    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = await dana.get(JOURNEY, headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    await dana.settle("choose-market", "in_progress")
    changed = await dana.get(JOURNEY, headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    assert changed.headers["cache-control"] == "private, no-cache"


async def test_a_change_answers_with_the_step_and_the_journey(cast: Cast) -> None:
    dana = await cast.dana()

    answer = await dana.settle("choose-market", "done")

    assert answer.status_code == 200
    body = answer.json()
    assert sorted(body) == ["activated", "nextStep", "progress", "step"]
    assert (body["progress"], body["activated"], body["nextStep"]) == (
        22,
        False,
        "complete-profile",
    )
    assert body["step"] == (await dana.steps())["choose-market"]
    assert (body["step"]["status"], body["step"]["rowVersion"]) == ("done", 1)


async def test_the_last_required_step_activates(cast: Cast) -> None:
    alice = await cast.alice()
    projects = (await alice.get("/api/v1/projects")).json()["items"]
    before = (await alice.get(JOURNEY)).json()

    await alice.client.put(
        f"/api/v1/projects/{projects[0]['id']}/billing-contact",
        json={"billingName": "Alice Martin", "billingEmail": "alice@example.org"},
        headers=alice.headers,
    )

    after = (await alice.get(JOURNEY)).json()
    assert (before["activated"], before["nextStep"]) == (False, "payments")
    assert (after["activated"], after["nextStep"]) == (True, "choose-market")


async def test_whoever_is_not_signed_in_is_asked_to(client: httpx.AsyncClient) -> None:
    asked = [
        await client.get(JOURNEY),
        await client.patch(CHOOSE, json={"status": "done", "rowVersion": 0}),
        await client.post(SNOOZE, json={"key": "choose-market"}),
        await client.get("/api/v1/gate", params={"route": "/billing"}),
    ]

    assert all(is_problem(answer, 401, "unauthenticated") for answer in asked)
    assert {answer.headers["www-authenticate"] for answer in asked} == {"Bearer"}


@pytest.mark.parametrize(
    ("key", "status", "code", "error"),
    [
        ("no-such-step", "done", 404, "not_found"),
        ("create-project", "done", 409, "step_blocked"),
        ("complete-profile", "done", 409, "step_unverified"),
        ("complete-profile", "skipped", 422, "step_required"),
        ("verify-email", "todo", 409, "stale"),
    ],
)
async def test_a_step_is_refused_with_its_reason(
    cast: Cast, key: str, status: str, code: int, error: str
) -> None:
    dana = await cast.dana()

    assert is_problem(await dana.settle(key, status), code, error)


async def test_what_is_done_stays_done(cast: Cast) -> None:
    dana = await cast.dana()
    step = (await dana.steps())["verify-email"]

    answer = await dana.settle("verify-email", "todo", step["rowVersion"])

    assert is_problem(answer, 409, "step_done")


async def test_a_blocked_step_names_its_blockers_and_the_next_step(cast: Cast) -> None:
    dana = await cast.dana()

    body = (await dana.settle("payments", "done")).json()

    assert body["blockedBy"] == ["create-project"]
    assert body["nextStep"] == "complete-profile"


async def test_bob_the_member_is_told_that_payments_are_for_owners(cast: Cast) -> None:
    acme = await cast.project_of(await cast.alice())
    bob = await cast.bob(acme)

    answer = await bob.settle("payments", "done")

    assert "payments" not in await bob.steps()
    assert is_problem(answer, 403, "owner_required")
    assert (await bob.get(JOURNEY)).json()["activated"] is True


async def test_dana_without_a_project_sees_payments_locked(cast: Cast) -> None:
    dana = await cast.dana()

    assert (await dana.steps())["payments"]["status"] == "locked"


@pytest.mark.parametrize(
    ("body", "code", "error"),
    [
        (b"{", 400, "invalid_json"),
        (b'{"status": "done"}', 422, "invalid"),
        (b'{"status": "finished", "rowVersion": 0}', 422, "invalid"),
        (b'{"status": "locked", "rowVersion": 0}', 422, "invalid"),
        (b'{"status": "snoozed", "rowVersion": 0}', 422, "invalid"),
        (b'{"status": "done", "rowVersion": "zero"}', 422, "invalid"),
        (b"[]", 422, "invalid"),
    ],
)
async def test_a_body_that_is_not_a_change_is_refused(
    cast: Cast, body: bytes, code: int, error: str
) -> None:
    dana = await cast.dana()

    answer = await dana.client.patch(
        CHOOSE, content=body, headers={**dana.headers, "content-type": "application/json"}
    )

    assert is_problem(answer, code, error)
    if code == 422:
        assert all(set(one) == {"field", "message"} for one in answer.json()["details"])


async def test_of_two_hands_on_one_step_one_is_told_the_present_state(cast: Cast) -> None:
    dana = await cast.dana()

    answers = await asyncio.gather(
        dana.settle("choose-market", "done"), dana.settle("choose-market", "skipped")
    )

    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert won.status_code == 200
    assert is_problem(lost, 409, "stale")
    assert lost.json()["details"] == won.json()["step"]


async def test_of_fifty_hands_on_one_step_one_wins(cast: Cast) -> None:
    dana = await cast.dana()

    answers = await asyncio.gather(*(dana.settle("choose-market", "done") for _ in range(50)))

    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 49]
    assert {answer.json()["error"] for answer in answers if answer.status_code == 409} == {"stale"}
    assert (await dana.steps())["choose-market"]["rowVersion"] == 1


async def test_a_step_is_put_off_for_a_week(cast: Cast) -> None:
    dana = await cast.dana()

    answer = await dana.post(SNOOZE, {"key": "complete-profile"})

    assert answer.status_code == 200
    step = answer.json()["step"]
    asleep = datetime.fromisoformat(step["snoozedUntil"]) - datetime.now(UTC)
    assert step["status"] == "snoozed"
    assert timedelta(days=6, hours=23) < asleep <= timedelta(days=7)


async def test_a_step_is_put_off_until_a_chosen_moment(cast: Cast) -> None:
    dana = await cast.dana()

    moment = datetime.now(timezone(timedelta(hours=2))).replace(microsecond=0) + timedelta(days=3)
    wire = {"key": "choose-market", "until": moment.isoformat()}

    answer = await dana.post(SNOOZE, wire)

    told = answer.json()["step"]["snoozedUntil"]
    assert told == (await dana.steps())["choose-market"]["snoozedUntil"]
    assert told.endswith("Z")
    assert datetime.fromisoformat(told) == moment


async def test_a_step_wakes_by_itself(cast: Cast, service: Service) -> None:
    dana = await cast.dana()
    await dana.post(SNOOZE, {"key": "choose-market"})

    service.works.clock = lambda: system_clock() + timedelta(days=7, seconds=1)

    step = (await dana.steps())["choose-market"]
    assert (step["status"], step["snoozedUntil"]) == ("todo", None)


async def test_the_fourth_time_in_a_day_is_too_many(cast: Cast, service: Service) -> None:
    dana = await cast.dana()
    answers = [await dana.post(SNOOZE, {"key": "choose-market"}) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert is_problem(answers[3], 429, "too_many")
    wait = answers[3].json()["retryAfter"]
    assert answers[3].headers["retry-after"] == str(wait)
    assert 86_300 < wait <= 86_400

    service.works.clock = lambda: system_clock() + timedelta(seconds=wait)
    assert (await dana.post(SNOOZE, {"key": "choose-market"})).status_code == 200


async def test_many_at_once_are_not_put_off_more_often_than_allowed(cast: Cast) -> None:
    dana = await cast.dana()

    answers = await asyncio.gather(
        *(dana.post(SNOOZE, {"key": "choose-market"}) for _ in range(12))
    )

    assert sorted(answer.status_code for answer in answers) == [*[200] * 3, *[429] * 9]


@pytest.mark.parametrize(
    ("body", "code", "error"),
    [
        ({"key": "no-such-step"}, 404, "not_found"),
        ({"key": "create-project"}, 409, "step_blocked"),
        ({"key": "verify-email"}, 409, "step_done"),
        ({"key": "choose-market", "until": "2020-01-01T00:00:00Z"}, 422, "invalid"),
        ({"key": "choose-market", "until": "2099-01-01T00:00:00"}, 422, "invalid"),
        ({"key": "choose-market", "until": "2099-01-01T00:00:00Z"}, 422, "invalid"),
        ({"key": "choose-market", "until": "9999-12-31T23:59:59-23:59"}, 422, "invalid"),
        ({"key": "choose-market", "until": "0001-01-01T00:00:00+23:59"}, 422, "invalid"),
        ({"key": "choose-market", "until": "tomorrow"}, 422, "invalid"),
        ({}, 422, "invalid"),
    ],
)
async def test_putting_off_is_refused_with_its_reason(
    cast: Cast, body: dict[str, Any], code: int, error: str
) -> None:
    dana = await cast.dana()

    assert is_problem(await dana.post(SNOOZE, body), code, error)


async def test_refused_changes_leave_connections_for_the_others(cast: Cast) -> None:
    dana = await cast.dana()

    answers = await asyncio.gather(
        *(dana.settle("create-project", "done") for _ in range(40)),
        *(dana.get("/api/v1/onboarding") for _ in range(10)),
        dana.get("/readyz"),
    )

    assert [answer.status_code for answer in answers] == [409] * 40 + [200] * 11
