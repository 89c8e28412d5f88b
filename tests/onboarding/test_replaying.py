"""Decisions as they were: what is replayed of a moment is what was decided at it."""

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.cast import Cast
from tests.onboarding.journeys import a_step

from firstmile.kernel.clock import system_clock
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.onboarding import store
from firstmile.onboarding.actions import Facts, known_journey, saved
from firstmile.onboarding.changing.applying import apply_definitions
from firstmile.onboarding.changing.editions import Wanted
from firstmile.onboarding.deadlines import After, Due
from firstmile.onboarding.explaining import store_history
from firstmile.onboarding.explaining.replaying import HistoryNotKept, Scene, is_free, scene_at
from firstmile.onboarding.explaining.schemas import ExplanationOut
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.models import Status
from firstmile.onboarding.requirements import Need
from firstmile.onboarding.verification.hearing import note_attributes
from firstmile.protect.switches import Area
from firstmile.service import Service
from firstmile.targeting.conditions import Condition

EXPLAIN = "/api/v1/onboarding/explain"
KEYS = ("a", "b", "c")
ROUTE = "/billing/7"
CHANGES = 14


def told(scene: Scene) -> list[dict[str, Any]]:
    """Every decision of a scene, as it goes over the wire."""
    questions: list[tuple[str | None, str | None]] = [(key, None) for key in KEYS]
    return [
        msgspec.to_builtins(ExplanationOut.of(scene.explained(*one), scene.journey, "en"))
        for one in [*questions, (None, ROUTE)]
    ]


class World:
    """One person, and all that a decision about them may follow from, changed at random."""

    def __init__(self, service: Service, user_id: UserId, seed: int) -> None:
        self.service, self.user_id = service, user_id
        self.random = random.Random(seed)

    async def change(self) -> None:
        """Change something, and commit."""
        kinds: list[Callable[[], Awaitable[None]]] = [
            self.step,
            self.step,
            self.person,
            self.attributes,
            self.definitions,
            self.switch,
        ]
        await self.random.choice(kinds)()

    async def step(self) -> None:
        async with self.service.works.begin() as work:
            journey = await known_journey(work, self.service.catalogue, self.user_id)
            step = self.random.choice(journey.definitions)
            status = self.random.choice([one for one in Status if one is not Status.LOCKED])
            await saved(work, journey, step.key, *journey.changed(step, status, "person"))

    async def person(self) -> None:
        async with self.service.works.begin() as work:
            await Facts(self.service.catalogue).note(
                work,
                self.user_id,
                roles=self.random.choice([["owner"], ["member"], []]),
                market=self.random.choice(["FR", "DE"]),
            )

    async def attributes(self) -> None:
        async with self.service.works.begin() as work:
            said = {"plan": self.random.choice(["pro", "free"])}
            await note_attributes(work, self.service.catalogue, self.user_id, said)

    async def definitions(self) -> None:
        pick = self.random.choice
        steps = [
            a_step("a", due=Due(days=pick([1, 9]), after=After.OPEN)),
            a_step("b", "a", roles=pick([frozenset(), frozenset({"owner"})])),
            a_step(
                "c",
                requires_any=(Need(("a", "b")),),
                markets=pick([frozenset(), frozenset({"FR"})]),
            ),
        ]
        gate = GatedRoute(
            "/billing",
            (pick(KEYS),),
            when=pick([None, Condition(attribute="plan", values=("pro",))]),
        )
        async with self.service.works.begin() as work:
            await apply_definitions(work, Wanted(Definitions(steps, [gate])))
        await self.service.catalogue.load(self.service.database)

    async def switch(self) -> None:
        area = self.random.choice([Area.GATING, Area.GLOBAL, Area.GUIDANCE])
        kill_switch = self.service.kill_switch
        async with self.service.works.begin() as work:
            if await kill_switch.activate(work, area, "A drill", staff_id=None) is None:
                await kill_switch.deactivate(work, area, "Over", staff_id=None)

    async def live(self, moment: datetime) -> list[dict[str, Any]]:
        """What is decided now."""
        async with self.service.database.lease() as db:
            found = await store.journey_of(db, self.user_id)
            rows = await db.fetch("SELECT area FROM switch_uses WHERE ended_at IS NULL")
        assert found is not None
        off = frozenset(Area(row[0]) for row in rows)
        journey = self.service.catalogue.journey(*found, moment)
        return told(Scene(journey, self.service.catalogue.definitions.routes, is_free(off)))


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_replayed_is_what_was_decided(
    cast: Cast, service: Service, db: Connection, seed: int
) -> None:
    dana = await cast.dana()
    world = World(service, UserId(dana.id), seed)
    await world.definitions()
    decided = []
    for _ in range(CHANGES):
        await world.change()
        moment = system_clock()
        decided.append((moment, await world.live(moment)))

    now = system_clock()
    replayed = [
        (moment, told(await scene_at(db, service.switches, world.user_id, moment, now)))
        for moment, _ in decided
    ]

    assert replayed == decided
    kinds = {msgspec.json.encode([one | {"at": None} for one in all_]) for _, all_ in decided}
    assert len(kinds) > CHANGES // 3


