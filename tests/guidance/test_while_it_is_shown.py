"""What has leave to be shown stays until it is over, whoever asks for the state meanwhile."""

from typing import Any

import httpx
import pytest
from tests.cast import Cast, Person
from tests.clock import MovedClock
from tests.guidance.test_joining import ORIGIN, STATE, dismiss, shown
from tests.guidance.writing import SESSION, a_content, ask, publish, tell

from firstmile.kernel.ids import new_id
from firstmile.service import Service

POPUP: dict[str, Any] = {"delivery": "popup", "target": None}
HERE = {"x-firstmile-session": SESSION}


async def wait_out_the_grace(person: Person, clock: MovedClock) -> None:
    await ask(person)
    clock.pass_by(minutes=11)


@pytest.mark.parametrize("frequency", [{"times": "once"}, {"times": "until_interacted"}])
async def test_what_has_leave_stays_in_the_state_until_it_is_dismissed(
    cast: Cast,
    sam: Person,
    service: Service,
    clock: MovedClock,
    frequency: dict[str, str],
) -> None:
    """A state that crosses with the leave, or comes while somebody reads, takes nothing away."""
    await publish(sam, service, a_content(**POPUP, frequency=frequency))
    await publish(sam, service, a_content("news", **POPUP))
    alice = await cast.alice()
    await wait_out_the_grace(alice, clock)

    lease = (await ask(alice)).json()["lease"]
    given = await shown(alice)
    await tell(alice, "shown", lease=lease)
    read = await shown(alice)
    await tell(alice, "dismissed")
    after = await shown(alice)

    assert (given, read, after) == (["invite-tip"], ["invite-tip"], [])


async def test_what_a_visitor_closed_is_gone_from_the_state_of_every_tab(
    client: httpx.AsyncClient, sam: Person, service: Service
) -> None:
    """The tabs of a browser share its session, which is all that is known of a visitor."""
    await publish(sam, service, a_content())

    async def told(session: str) -> list[str]:
        headers = {"x-firstmile-session": session}
        state = await client.get(STATE, params={"route": "/home"}, headers=headers)
        return [one["key"] for one in state.json()["content"]]

    before = await told(SESSION)
    await dismiss(client, {})

    assert (before, await told(SESSION)) == (["invite-tip"], [])
    assert await told(str(new_id())) == ["invite-tip"]


async def test_leave_that_the_visitor_did_not_use_holds_no_place_for_the_person(
    cast: Cast, sam: Person, service: Service, clock: MovedClock
) -> None:
    """A page asks before it knows who signed in: they are not told to wait for themselves."""
    await publish(sam, service, a_content(**POPUP))
    dana = await cast.dana()
    body = {"key": "invite-tip", "version": 1, "session": SESSION}
    await dana.client.post("/api/v1/guidance/leases", json=body, headers=ORIGIN)
    clock.pass_by(minutes=11)
    visitors = await dana.client.post("/api/v1/guidance/leases", json=body, headers=ORIGIN)

    here = await shown(dana, **HERE)
    persons = await dana.post("/api/v1/guidance/leases", body, headers=HERE)
    beside = await dana.post("/api/v1/guidance/leases", body, headers=HERE)

    assert visitors.status_code == 200, visitors.text
    assert here == ["invite-tip"]
    assert persons.status_code == 200, persons.text
    assert beside.json()["details"]["reason"] == "held"
