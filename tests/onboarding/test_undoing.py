"""A change of the steps taken back: all are where they were, and nobody loses what they did."""

from dataclasses import replace

import pytest
from tests.cast import Cast
from tests.onboarding.journeys import a_step
from tests.onboarding.moving import MOVES, NEW, OLD, apply, crowd, of, states, told_of, undo, wanted

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.refusals import Conflict, NotFound
from firstmile.onboarding.changing.editions import UNDO_KEPT
from firstmile.onboarding.moves import Reset
from firstmile.service import Service

__all__ = ["crowd"]


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


async def test_of_whom_the_change_was_undone_before_nothing_is_told(
    cast: Cast, service: Service, db: Connection
) -> None:
    await cast.dana()
    await apply(service, wanted(a_step("verify-email", fact="email_verified", by_person=False)))
    await undo(service)

    await cast.work_off()

    assert await told_of(db) == []


async def test_there_is_an_end_to_undoing(service: Service, db: Connection) -> None:
    with pytest.raises(NotFound):
        await undo(service)
    await apply(service, wanted(*NEW))
    await db.execute("UPDATE step_editions SET applied_at = now() - $1::interval", UNDO_KEPT * 1.1)

    with pytest.raises(Conflict) as refused:
        await undo(service)

    assert refused.value.error == "undo_too_late"
