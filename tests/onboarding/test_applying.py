"""Definitions with everybody moved along: as planned, and all at once."""

from datetime import timedelta

import pytest
from tests.cast import Cast
from tests.onboarding.journeys import NOW, a_step
from tests.onboarding.moving import (
    CROWD,
    MOVES,
    NEW,
    OLD,
    apply,
    crowd,
    everything,
    of,
    told_of,
    undo,
    wanted,
)

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.refusals import Conflict, Stale
from firstmile.onboarding.changing.announcing import tell_later
from firstmile.onboarding.changing.applying import (
    plan_definitions,
)
from firstmile.onboarding.changing.editions import check_seen
from firstmile.onboarding.changing.store_editions import editions
from firstmile.onboarding.changing.store_moves import forget_moves_before
from firstmile.onboarding.files.definitions import DefinitionsRefused
from firstmile.onboarding.moves import Add, Move, Rename, Reset
from firstmile.service import Service

__all__ = ["crowd"]


async def test_everybody_is_moved_as_the_moves_say(
    service: Service, db: Connection, crowd: list[UserId]
) -> None:
    await apply(service, wanted(*NEW, moves=MOVES))

    assert [await of(db, person) for person in crowd] == [
        {"welcome": "done", "about-you": "done", "team": "done", "invite": "done"},
        {"welcome": "done", "about-you": "done", "team": "todo"},
        {"welcome": "done", "about-you": "snoozed"},
        {"welcome": "done", "about-you": "done"},
        {"about-you": "done"},
        {"welcome": "in_progress"},
        {},
    ]


async def test_a_plan_is_exactly_what_happens(
    service: Service, db: Connection, crowd: list[UserId]
) -> None:
    before = await everything(db)
    async with service.works.begin() as work:
        plan = await plan_definitions(work, wanted(*NEW, moves=MOVES))
    assert await everything(db) == before

    applied = await apply(service, wanted(*NEW, moves=MOVES))

    assert applied == plan
    sums = plan.sums
    assert (sums.people, sums.completed, sums.activated, sums.reopened) == (7, 0, 0, 1)
    assert sums.blocked == 6  # /reports waits for `invite`, which one of them has earned


async def test_another_name_is_nothing_that_happens_to_people(
    service: Service, crowd: list[UserId]
) -> None:
    photo, team = OLD[2], OLD[3]
    steps = (a_step("welcome"), a_step("profile"), photo, team)
    moves: tuple[Move, ...] = (Rename("tour", "start"), Rename("start", "welcome"))
    async with service.works.begin() as work:
        called = await plan_definitions(work, wanted(*steps, moves=moves))
        and_anew = await plan_definitions(work, wanted(*steps, moves=(*moves, Reset("welcome"))))

    for plan in (called, and_anew):
        assert (plan.added, plan.removed, plan.renamed) == ((), (), {"tour": "welcome"})
    assert (called.sums.people, called.sums.moved) == (7, 0)
    assert and_anew.sums.moved == 5
    moved = [one for group in and_anew.groups for one in group.moved]
    assert set(moved) == {("welcome", "done", "todo"), ("welcome", "in_progress", "todo")}


async def test_dates_go_along_and_row_versions_rise(
    service: Service, db: Connection, crowd: list[UserId]
) -> None:
    await apply(service, wanted(*NEW, moves=MOVES))

    row = await db.fetchrow(
        "SELECT snoozed_until, row_version FROM journey_steps WHERE user_id = $1 AND status = $2",
        crowd[2], "snoozed",
    )  # fmt: skip
    assert tuple(row or ()) == (NOW + timedelta(days=9), 2)
    assert await db.fetchval(
        "SELECT updated_at FROM journey_steps WHERE user_id = $1 AND step_key = 'welcome'",
        crowd[3],
    ) == NOW + timedelta(minutes=3)


async def test_applied_twice_it_is_done_once(
    service: Service, db: Connection, crowd: list[UserId]
) -> None:
    await apply(service, wanted(*NEW, moves=MOVES))
    once = await everything(db)

    again = await apply(service, wanted(*NEW, moves=MOVES))

    assert again.is_nothing
    assert await everything(db) == once


