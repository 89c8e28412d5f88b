"""The console: for staff alone, and whatever it does is asked for first."""

import re
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.cast import PASSWORD, Cast, Person, text_of

from firstmile.identity.permissions import USERS_FIND
from firstmile.identity.sessions import Sessions
from firstmile.identity.store_sessions import sessions_of
from firstmile.service import Service
from firstmile.web.console_actions import ACTIONS
from firstmile.web.console_parts import GROUPS

REASON = "Ticket 4711: the checklist does not load"


@dataclass
class Visitor:
    """Somebody at a browser, signed in with cookies."""

    client: httpx.AsyncClient

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path, headers={"accept": "text/html"})

    async def post(self, path: str, **fields: str) -> httpx.Response:
        form = fields | {"csrf": self.client.cookies.get("csrf-token") or ""}
        return await self.client.post(path, data=form, headers={"accept": "text/html"})


async def at_a_browser(cast: Cast, name: str) -> Visitor:
    cast.client.cookies.clear()
    body = {"email": f"{name.lower()}@example.org", "password": PASSWORD}
    assert (await cast.client.post("/api/v1/auth/login", json=body)).status_code == 200
    return Visitor(cast.client)


@pytest.fixture
async def dana(cast: Cast) -> Person:
    return await cast.dana()


@pytest.fixture
async def sam(cast: Cast, dana: Person) -> Visitor:
    await cast.sam()
    return await at_a_browser(cast, "Sam")


def home_of(person: Person) -> str:
    return f"/console/people/{person.id}"


async def test_staff_see_the_way_to_the_console_and_others_do_not(cast: Cast) -> None:
    await cast.dana()
    await cast.sam()

    for name, is_shown in (("Sam", True), ("Dana", False)):
        page = await (await at_a_browser(cast, name)).get("/profile")
        assert ('href="/console"' in page.text) is is_shown


async def test_the_console_is_for_staff_alone(cast: Cast, dana: Person) -> None:
    paths = ["/console", "/console/people", home_of(dana), f"{home_of(dana)}/activity"]
    paths += [f"{home_of(dana)}/{action.key}" for action in ACTIONS]
    visitor = await at_a_browser(cast, "Dana")

    as_person = [(await visitor.get(path)).status_code for path in paths]
    cast.client.cookies.clear()
    as_nobody = [(await visitor.get(path)).status_code for path in paths]

    assert set(as_person) == {403}
    assert set(as_nobody) == {303}


def test_every_section_names_the_right_that_opens_it() -> None:
    sections = [section for group in GROUPS.values() for section in group]
    assert USERS_FIND in {section.permission for section in sections}
    assert all(section.permission.is_of_staff for section in sections)
    assert all(action.permission.is_of_staff for action in ACTIONS)


async def test_a_whole_address_leads_to_its_person(sam: Visitor, dana: Person) -> None:
    for words in (dana.email, "DANA@example.org ", str(dana.id)):
        answer = await sam.client.get("/console/people", params={"query": words})
        assert (answer.status_code, answer.headers["location"]) == (303, home_of(dana))


async def test_the_beginning_of_a_name_lists_people(sam: Visitor, dana: Person) -> None:
    found = await sam.get("/console/people?query=dan")
    nobody = await sam.get("/console/people?query=%3Cb%3Ezzz")

    assert f'href="{home_of(dana)}"' in found.text
    assert nobody.status_code == 200
    assert "&lt;b&gt;zzz" in nobody.text
    assert "<b>zzz" not in nobody.text


async def test_a_person_is_shown_with_all_that_helps(sam: Visitor, dana: Person) -> None:
    page = (await sam.get(home_of(dana))).text

    for words in ("Dana Example", dana.email, "Signed in", "Account created", "% done"):
        assert words in page
    assert (await sam.get(f"{home_of(dana)}/activity")).status_code == 200


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.key)
async def test_to_look_at_an_action_does_nothing(
    sam: Visitor, cast: Cast, dana: Person, action: Any
) -> None:
    before = await cast.user("Dana")
    mails = len(await cast.mails(dana.email))

    page = await sam.get(f"{home_of(dana)}/{action.key}")

    assert page.status_code == 200
    assert await cast.user("Dana") == before
    assert len(await cast.mails(dana.email)) == mails
    assert (await dana.get("/api/v1/auth/me")).status_code == 200


async def test_a_credential_is_asked_for_before_an_action(
    sam: Visitor, cast: Cast, dana: Person, db: Any
) -> None:
    await db.execute("UPDATE sessions SET proved_at = proved_at - interval '11 minutes'")

    asked = await sam.get(f"{home_of(dana)}/lock")
    done = await sam.post(f"{home_of(dana)}/lock", reason=REASON)

    goal = f"/confirm?next=%2Fconsole%2Fpeople%2F{dana.id}%2Flock"
    assert [one.headers["location"] for one in (asked, done)] == [goal, goal]
    assert (await dana.get("/api/v1/auth/me")).status_code == 200


