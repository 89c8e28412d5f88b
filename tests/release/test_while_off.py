"""What is so while an area is off, as applications and browsers notice it."""

from typing import Any

import httpx
import pytest
from tests.cast import PASSWORD, Cast, Person
from tests.identity.teams import a_team
from tests.release.switching import activate, deactivate, switched_off, switched_on
from tests.waiting import until
from tests.web.browsing import Browser

from firstmile.protect.switches import Area

BILLING = {"route": "/billing"}
EMPTY: dict[str, Any] = {
    "progress": 100,
    "activated": True,
    "nextStep": None,
    "steps": [],
    "requirements": {
        "currentlyDue": [],
        "eventuallyDue": [],
        "pastDue": [],
        "pendingVerification": [],
        "currentDeadline": None,
    },
    "off": True,
    "project": None,
}
NEW = {
    "email": "zoe@example.org",
    "password": PASSWORD,
    "firstName": "Zoe",
    "lastName": "Example",
}


async def gate(person: Person) -> httpx.Response:
    return await person.get("/api/v1/gate", params=BILLING)


@pytest.mark.parametrize("area", ["gating", "onboarding", "global"])
async def test_the_gate_is_open_and_says_why(cast: Cast, area: str) -> None:
    sam, dana = await cast.sam("operator"), await cast.dana()
    before = await gate(dana)

    await switched_off(cast, sam, area)
    answer = await gate(dana)
    for_envoy = await dana.get("/api/v1/gate/for/billing")
    for_nginx = await dana.get("/api/v1/gate", params=BILLING | {"blocked": 403})

    assert before.status_code == 409
    assert (answer.status_code, answer.json()) == (200, {"allowed": True})
    assert answer.headers["x-firstmile-gating"] == "off"
    assert answer.headers["x-firstmile-user"] == str(dana.id)
    assert (for_envoy.status_code, for_nginx.status_code) == (200, 200)


async def test_the_gate_closes_again(cast: Cast) -> None:
    sam, dana = await cast.sam("operator"), await cast.dana()
    await switched_off(cast, sam, "gating")

    await switched_on(cast, sam, "gating")

    assert (await gate(dana)).status_code == 409


async def test_an_open_gate_still_asks_who_it_is(cast: Cast) -> None:
    await switched_off(cast, await cast.sam("operator"), "gating")

    answer = await cast.client.get("/api/v1/gate", params=BILLING)

    assert answer.status_code == 401


async def test_without_a_gate_steps_go_on(cast: Cast) -> None:
    sam, dana = await cast.sam("operator"), await cast.dana()
    await switched_off(cast, sam, "gating")

    steps = await dana.steps()
    too_early = await dana.settle("payments", "done")

    assert steps["complete-profile"]["status"] == "todo"
    assert too_early.status_code == 409


async def test_the_api_of_onboarding_answers_that_nothing_is_left(cast: Cast) -> None:
    sam, dana = await cast.sam("operator"), await cast.dana()
    before = await dana.get("/api/v1/onboarding")
    known = {"if-none-match": before.headers["etag"]}

    await switched_off(cast, sam, "onboarding")
    off = await dana.get("/api/v1/onboarding", headers=known)
    unchanged = await dana.get("/api/v1/onboarding", headers={"if-none-match": off.headers["etag"]})
    await switched_on(cast, sam, "onboarding")
    on = await dana.get("/api/v1/onboarding", headers={"if-none-match": off.headers["etag"]})

    assert before.json()["off"] is False
    assert (off.status_code, off.json()) == (200, EMPTY)
    assert unchanged.status_code == 304
    assert (on.status_code, on.json()) == (200, before.json())


async def test_what_somebody_does_meanwhile_is_kept(cast: Cast) -> None:
    sam, dana = await cast.sam("operator"), await cast.dana()
    await switched_off(cast, sam, "onboarding")

    begun = await dana.settle("choose-market", "in_progress")
    await dana.patch("/api/v1/account/profile", {"jobTitle": "Baker"})
    await switched_on(cast, sam, "onboarding")

    assert begun.status_code == 200, begun.text
    assert (await dana.steps())["choose-market"]["status"] == "in_progress"


