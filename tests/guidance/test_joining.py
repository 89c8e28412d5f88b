"""Whoever signs in is who they were: nothing they were done with comes again, in any tab."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cast import PASSWORD, Cast, Person
from tests.clock import MovedClock
from tests.guidance.writing import SESSION, a_content, publish, tell

from firstmile.guidance.attention import Past, both
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import new_id
from firstmile.protect.personal_streams import PersonalStreams
from firstmile.service import Service

ORIGIN = {"origin": "http://localhost:8000"}
STATE = "/api/v1/embed/state"
NUMBER = "v" * 43
OTHER: dict[str, Any] = {"delivery": "popup", "target": None}
MOMENTS = st.none() | st.integers(0, 10**6).map(lambda one: datetime.fromtimestamp(one, UTC))
PASTS = st.builds(Past, st.integers(0, 9), MOMENTS, MOMENTS, MOMENTS, st.integers(0, 3))


async def dismiss(
    client: httpx.AsyncClient, headers: dict[str, str], key: str = "invite-tip"
) -> None:
    """As a visitor, in the session of the browser."""
    event = {"id": str(new_id()), "key": key, "version": 1, "kind": "dismissed"}
    body = {"events": [event], "session": SESSION}
    answer = await client.post("/api/v1/guidance/events", json=body, headers=ORIGIN | headers)
    assert answer.json() == {"taken": 1}, answer.text


async def shown(person: Person, **headers: str) -> list[str]:
    """What somebody is shown, as their browser asks for it."""
    state = await person.get(STATE, params={"route": "/home"}, headers=headers)
    return [one["key"] for one in state.json()["content"]]


async def test_what_a_session_dismissed_stays_away_after_signing_in(
    cast: Cast,
    sam: Person,
    service: Service,
    db: Connection,
) -> None:
    await publish(sam, service, a_content())
    dana = await cast.dana()
    await dismiss(dana.client, {})

    told = await shown(dana, **{"x-firstmile-session": SESSION})
    elsewhere = await shown(dana)
    # The first thing she does carries it over for good, to every device.
    await dana.get(STATE)
    event = {"id": str(new_id()), "key": "invite-tip", "version": 1, "kind": "shown"}
    await dana.post("/api/v1/guidance/events", {"events": [event], "session": SESSION})
    after = await shown(dana)

    assert (told, elsewhere, after) == ([], ["invite-tip"], [])
    rows = await db.fetch("SELECT user_id, session_id FROM guidance_audience")
    assert [tuple(row) for row in rows] == [(dana.id, None)]


@pytest.mark.parametrize(("consent", "kept"), [("guidance", []), ("experiments", ["invite-tip"])])
async def test_a_browser_that_agreed_to_guidance_is_known_at_its_sign_in(
    cast: Cast,
    sam: Person,
    service: Service,
    consent: str,
    kept: list[str],
) -> None:
    await publish(sam, service, a_content())
    dana = await cast.dana()
    cookies = {"cookie": f"visitor={NUMBER}; fm-consent={consent}"}
    await dismiss(dana.client, cookies)

    login = {"email": dana.email, "password": PASSWORD}
    await dana.client.post("/api/v1/auth/login", json=login, headers=ORIGIN | cookies)
    dana.client.cookies.clear()

    assert await shown(dana) == kept


async def test_an_interruption_of_a_visitor_counts_for_the_person(
    cast: Cast,
    sam: Person,
    service: Service,
    clock: MovedClock,
) -> None:
    await publish(sam, service, a_content(**OTHER))
    await publish(sam, service, a_content("another", **OTHER))
    dana = await cast.dana()
    body: dict[str, Any] = {"key": "invite-tip", "version": 1, "session": SESSION}
    await dana.client.post("/api/v1/guidance/leases", json=body, headers=ORIGIN)
    clock.pass_by(minutes=11)
    leave = await dana.client.post("/api/v1/guidance/leases", json=body, headers=ORIGIN)
    event = {"id": str(new_id()), "key": "invite-tip", "version": 1, "kind": "shown"}
    event["lease"] = leave.json()["lease"]
    told = {"events": [event], "session": SESSION}
    await dana.client.post("/api/v1/guidance/events", json=told, headers=ORIGIN)
    clock.pass_by(minutes=40)

    second = await dana.post("/api/v1/guidance/leases", body | {"key": "another"})

    assert second.json()["details"]["reason"] == "budget_day", second.text


@settings(max_examples=60)
@given(PASTS, PASTS)
def test_of_two_pasts_the_stricter_holds(one: Past, other: Past) -> None:
    joined = both(one, other)

    assert joined == both(other, one)
    assert joined.shown >= max(one.shown, other.shown)
    assert joined.snoozes == max(one.snoozes, other.snoozes)
    for name in ("interacted_at", "snoozed_until", "shown_at"):
        known = [at for at in (getattr(one, name), getattr(other, name)) if at is not None]
        assert getattr(joined, name) == max(known, default=None)


async def test_other_tabs_hear_at_once_that_something_was_dismissed(
    cast: Cast,
    sam: Person,
    service: Service,
) -> None:
    await publish(sam, service, a_content())
    dana = await cast.dana()
    streams = service.parts.get(PersonalStreams)

    def revision() -> str:
        return streams._revisions.id_for(dana.id)

    before = revision()
    await tell(dana, "shown")
    seen = revision()
    await tell(dana, "dismissed")

    assert seen == before
    assert revision() != before


async def test_a_tip_is_for_a_plan_that_the_customers_server_told(
    cast: Cast,
    sam: Person,
    service: Service,
) -> None:
    when = {"attribute": "plan", "op": "is", "values": ["team"]}
    await publish(sam, service, a_content(when=when))
    await publish(sam, service, a_content("staff", when=when | {"attribute": "staffRole"}))
    dana = await cast.dana()
    before = await shown(dana)
    async with service.works.begin() as work:
        await work.db.execute(
            "UPDATE journeys SET attributes = $2 WHERE user_id = $1",
            dana.id,
            '{"plan": "team", "staffRole": "team"}',
        )

    assert before == []
    assert await shown(dana) == ["invite-tip"]  # and what we know ourselves counts more