async def test_an_account_is_locked_and_opened_from_its_page(
    sam: Visitor, cast: Cast, dana: Person
) -> None:
    locked = await sam.post(f"{home_of(dana)}/lock", reason=REASON)
    page = (await sam.get(locked.headers["location"])).text
    opened = await sam.post(f"{home_of(dana)}/unlock")

    assert locked.headers["location"] == f"{home_of(dana)}?notice=account-locked"
    assert REASON in page
    assert f'href="{home_of(dana)}/unlock"' in page
    assert f'href="{home_of(dana)}/lock"' not in page
    assert opened.headers["location"] == f"{home_of(dana)}?notice=account-unlocked"
    assert (await cast.user("Dana")).locked_at is None


async def test_a_reason_that_says_nothing_is_asked_for_again(sam: Visitor, dana: Person) -> None:
    page = await sam.post(f"{home_of(dana)}/lock", reason="<i>no")

    assert page.status_code == 422
    assert "at least 10 characters" in page.text
    assert "&lt;i&gt;no" in page.text
    assert (await dana.get("/api/v1/auth/me")).status_code == 200


async def test_a_reset_link_is_sent_from_the_page(sam: Visitor, cast: Cast, dana: Person) -> None:
    answer = await sam.post(f"{home_of(dana)}/send-reset")

    assert answer.status_code == 303
    assert "/reset-password?token=" in text_of((await cast.mails(dana.email))[0])


async def test_the_page_offers_only_what_the_role_allows(cast: Cast, dana: Person) -> None:
    await cast.sam("support")
    await cast.a_user("Oona").of_staff("support").registered()
    await cast.make_staff("Oona", "support")
    oona = await cast.user("Oona")
    visitor = await at_a_browser(cast, "Sam")

    of_dana = (await visitor.get(home_of(dana))).text
    of_oona = (await visitor.get(f"/console/people/{oona.id}")).text

    assert f"{home_of(dana)}/impersonate" in of_dana
    assert f"{home_of(dana)}/lock" not in of_dana
    assert not [one for one in ACTIONS if f"/console/people/{oona.id}/{one.key}" in of_oona]


async def test_the_banner_stands_on_every_page_and_the_end_leads_back(
    sam: Visitor, dana: Person
) -> None:
    own = sam.client.cookies["session"]
    entered = await sam.post(f"{home_of(dana)}/impersonate", reason=REASON)
    assert (entered.status_code, entered.headers["location"]) == (303, "/home")
    assert sam.client.cookies["session"] != own

    pages = [
        await sam.get(path)
        for path in (
            "/profile",
            "/onboarding",
            "/account/sessions",
            "/account/security",
            "/nowhere",
        )
    ]
    left = await sam.post("/impersonation/end")
    console = await sam.get(left.headers["location"])

    for page in pages:
        assert "You see this as Dana Example." in page.text
        assert REASON in page.text
        assert 'action="/sign-out"' not in page.text
    assert left.headers["location"] == f"{home_of(dana)}?notice=impersonation-ended"
    assert sam.client.cookies["session"] == own
    assert "own-session" not in sam.client.cookies
    assert console.status_code == 200
    assert "You see this as" not in console.text


async def test_who_comes_back_to_a_session_that_ended_signs_in(
    sam: Visitor, cast: Cast, service: Service, dana: Person
) -> None:
    user = await cast.user("Sam")
    async with service.works.begin() as work:
        (own, *_) = await sessions_of(work.db, user.id, work.now)
    await sam.post(f"{home_of(dana)}/impersonate", reason=REASON)
    async with service.works.begin() as work:
        assert await service.parts.get(Sessions).end(work, user.id, own.id)

    left = await sam.post("/impersonation/end")

    assert left.headers["location"] == f"/sign-in?next={home_of(dana)}"
    assert "session" not in sam.client.cookies
    assert (await sam.get(home_of(dana))).status_code == 303


async def test_a_seat_that_is_over_leads_to_the_sign_in(
    sam: Visitor, cast: Cast, service: Service, dana: Person
) -> None:
    await sam.post(f"{home_of(dana)}/impersonate", reason=REASON)
    async with service.works.begin() as work:
        await service.parts.get(Sessions).end_all(work, dana.id, "ended_from_another")

    left = await sam.post("/impersonation/end")

    assert left.headers["location"] == "/sign-in?next=/console"


async def test_the_cookie_kept_aside_is_sealed(sam: Visitor, dana: Person) -> None:
    own = sam.client.cookies["session"]

    entered = await sam.post(f"{home_of(dana)}/impersonate", reason=REASON)

    (aside,) = [
        one for one in entered.headers.get_list("set-cookie") if one.startswith("own-session=")
    ]
    assert own not in aside
    assert "HttpOnly" in aside
    assert re.search(r"Max-Age=3[56]\d\d;", aside)
