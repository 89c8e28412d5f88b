"""The error list: what fails is noted once, grouped, and holds nobody up."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from tests.cast import Cast
from tests.web.test_console import at_a_browser

from firstmile.kernel.database import Connection
from firstmile.observe.errors import MOST_GROUPS, MOST_WAITING
from firstmile.observe.health import Health
from firstmile.observe.sightings import Kind, failure, sighting
from firstmile.observe.store_errors import State, forget_before, groups, settle
from firstmile.service import Service

PATH = "/console/errors"
SECRET = "dana@example.org and her password"


async def listed(service: Service, state: State = State.OPEN) -> list[tuple[str, int]]:
    """Title and count of every group, after what waits is written."""
    await service.gathering.write()
    async with service.database.lease() as db:
        return [(one.title, one.count) for one in await groups(db, state, 1000)]


@pytest.fixture
def broken(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A route that fails."""

    async def fail() -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(service.parts.get(Health), "report", fail)


@pytest.mark.usefixtures("broken")
async def test_a_request_that_fails_is_noted_with_its_place_and_without_its_words(
    service: Service, client: httpx.AsyncClient
) -> None:
    answers = [await client.get("/readyz") for _ in range(3)]

    await service.gathering.write()
    async with service.database.lease() as db:
        (group,) = await groups(db, State.OPEN, 10)
    assert [answer.status_code for answer in answers] == [500] * 3
    assert (group.kind, group.title, group.count) == (Kind.SERVER, "ZeroDivisionError", 3)
    assert group.sample["route"] == "/readyz"
    assert group.sample["correlationId"] == answers[-1].headers["x-correlation-id"]
    assert "firstmile/observe/routes.py" in group.place
    assert "dana" not in str(group)


async def test_a_refusal_is_no_error(service: Service, client: httpx.AsyncClient) -> None:
    for path in ("/nowhere", "/api/v1/auth/me", "/api/v1/nowhere"):
        await client.get(path)

    assert await listed(service) == []


def test_the_same_failure_at_two_places_is_two() -> None:
    def one() -> None:
        raise KeyError("one")

    def another() -> None:
        raise KeyError("one")

    def group_of(fail: Callable[[], None]) -> object:
        try:
            fail()
        except KeyError as error:
            return failure(error, route="/", correlation="x").group
        raise AssertionError

    assert group_of(one) == group_of(one)
    assert group_of(one) != group_of(another)


async def test_while_the_database_is_away_it_waits_and_is_counted_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.errors.note(sighting(Kind.SERVER, "Gone", "here", {}))
    with monkeypatch.context() as away:
        away.setattr(service.database, "acquire", _refuse)
        await service.gathering.write()
    service.errors.note(sighting(Kind.SERVER, "Gone", "here", {}))

    assert await listed(service) == [("Gone", 2)]
    assert await listed(service) == [("Gone", 2)]


async def _refuse() -> None:
    raise ConnectionRefusedError


async def test_reports_can_fill_neither_memory_nor_table_and_leave_room_for_failures(
    service: Service,
) -> None:
    for number in range(MOST_GROUPS[Kind.CSP] + 200):
        service.errors.note(sighting(Kind.CSP, f"script-src: {number}", "/", {}))
        if number % MOST_WAITING[Kind.CSP] == 0:
            await service.gathering.write()
    for number in range(MOST_WAITING[Kind.CSP] * 3):
        service.errors.note(sighting(Kind.CSP, f"img-src: {number}", "/", {}))
    service.errors.note(sighting(Kind.CSP, "script-src: 1", "/", {}))
    service.errors.note(sighting(Kind.SERVER, "A failure", "here", {}))

    found = await listed(service)

    assert ("A failure", 1) in found
    of_reports = [title for title, _ in found if title != "A failure"]
    assert len(of_reports) <= MOST_GROUPS[Kind.CSP]