async def test_nobody_sees_the_checklist(cast: Cast) -> None:
    sam = await cast.sam("operator")
    await cast.a_user("Dana").registered()
    dana = Browser(cast.client)
    await dana.sign_in("dana@example.org")
    before = await dana.open("/home")

    cookies = dict(cast.client.cookies)
    cast.client.cookies.clear()
    await switched_off(cast, sam, "onboarding")
    cast.client.cookies.update(cookies)
    home, checklist, step, profile = [
        await dana.open(path)
        for path in ("/home", "/onboarding", "/onboarding/choose-market", "/profile")
    ]

    assert before.headers["location"] == "/onboarding"
    assert (home.status_code, profile.status_code) == (200, 200)
    assert "/onboarding" not in home.text + profile.text
    assert [(one.status_code, one.headers["location"]) for one in (checklist, step)] == [
        (303, "/home")
    ] * 2


async def test_a_form_that_was_open_still_does_what_it_says(cast: Cast) -> None:
    sam = await cast.sam("operator")
    await cast.a_user("Dana").registered()
    dana = Browser(cast.client)
    await dana.sign_in("dana@example.org")
    await dana.open("/onboarding/choose-market")
    cookies = dict(cast.client.cookies)
    cast.client.cookies.clear()
    await switched_off(cast, sam, "onboarding")
    cast.client.cookies.update(cookies)

    sent = await dana.send("/onboarding/choose-market", market="CA", locale="en")
    skipped = await dana.send("/onboarding/payments/skip", rowVersion="0")

    assert sent.status_code == 303
    assert (await cast.user("Dana")).market == "CA"
    assert (skipped.status_code, skipped.headers["location"]) == (303, "/home")


@pytest.mark.parametrize("area", ["sign_up", "global"])
async def test_nobody_can_make_an_account(cast: Cast, area: str) -> None:
    await switched_off(cast, await cast.sam("operator"), area)

    answer = await cast.client.post("/api/v1/auth/register", json=NEW)
    known = await cast.client.post("/api/v1/auth/register", json=NEW | {"email": "sam@example.org"})

    assert (answer.status_code, answer.json()["error"]) == (503, "sign_up_off")
    assert answer.headers["retry-after"] == "300"
    assert (known.status_code, known.json()["error"]) == (503, "sign_up_off")
    assert await cast.user("Zoe") is None


async def test_the_page_says_so_in_place_of_its_form(cast: Cast) -> None:
    visitor = Browser(cast.client)
    await switched_off(cast, await cast.sam("operator"), "sign_up")

    page = await visitor.open("/sign-up")
    sent = await visitor.send("/sign-up", **NEW)

    for answer in (page, sent):
        assert answer.status_code == 503
        assert "No new accounts right now" in answer.text
        assert '<form method="post" action="/sign-up"' not in answer.text


async def test_an_invitation_waits(cast: Cast) -> None:
    team = await a_team(cast)
    token = await team.invited("zoe@example.org")
    await switched_off(cast, await cast.sam("operator"), "sign_up")
    body = {"token": token, "password": PASSWORD, "firstName": "Zoe", "lastName": "Example"}

    answer = await cast.client.post("/api/v1/invitations/register", json=body)
    page = await Browser(cast.client).open(f"/accept-invitation?token={token}")

    assert (answer.status_code, answer.json()["error"]) == (503, "sign_up_off")
    assert page.status_code == 200
    assert "Your invitation waits for you." in page.text
    assert "/accept-invitation/new" not in page.text


@pytest.mark.parametrize("area", ["sign_up", "global"])
async def test_whoever_has_an_account_signs_in_as_always(cast: Cast, area: str) -> None:
    await cast.a_user("Dana").registered()
    await switched_off(cast, await cast.sam("operator"), area)

    dana = await cast.sign_in("Dana")

    assert (await dana.get("/api/v1/auth/me")).status_code == 200


async def test_the_switch_is_used_while_everything_is_off(cast: Cast) -> None:
    sam = await cast.sam("operator")
    await switched_off(cast, sam, "global")

    assert (await activate(sam, "gating")).status_code == 200
    assert (await deactivate(sam, "global")).status_code == 200
    await until(lambda: not cast.service.switches.is_off(Area.SIGN_UP))
    assert cast.service.switches.is_off(Area.GATING)