async def test_what_was_before_the_history_is_refused(cast: Cast, service: Service) -> None:
    dana = await cast.dana()
    sam = await cast.sam("support")
    ago = (system_clock() - timedelta(days=400)).isoformat()
    ahead = (system_clock() + timedelta(hours=1)).isoformat()

    before = await dana.get(EXPLAIN, params={"route": "/billing", "at": ago})
    later = await dana.get(EXPLAIN, params={"route": "/billing", "at": ahead})
    bare = await dana.get(EXPLAIN, params={"route": "/billing", "at": "2026-03-01T12:00:00"})
    staff = await sam.get(
        f"/api/v1/admin/journeys/{dana.id}/explain", params={"step": "payments", "at": ago}
    )

    assert (before.status_code, before.json()["error"]) == (409, "history_not_kept")
    assert before.json()["since"]
    assert [later.status_code, bare.status_code] == [422, 422]
    assert (staff.status_code, staff.json()["error"]) == (409, "history_not_kept")


async def test_a_moment_gone_by_is_told_over_http(cast: Cast) -> None:
    dana = await cast.dana()
    before = system_clock().isoformat()
    await dana.patch("/api/v1/profile", {"jobTitle": "Baker"})
    await dana.settle("choose-market", "in_progress")

    then = await dana.get(EXPLAIN, params={"step": "choose-market", "at": before})
    now = await dana.get(EXPLAIN, params={"step": "choose-market"})

    assert then.json()["step"]["status"] == "todo"
    assert now.json()["step"]["status"] == "in_progress"


async def test_after_its_time_the_history_begins_later_and_still_tells_the_truth(
    cast: Cast, service: Service, db: Connection
) -> None:
    dana = await cast.dana()
    world = World(service, UserId(dana.id), 1)
    await world.definitions()
    for _ in range(5):
        await world.step()
    first, middle = system_clock(), None
    await world.attributes()
    middle = system_clock()
    decided = await world.live(middle)
    await world.step()
    now = system_clock()
    before = await db.fetchval("SELECT count(*) FROM journey_history")

    async with service.works.begin() as work:
        gone = await store_history.forget_before(work.db, middle)

    assert 0 < gone < before
    assert told(await scene_at(db, service.switches, world.user_id, middle, now)) == decided
    with pytest.raises(HistoryNotKept):
        await scene_at(db, service.switches, world.user_id, first, now)


async def test_nothing_is_left_of_who_is_erased(
    cast: Cast, service: Service, db: Connection
) -> None:
    dana = await cast.dana()
    await dana.settle("choose-market", "in_progress")
    assert await db.fetchval("SELECT count(*) FROM journey_history WHERE user_id = $1", dana.id)

    async with service.works.begin() as work:
        await store.erase(work.db, UserId(dana.id))

    left = await db.fetchval("SELECT count(*) FROM journey_history WHERE user_id = $1", dana.id)
    assert left == 0
