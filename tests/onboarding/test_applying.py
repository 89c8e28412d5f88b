"""Definitions with everybody moved along: as planned, at once or not at all, and back again."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from tests.cast import Cast
from tests.onboarding.journeys import NOW, a_step

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.refusals import Conflict, NotFound, Stale
from firstmile.kernel.work import Work
from firstmile.onboarding.announcing import tell_later
from firstmile.onboarding.applying import (
    apply_definitions,
    plan_definitions,
    undo_edition,
)
from firstmile.onboarding.definitions import Definitions, DefinitionsRefused
from firstmile.onboarding.editions import UNDO_KEPT, UNSAID, Order, Wanted, check_seen
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.models import Definition
from firstmile.onboarding.moves import Add, Merge, Move, Rename, Reset
from firstmile.onboarding.store_editions import editions, forget_moves_before
from firstmile.service import Service

OLD = [
    a_step("tour"),
    a_step("profile"),
    a_step("photo", required=False),
    a_step("team", roles=frozenset({"owner"})),
]
NEW = [
    a_step("welcome"),
    a_step("about-you"),
    a_step("team", version=2, roles=frozenset({"owner"})),
    a_step("invite", "welcome"),
]
MOVES: tuple[Move, ...] = (
    Rename("tour", "welcome"),
    Merge(("profile", "photo"), "about-you", "any"),
    Add("invite", step="team"),
)
ROUTES = [GatedRoute("/reports", ("invite",))]
# Everybody: roles, and what they did.
CROWD: list[tuple[list[str], dict[str, str]]] = [
    (["owner"], {"tour": "done", "profile": "done", "team": "done"}),
    (["owner"], {"tour": "done", "profile": "done", "team": "in_progress"}),
    (["member"], {"tour": "done", "photo": "skipped", "profile": "snoozed"}),
    (["member"], {"tour": "done", "profile": "done"}),
    (["member"], {"photo": "done"}),
    ([], {"tour": "in_progress"}),
    ([], {}),
]


def wanted(*steps: Definition, moves: tuple[Move, ...] = (), name: str = "a-change") -> Wanted:
    return Wanted(Definitions(list(steps), ROUTES), {name: moves} if moves else {})


async def apply(service: Service, what: Wanted, check: Any = None, **order: Any) -> Any:
    async with service.works.begin() as work:
        return await apply_definitions(work, what, Order(**order), check=check)


async def undo(service: Service) -> Any:
    async with service.works.begin() as work:
        return await undo_edition(work, UNSAID)


@pytest.fixture
async def crowd(service: Service, db: Connection) -> list[UserId]:
    """People all over the way, in the old steps; each row was written at a moment of its own."""
    await apply(service, wanted(*OLD))
    people = []
    for number, (roles, done) in enumerate(CROWD):
        person = UserId(new_id())
        people.append(person)
        is_activated = {"tour", "profile"} <= {key for key in done if done[key] == "done"} and (
            "owner" not in roles or done.get("team") == "done"
        )
        await db.execute(
            "INSERT INTO journeys VALUES ($1, $2, NULL, '{}', $3, $4)",
            person, roles, NOW, NOW if is_activated else None,
        )  # fmt: skip
        for key, status in done.items():
            await db.execute(
                "INSERT INTO journey_steps VALUES ($1, $2, 1, $3, 1, $4, $5)",
                person, key, status, NOW + timedelta(days=9) if status == "snoozed" else None,
                NOW + timedelta(minutes=number),
            )  # fmt: skip
    return people


async def everything(db: Connection) -> dict[str, list[Any]]:
    """All that a migration may touch."""
    return {
        table: [tuple(row) for row in await db.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3")]
        for table in ("journeys", "journey_steps", "step_definitions", "gated_routes",
                      "step_editions", "journey_moves", "onboarding_events", "hints")
    }  # fmt: skip


async def states(db: Connection) -> list[tuple[Any, ...]]:
    """Everybody's states with their dates; row versions only ever rise."""
    return [
        tuple(row)
        for row in await db.fetch(
            """
            SELECT user_id, activated_at, step_key, status, version, snoozed_until, updated_at
            FROM journeys LEFT JOIN journey_steps USING (user_id)
            ORDER BY user_id, step_key
            """
        )
    ]


async def of(db: Connection, person: UserId) -> dict[str, str]:
    rows = await db.fetch("SELECT step_key, status FROM journey_steps WHERE user_id = $1", person)
    return {row[0]: row[1] for row in rows}


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


async def test_undone_at_once_everything_is_as_it_was(
    service: Service, db: Connection, crowd: list[UserId]
) -> None:
    before, definitions = await states(db), await db.fetch("SELECT * FROM gated_routes")
    await apply(service, wanted(*NEW, moves=MOVES))
    assert await states(db) != before

    await undo(service)

    assert await states(db) == before
    assert await db.fetch("SELECT * FROM gated_routes") == definitions
    await service.catalogue.load(service.database)
    assert service.catalogue.definitions.steps == OLD


async def test_undone_twice_it_goes_back_two_editions(
    service: Service, db: Connection, crowd: list[UserId]
) -> None:
    before = await states(db)
    await apply(service, wanted(*NEW, moves=MOVES))
    await apply(service, wanted(*NEW[:2], moves=(Reset("welcome"),), name="another"))

    await undo(service)
    await undo(service)

    assert await states(db) == before