async def test_whom_a_change_activates_of_them_it_is_told_once(
    cast: Cast, service: Service, db: Connection
) -> None:
    dana = await cast.dana()
    await apply(service, wanted(a_step("verify-email", fact="email_verified", by_person=False)))

    assert await told_of(db) == []
    await cast.work_off()
    async with service.works.begin() as work:
        tell_later(work, [UserId(dana.id)])
    await cast.work_off()

    assert await told_of(db) == [dana.id]


async def test_a_migration_is_made_once_and_again_after_it_was_undone(
    service: Service, db: Connection, crowd: list[UserId]
) -> None:
    """Its name is what it is known by, as the names of database migrations are."""
    await apply(service, wanted(*NEW, moves=MOVES))
    later = wanted(*NEW, a_step("last"), moves=MOVES)
    await apply(service, later)
    moved = await of(db, crowd[0])
    await undo(service)
    await undo(service)

    await apply(service, later)

    assert await of(db, crowd[0]) == moved


async def test_a_plan_of_before_is_refused(service: Service, crowd: list[UserId]) -> None:
    async with service.works.begin() as work:
        plan = await plan_definitions(work, wanted(*NEW, moves=MOVES))
    await apply(service, wanted(*OLD, a_step("meanwhile")))

    with pytest.raises(Stale) as refused:
        await apply(service, wanted(*NEW, moves=MOVES), check=check_seen, seen=plan.digest)

    assert refused.value.error == "plan_changed"


async def test_completion_is_only_taken_by_a_plan_that_was_looked_at(
    service: Service, db: Connection, crowd: list[UserId]
) -> None:
    more = wanted(*OLD, a_step("one-more"))
    before = await everything(db)

    with pytest.raises(Conflict) as refused:
        await apply(service, more, check=check_seen)

    assert refused.value.facts["reopened"] == 2
    assert await everything(db) == before
    await apply(service, more, check=check_seen, seen=str(refused.value.facts["digest"]))


async def test_moves_that_make_no_sense_are_told(service: Service, crowd: list[UserId]) -> None:
    moves = (
        Rename("nowhere", "welcome"),
        Rename("tour", "profile"),
        Add("elsewhere", step="tour"),
        Add("invite", step="nothing"),
    )

    with pytest.raises(DefinitionsRefused) as refused:
        await apply(service, wanted(*NEW, moves=moves))

    assert [mistake.message for mistake in refused.value.mistakes] == [
        "move 1: there was no step 'nowhere'",
        "move 2: 'profile' was a step already, merge them",
        "move 4: there was no step 'nothing'",
        "'elsewhere' is made by a move, and is no step of the definitions",
        "'profile' is made by a move, and is no step of the definitions",
    ]


async def test_the_history_tells_who_when_why_and_how_many(
    service: Service, crowd: list[UserId]
) -> None:
    await apply(service, wanted(*NEW, moves=MOVES), reason="The tour has another name")
    await undo(service)

    async with service.database.lease() as db:
        undone, applied, *_ = await editions(db)

    assert (applied.reason, applied.moves, applied.sums.people) == (
        "The tour has another name",
        MOVES,
        len(CROWD),
    )
    assert applied.definitions.steps == NEW
    assert undone.undoes == applied.number


async def test_the_journal_is_forgotten_with_its_time_and_its_person(
    service: Service, db: Connection, crowd: list[UserId]
) -> None:
    await apply(service, wanted(*NEW, moves=MOVES))
    await db.execute("DELETE FROM journeys WHERE user_id = $1", crowd[0])
    left = await db.fetchval("SELECT count(*) FROM journey_moves")
    assert await db.fetchval("SELECT count(*) FROM journey_moves WHERE user_id = $1", crowd[0]) == 0

    async with service.works.begin() as work:
        gone = await forget_moves_before(work.db, work.now + timedelta(seconds=1))

    assert gone == left > 0


async def test_who_waited_for_the_change_goes_on_by_the_new_steps(
    cast: Cast, service: Service
) -> None:
    """Their request read the old definitions, and waited for the lock."""
    dana = await cast.dana()
    await apply(service, wanted(*OLD))
    await service.catalogue.load(service.database)
    await dana.settle("tour", "in_progress")
    await apply(service, wanted(*NEW, moves=MOVES))  # and no hint is heard

    answer = await dana.settle("tour", "done", 1)

    assert answer.status_code == 404
    assert (await dana.steps())["welcome"]["status"] == "in_progress"