async def test_what_is_invented_once_gives_way_to_what_is_real(service: Service) -> None:
    service.errors.note(sighting(Kind.CSP, "seen twice", "/", {}))
    service.errors.note(sighting(Kind.CSP, "seen twice", "/", {}))
    for number in range(MOST_GROUPS[Kind.CSP]):
        service.errors.note(sighting(Kind.CSP, f"invented {number}", "/", {}))
        if number % MOST_WAITING[Kind.CSP] == MOST_WAITING[Kind.CSP] - 2:
            await service.gathering.write()
    await service.gathering.write()
    service.errors.note(sighting(Kind.CSP, "new", "/", {}))

    titles = dict(await listed(service))

    assert {"seen twice", "new"} <= titles.keys()
    assert len(titles) == MOST_GROUPS[Kind.CSP]
    assert "invented 0" not in titles


@pytest.mark.parametrize("text", ["\0", "\ud800", "x" * 10_000, "a\nb\u202e", "'; DROP TABLE x"])
async def test_no_text_makes_it_fail(service: Service, text: str) -> None:
    service.errors.note(sighting(Kind.CSP, text, text, {"page": text, "frames": [text]}))

    assert len(await listed(service)) == 1


async def test_what_is_resolved_comes_back_and_what_is_ignored_does_not(
    service: Service, cast: Cast
) -> None:
    sam = await cast.sam()
    seen = [sighting(Kind.SERVER, title, "here", {}) for title in ("One", "Two")]
    for one, state in zip(seen, (State.RESOLVED, State.IGNORED), strict=True):
        service.errors.note(one)
        await service.gathering.write()
        async with service.works.begin() as work:
            assert await settle(work.db, one.group, state, sam.id, work.now)
    assert await listed(service) == []

    for one in seen:
        service.errors.note(one)

    assert await listed(service) == [("One", 2)]
    assert await listed(service, State.IGNORED) == [("Two", 2)]


async def test_what_is_not_seen_for_long_is_forgotten(service: Service, db: Connection) -> None:
    service.errors.note(sighting(Kind.SERVER, "Old", "here", {}))
    await service.gathering.write()
    now = service.works.clock()

    assert await forget_before(db, now - timedelta(days=90)) == 0
    assert await forget_before(db, now + timedelta(seconds=1)) == 1


async def test_staff_see_what_went_wrong_and_say_what_became_of_it(
    service: Service, cast: Cast
) -> None:
    await cast.sam("operator")
    sam = await at_a_browser(cast, "Sam")
    assert "Nothing went wrong" in (await sam.get(PATH)).text
    one = sighting(Kind.SERVER, "<b>KeyError</b>", "routes.py:7 home", {"frames": ["a.py:1 x"]})
    service.errors.note(one)
    await service.gathering.write()

    shown = (await sam.get(PATH)).text
    assert "&lt;b&gt;KeyError&lt;/b&gt;" in shown
    assert "a.py:1 x" in shown
    resolved = await sam.post(f"{PATH}/{one.group}", state="resolved")

    assert resolved.headers["location"] == f"{PATH}?notice=error-resolved"
    assert "KeyError" not in (await sam.get(PATH)).text
    assert "KeyError" in (await sam.get(f"{PATH}?state=resolved")).text
    opened = await sam.post(f"{PATH}/{one.group}", **{"state": "open", "from": "resolved"})
    assert opened.headers["location"] == f"{PATH}?state=resolved&notice=error-open"
    assert (await sam.post(f"{PATH}/{one.group}", state="gone")).status_code == 422
    missing = sighting(Kind.SERVER, "x", "x", {}).group
    assert (await sam.post(f"{PATH}/{missing}", state="open")).status_code == 404


async def test_support_does_not_see_what_went_wrong(cast: Cast) -> None:
    await cast.sam("support")
    sam = await at_a_browser(cast, "Sam")

    assert (await sam.get(PATH)).status_code == 403
    assert f'href="{PATH}"' not in (await sam.get("/console")).text
