"""The state that embeds ask for: whole, small, the same until it changes, and pushed then."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.cast import Cast, Person
from tests.guidance.writing import a_content, publish
from tests.release.asking import a_key, put_flags
from tests.release.listening import Heard, listening
from tests.release.switching import switched_off
from tests.running import Running, running_service

from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.refusals import Unavailable
from firstmile.main import create_app
from firstmile.observe.metrics import Metrics
from firstmile.protect.event_streams import Listener
from firstmile.protect.personal_streams import MOST_OF_PERSON, PersonalStreams, Revisions
from firstmile.protect.switches import Area
from firstmile.service import Service
from firstmile.settings import Settings

STATE, STREAM = "/api/v1/embed/state", "/api/v1/embed/stream"
MOST_BYTES = 5 * 1024
ELSEWHERE = "https://app.example.com"


async def test_one_answer_holds_the_journey_and_is_small(cast: Cast) -> None:
    dana = await cast.dana()

    answer = await dana.get(STATE, params={"route": "/team", "lang": "fr"})

    state = answer.json()
    own = await dana.get("/api/v1/onboarding")
    assert len(answer.content) <= MOST_BYTES
    assert state["known"] is True
    assert state["language"] == "fr"
    assert state["journey"] | {"steps": []} == own.json() | {"steps": []}
    assert [one["key"] for one in state["journey"]["steps"]] == list(await dana.steps())
    assert state["journey"]["steps"][0]["title"] != own.json()["steps"][0]["title"]
    assert state["off"] == {"onboarding": False, "guidance": False, "gating": False}
    assert state["stream"] == STREAM


async def test_it_is_the_same_until_something_in_it_changes(cast: Cast) -> None:
    dana = await cast.dana()

    async def tag_after(**headers: str) -> tuple[int, str]:
        answer = await dana.get(STATE, headers=headers)
        return answer.status_code, answer.headers["etag"]

    _, first = await tag_after()
    assert await tag_after(**{"if-none-match": first}) == (304, first)
    await dana.settle("complete-profile", "in_progress")
    seen = {first, (await tag_after(**{"if-none-match": first}))[1]}
    await switched_off(cast, await cast.sam(), Area.GUIDANCE)
    seen.add((await tag_after())[1])
    seen.add((await tag_after(**{"x-firstmile-consent": "experiments"}))[1])
    assert len(seen) == 4


async def test_a_visitor_has_no_journey_and_is_asked_to_choose(client: httpx.AsyncClient) -> None:
    state = (await client.get(STATE)).json()
    quiet = (await client.get(STATE, headers={"x-firstmile-quiet": "1"})).json()
    private = (await client.get(STATE, headers={"sec-gpc": "1"})).json()

    assert (state["known"], state["journey"]) == (False, None)
    assert state["consent"] | {"version": ""} == {
        "version": "",
        "choices": None,
        "gpc": False,
        "needed": True,
    }
    assert quiet["consent"]["needed"] is False
    assert (private["consent"]["choices"], private["consent"]["needed"]) == ([], False)


async def test_a_token_that_is_over_is_told_and_not_taken_for_a_visitor(
    client: httpx.AsyncClient,
) -> None:
    for path in (STATE, STREAM):
        answer = await client.get(path, headers={"authorization": "Bearer of-yesterday"})
        assert answer.status_code == 401


async def test_while_onboarding_is_off_nothing_is_left(cast: Cast) -> None:
    dana = await cast.dana()

    await switched_off(cast, await cast.sam(), Area.ONBOARDING)

    state = (await dana.get(STATE)).json()
    assert state["off"]["onboarding"] is True
    assert state["journey"] == (await dana.get("/api/v1/onboarding")).json()


async def test_a_page_brings_a_public_key_or_none(
    client: httpx.AsyncClient, service: Service
) -> None:
    await put_flags(service)
    public, server = await a_key(service, "client"), await a_key(service, "server")

    async def asked(key: str) -> tuple[int, Any]:
        answer = await client.get(STATE, headers={"x-firstmile-key": key})
        return answer.status_code, answer.json().get("error")

    assert await asked(public) == (200, None)
    assert await asked(server) == (403, "public_key_required")
    assert await asked("fmc_nothing") == (401, "invalid_sdk_key")


async def test_a_named_origin_asks_with_a_token(service: Service, cast: Cast) -> None:
    dana = await cast.dana()
    service.settings.cors_origins = (ELSEWHERE,)
    transport = httpx.ASGITransport(app=create_app(service.settings, service))
    wanted = "authorization,x-firstmile-key,x-firstmile-quiet,x-firstmile-consent,last-event-id"
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as other:
        asking = {
            "access-control-request-method": "GET",
            "access-control-request-headers": wanted,
        }
        before = await other.options(STATE, headers={"origin": ELSEWHERE, **asking})
        answer = await other.get(STATE, headers={"origin": ELSEWHERE, **dana.headers})

    taken = before.headers["access-control-allow-headers"].replace(" ", "").split(",")
    assert set(wanted.split(",")) <= set(taken)
    assert answer.headers["access-control-allow-origin"] == ELSEWHERE
    assert answer.json()["known"] is True


async def next_of(events: Iterator[Heard]) -> Heard:
    return await asyncio.to_thread(next, events)


@pytest.fixture
def running(settings: Settings, service: Service) -> Iterator[Running]:
    # Their tokens are of this issuer.
    with running_service(settings, BASE_URL=settings.base_url) as running:
        yield running


async def settle(running: Running, person: Person, key: str, status: str, version: int) -> None:
    async with httpx.AsyncClient(base_url=running.base_url) as client:
        answer = await client.patch(
            f"/api/v1/onboarding/steps/{key}",
            json={"status": status, "rowVersion": version},
            headers=person.headers,
        )
        answer.raise_for_status()


@pytest.fixture
async def people(cast: Cast) -> list[Person]:
    """Alice, Dana and Sam, registered before another worker could take their mails."""
    return [await cast.alice(), await cast.dana(), await cast.sam()]


async def test_the_tabs_of_a_person_hear_of_their_change_and_of_what_all_see(
    people: list[Person], running: Running, cast: Cast
) -> None:
    alice, dana, sam = people
    url = f"{running.base_url}{STREAM}"
    with listening(url, **dana.headers) as here, listening(url, **alice.headers) as hers:
        first, other = await next_of(here), await next_of(hers)
        await settle(running, dana, "complete-profile", "in_progress", 0)
        second = await next_of(here)
        await switched_off(cast, sam, Area.GUIDANCE)
        third, theirs = await next_of(here), await next_of(hers)
    with listening(url, **dana.headers, **{"last-event-id": third.id}) as again:
        await settle(running, dana, "complete-profile", "todo", 1)
        fourth = await next_of(again)

    assert {one.type for one in (first, second, third, fourth)} == {"state"}
    assert len({first.id, second.id, third.id, fourth.id}) == 4
    assert theirs.id == third.id != other.id  # hers told nothing that was Dana's alone


async def test_nobody_takes_all_places(service: Service) -> None:
    tabs = PersonalStreams(service.hints, Metrics(), most=100)
    user_id = UserId(new_id())

    async def still() -> bool:
        return True

    async def open_as(who: UserId | None, network: str) -> None:
        tabs._streams._open.add(Listener(tabs.tab(who, network, None, still)))

    for _ in range(MOST_OF_PERSON):
        await open_as(user_id, "here")
    with pytest.raises(Unavailable):
        await open_as(user_id, "there")
    for number in range(75):
        await open_as(None, f"network {number}")
    with pytest.raises(Unavailable):
        await open_as(None, "one more")
    await open_as(UserId(new_id()), "here")


def test_who_is_forgotten_is_told_again_rather_than_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firstmile.protect.personal_streams.REMEMBERED", 1)
    revisions, one, other = Revisions(), UserId(new_id()), UserId(new_id())
    before = revisions.id_for(one)
    revisions.change(one)
    revisions.change(other)

    assert revisions.id_for(one) != before


async def test_it_holds_what_may_be_shown_here_and_nothing_of_it_when_asked_quietly(
    cast: Cast, service: Service
) -> None:
    dana, sam = await cast.dana(), await cast.sam()
    streams, stirred = service.parts.get(PersonalStreams), list[str]()
    before = streams._revisions.id_for(dana.id)
    await publish(sam, service, a_content(routes=["/team"]))
    stirred.append(streams._revisions.id_for(dana.id))

    here = (await dana.get(STATE, params={"route": "/team", "lang": "fr"})).json()
    elsewhere = (await dana.get(STATE, params={"route": "/billing"})).json()
    quiet = (
        await dana.get(STATE, params={"route": "/team"}, headers={"x-firstmile-quiet": "1"})
    ).json()
    wanted = {"tips": "off"}
    await dana.client.put("/api/v1/guidance/preferences", json=wanted, headers=dana.headers)
    stirred.append(streams._revisions.id_for(dana.id))

    assert [(one["key"], one["title"]) for one in here["content"]] == [("invite-tip", "Invitez")]
    assert (elsewhere["content"], quiet["content"]) == ([], [])
    assert (await dana.get(STATE, params={"route": "/team"})).json()["preferences"] == wanted
    assert len({before, *stirred}) == 3
