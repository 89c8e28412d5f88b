"""Definitions put into force: what changes, what people keep, and who hears of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from tests.cast import Cast
from tests.onboarding.journeys import a_step

from firstmile.onboarding.changing.applying import apply_definitions
from firstmile.onboarding.changing.editions import Wanted
from firstmile.onboarding.changing.plans import Plan
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.moves import Reset
from firstmile.onboarding.requirements import Fix, Need
from firstmile.service import Service
from firstmile.settings import Settings
from firstmile.verbs.steps import apply_steps

FIRST, SECOND = a_step("first"), a_step("second", "first")


@pytest.fixture
async def replica(service: Service, settings: Settings) -> AsyncIterator[Service]:
    """Another web process on the same database."""
    other = Service(settings)
    await other.open()
    await until(lambda: service.hints.is_connected and other.hints.is_connected)
    yield other
    await other.close()


async def until(is_so: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for something that must come about; far less than the refresh of 30 s."""
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.01)


async def apply(service: Service, *steps: Any, routes: tuple[GatedRoute, ...] = ()) -> Plan:
    async with service.works.begin() as work:
        applied = await apply_definitions(work, Wanted(Definitions(list(steps), list(routes))))
    await service.catalogue.load(service.database)
    return applied


def keys(service: Service) -> list[str]:
    return [step.key for step in service.catalogue.definitions.steps]


async def test_applying_says_what_it_added_changed_and_removed(service: Service) -> None:
    await apply(service, FIRST, SECOND)

    applied = await apply(service, a_step("first", weight=7), a_step("third"))

    assert (applied.added, applied.changed, applied.removed) == (
        ("third",),
        ("first",),
        ("second",),
    )
    assert keys(service) == ["first", "third"]


async def test_applying_the_same_again_changes_nothing(service: Service) -> None:
    await apply(service, FIRST, SECOND)

    again = await apply(service, FIRST, SECOND)

    assert again.is_nothing
    assert (again.added, again.changed, again.removed) == ((), (), ())


async def test_what_is_read_back_is_what_was_applied(service: Service) -> None:
    rich = a_step(
        "rich",
        "first",
        version=3,
        required=False,
        weight=4,
        roles=frozenset({"owner", "admin"}),
        markets=frozenset({"CA"}),
        fact="email_verified",
        by_person=False,
        href="/elsewhere",
    )
    either = Need(("first", "rich"), {"en": "Either"}, Fix(href="/either"))
    routes = (
        GatedRoute("/b", ("rich",), frozenset({"owner"}), (either,)),
        GatedRoute("/a", ("first",)),
    )

    await apply(service, rich, FIRST, routes=routes)

    assert service.catalogue.definitions == Definitions([rich, FIRST], list(routes))


async def test_routes_are_replaced(service: Service) -> None:
    await apply(service, FIRST, routes=(GatedRoute("/old", ("first",)),))

    await apply(service, FIRST, routes=(GatedRoute("/new", ("first",)),))

    assert [route.path for route in service.catalogue.definitions.routes] == ["/new"]


async def test_a_raised_version_keeps_what_people_did(cast: Cast, service: Service) -> None:
    dana = await cast.dana()
    await apply(service, FIRST, SECOND)
    await dana.settle("first", "done")

    applied = await apply(service, a_step("first", version=2), SECOND)

    step = (await dana.steps())["first"]
    assert applied.changed == ("first",)
    assert (step["status"], step["version"], step["rowVersion"]) == ("done", 2, 1)


async def test_a_removed_step_comes_back_with_what_people_did(cast: Cast, service: Service) -> None:
    dana = await cast.dana()
    await apply(service, FIRST, a_step("other"))
    await dana.settle("first", "done")
    await apply(service, a_step("other"))
    assert set(await dana.steps()) == {"other"}

    applied = await apply(service, FIRST, a_step("other"))

    assert applied.added == ("first",)
    assert (await dana.steps())["first"]["status"] == "done"


async def test_a_version_can_be_lowered_again(service: Service) -> None:
    await apply(service, FIRST)
    await apply(service, a_step("first", version=2))

    await apply(service, FIRST)

    assert service.catalogue.definitions.steps == [FIRST]


async def test_those_who_apply_at_once_take_turns(service: Service) -> None:
    for turn in range(3):  # the first turn also opens the connections, one after the other
        wanted = [a_step(f"step-{turn}-{number}") for number in range(6)]
        await asyncio.gather(*(apply(service, step) for step in wanted))

    await service.catalogue.load(service.database)
    assert len(keys(service)) == 1


async def test_every_replica_hears_of_new_definitions(
    service: Service, replica: Service, settings: Settings
) -> None:
    await apply_steps(settings, Wanted(Definitions([a_step("brand-new")])))

    await until(lambda: keys(service) == keys(replica) == ["brand-new"])


async def test_a_definition_that_fails_to_load_leaves_the_last_one(service: Service) -> None:
    before = keys(service)
    async with service.database.lease() as db:
        await db.execute("ALTER TABLE step_definitions RENAME TO elsewhere")
        with pytest.raises(Exception, match="step_definitions"):
            await service.catalogue.load(service.database)
        await db.execute("ALTER TABLE elsewhere RENAME TO step_definitions")

    assert keys(service) == before


async def test_pages_ask_again_also_where_people_alone_moved(service: Service) -> None:
    await apply(service, FIRST)
    told: list[int] = []
    service.catalogue.after_change(lambda: told.append(service.catalogue.edition))

    async with service.works.begin() as work:
        again = Wanted(Definitions([FIRST]), {"again": (Reset("first"),)})
        await apply_definitions(work, again)
    await service.catalogue.load(service.database)
    await service.catalogue.load(service.database)

    assert told == [service.catalogue.edition]