async def test_what_people_did_since_is_kept_when_it_is_undone(
    service: Service, db: Connection, crowd: list[UserId]
) -> None:
    await apply(service, wanted(*NEW, moves=MOVES))
    since = (
        "UPDATE journey_steps SET status = $3, updated_at = now()"
        " WHERE user_id = $1 AND step_key = $2"
    )
    await db.execute(since, crowd[5], "welcome", "done")
    await db.execute(since, crowd[2], "about-you", "done")
    await db.execute(since, crowd[1], "team", "in_progress")
    newcomer = UserId(new_id())
    await db.execute("INSERT INTO journeys (user_id, started_at) VALUES ($1, now())", newcomer)
    await db.execute(
        "INSERT INTO journey_steps VALUES ($1, 'welcome', 1, 'done', 1, NULL, now())", newcomer
    )

    await undo(service)

    assert await of(db, crowd[5]) == {"tour": "done"}
    assert await of(db, crowd[2]) == {"tour": "done", "photo": "done", "profile": "done"}
    assert (await of(db, crowd[1]))["team"] == "in_progress"
    assert await of(db, newcomer) == {"tour": "done"}


async def test_who_becomes_complete_is_activated_and_is_not_when_it_is_undone(
    service: Service, db: Connection, crowd: list[UserId]
) -> None:
    activated = "SELECT user_id FROM journeys WHERE activated_at IS NOT NULL ORDER BY user_id"
    before = await db.fetch(activated)

    plan = await apply(service, wanted(OLD[0]))  # only the tour is left
    after = await db.fetch(activated)
    await undo(service)

    assert (plan.sums.completed, plan.sums.activated) == (2, 2)
    assert len(after) == len(before) + 2
    assert await db.fetch(activated) == before


async def test_undoing_gives_back_where_verification_stood(
    service: Service, db: Connection, crowd: list[UserId]
) -> None:
    """A step under way begins again by its new version, and with the old one it is as it was."""
    said = '{"state": "failed", "errors": [{"code": "iban", "message": "No bank"}], "reason": ""}'
    under_way = "UPDATE journey_steps SET status = 'in_progress', verdict = $2 WHERE user_id = $1"
    await db.execute(under_way, crowd[1], said)
    verdicts = "SELECT step_key, verdict FROM journey_steps WHERE user_id = $1 ORDER BY step_key"
    before = await db.fetch(verdicts, crowd[1])

    await apply(service, wanted(*[replace(step, version=9) for step in OLD]))
    after = await db.fetch(verdicts, crowd[1])
    await undo(service)

    assert {row[1] for row in before} == {said}
    assert {row[1] for row in after} == {None}
    assert await db.fetch(verdicts, crowd[1]) == before


async def told_of(db: Connection) -> list[UserId]:
    rows = await db.fetch("SELECT user_id FROM onboarding_events WHERE kind = 'activated'")
    return [row[0] for row in rows]


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


async def test_of_whom_the_change_was_undone_before_nothing_is_told(
    cast: Cast, service: Service, db: Connection
) -> None:
    await cast.dana()
    await apply(service, wanted(a_step("verify-email", fact="email_verified", by_person=False)))
    await undo(service)

    await cast.work_off()

    assert await told_of(db) == []


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
    moves = (Rename("nowhere", "welcome"), Rename("tour", "profile"), Add("elsewhere", step="tour"))

    with pytest.raises(DefinitionsRefused) as refused:
        await apply(service, wanted(*NEW, moves=moves))

    assert [mistake.message for mistake in refused.value.mistakes] == [
        "move 1: there was no step 'nowhere'",
        "move 2: 'profile' was a step already, merge them",
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


async def test_there_is_an_end_to_undoing(service: Service, db: Connection) -> None:
    with pytest.raises(NotFound):
        await undo(service)
    await apply(service, wanted(*NEW))
    await db.execute("UPDATE step_editions SET applied_at = now() - $1::interval", UNDO_KEPT * 1.1)

    with pytest.raises(Conflict) as refused:
        await undo(service)

    assert refused.value.error == "undo_too_late"


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


class Falling:
    """A connection that fails at its n-th statement."""

    def __init__(self, connection: Connection, at: int) -> None:
        self._connection = connection
        self.left = at

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name not in ("execute", "fetch", "fetchrow", "fetchval", "executemany"):
            return found

        async def ask(*given: Any, **named: Any) -> Any:
            if self.left == 0:
                raise asyncpg.ConnectionDoesNotExistError("it fell")
            self.left -= 1
            return await found(*given, **named)

        return ask


@asynccontextmanager
async def falling(service: Service, at: int) -> AsyncIterator[Work]:
    work = await service.works.start()
    fallen = Falling(work.db, at)
    whole, work.db = work.db, fallen  # type: ignore[assignment]
    commit = False
    try:
        yield work
        commit = True
    finally:
        try:
            if commit:
                await work.commit()
        finally:
            work.db = whole
            await service.works.finish(work, commit=False)


@pytest.mark.parametrize("back", [False, True], ids=["applying", "undoing"])
async def test_a_failure_at_any_statement_leaves_all_as_it_was(
    service: Service, db: Connection, crowd: list[UserId], back: bool
) -> None:
    if back:
        await apply(service, wanted(*NEW, moves=MOVES))
    before = await everything(db)
    act: Callable[[Work], Awaitable[Any]] = (
        (lambda work: undo_edition(work, UNSAID))
        if back
        else (lambda work: apply_definitions(work, wanted(*NEW, moves=MOVES)))
    )

    for statement in range(200):
        try:
            async with falling(service, statement) as work:
                await act(work)
        except asyncpg.ConnectionDoesNotExistError:
            assert await everything(db) == before, statement
        else:
            break

    assert statement > 12  # it came through in the end, after falling at every one
    assert await everything(db) != before
