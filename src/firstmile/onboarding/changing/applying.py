"""The verbs of step definitions: plan a change, put it into force, undo it."""

from collections.abc import Callable

from firstmile.kernel.database import Connection
from firstmile.kernel.work import Work
from firstmile.onboarding import store_definitions
from firstmile.onboarding.changing import store_editions
from firstmile.onboarding.changing.changes import Change
from firstmile.onboarding.changing.checking_moves import check_made, check_moves, check_scopes
from firstmile.onboarding.changing.editions import (
    UNSAID,
    Edition,
    Order,
    Wanted,
    check_digest,
    to_undo,
)
from firstmile.onboarding.changing.moving import hold_all, move_people, move_projects
from firstmile.onboarding.changing.plans import Plan
from firstmile.onboarding.changing.surveying import Survey
from firstmile.onboarding.events import StepsApplied
from firstmile.onboarding.files.definitions import Definitions, DefinitionsRefused
from firstmile.onboarding.moves import inverse


async def plan_definitions(work: Work, wanted: Wanted) -> Plan:
    """What putting definitions into force would do to whom. Writes nothing.

    Raises DefinitionsRefused when a move makes no sense between what is in force and these.
    """
    return await _surveyed(work, await _change(work.db, wanted))


async def plan_undo(work: Work) -> tuple[Edition, Plan]:
    """The edition that would be undone, and what that would do to whom. Writes nothing."""
    change = await _undoing(work)
    assert change.undone is not None  # noqa: S101  that is what it is about
    return change.undone, await _surveyed(work, change)


async def apply_definitions(
    work: Work,
    wanted: Wanted,
    order: Order = UNSAID,
    *,
    check: Callable[[Plan, str | None], None] | None = None,
) -> Plan:
    """Put definitions into force and move everybody, in one transaction; the plan it followed.

    What is in force already changes nothing. Changes to journeys wait until the commit, reading
    goes on. `check` may refuse the plan. Raises Stale when it is not the one that was looked at,
    DefinitionsRefused when a move makes no sense.
    """
    await store_definitions.lock_definitions(work.db)
    return await _carry_out(work, await _change(work.db, wanted, order.seen), order, check)


async def undo_edition(
    work: Work, order: Order, *, check: Callable[[Plan, str | None], None] | None = None
) -> Plan:
    """Undo the newest edition that stands: definitions and people are where they were before it.

    Where somebody moved on since, the further of the two counts. Raises NotFound and Conflict.
    """
    await store_definitions.lock_definitions(work.db)
    change = await _undoing(work)
    check_digest(change.plan, order.seen)
    return await _carry_out(work, change, order, check)


async def _change(db: Connection, wanted: Wanted, seen: str | None = None) -> Change:
    editions = await store_editions.editions(db, most=1)
    before = await _in_force(db)
    made = dict(editions[0].made) if editions else {}
    pending = {name: moves for name, moves in wanted.migrations.items() if name not in made}
    # Where nothing was in force, nobody is anywhere: the migrations are of before.
    to_make = pending if before.steps else {}
    change = Change(
        number=editions[0].number if editions else 0,
        before=before,
        after=wanted.definitions,
        moves=tuple(move for of_file in to_make.values() for move in of_file),
        made={**made, **pending},
        text=wanted.text,
    )
    check_digest(change.plan, seen)
    mistakes = [
        *check_scopes(before, wanted.definitions),
        *check_moves(before, wanted.definitions, to_make),
    ]
    if mistakes := [*check_made(made, wanted.migrations), *mistakes]:
        raise DefinitionsRefused(mistakes)
    return change


async def _undoing(work: Work) -> Change:
    editions = await store_editions.editions(work.db)
    undone, before_it = to_undo(editions, work.now)
    return Change(
        number=editions[0].number,
        before=undone.definitions,
        after=before_it.definitions,
        moves=inverse(undone.moves),
        made=before_it.made,
        text=before_it.text,
        undone=undone,
    )


async def _in_force(db: Connection) -> Definitions:
    return Definitions(
        await store_definitions.definitions(db), await store_definitions.gated_routes(db)
    )


async def _surveyed(work: Work, change: Change) -> Plan:
    survey = Survey(work, change)
    if not change.plan.is_nothing:
        while await survey.next_projects():
            pass
        while await survey.next_people():
            pass
    return survey.plan


async def _carry_out(
    work: Work,
    change: Change,
    order: Order,
    check: Callable[[Plan, str | None], None] | None,
) -> Plan:
    if change.plan.is_nothing and change.undone is None:
        if check is not None:
            check(change.plan, order.seen)
        return change.plan
    await hold_all(work, change)
    survey, number = Survey(work, change), change.number + 1
    while projects := await survey.next_projects():
        await move_projects(work, survey, number, projects)
    while people := await survey.next_people():
        await move_people(work, survey, number, people)
    plan = survey.plan
    if check is not None:
        check(plan, order.seen)  # what was written so far goes with the transaction
    await _put_into_force(work, change)
    await store_editions.add_edition(work.db, _edition(work, change, order, plan))
    work.announce(
        StepsApplied(
            edition=number,
            author=order.author.name,
            author_id=order.author.user_id,
            reason=order.reason,
            undoes=change.undoes,
        )
    )
    return plan


async def _put_into_force(work: Work, change: Change) -> None:
    after = {step.key: step for step in change.after.steps}
    over = [
        step.key
        for step in change.before.steps
        if step.key not in after or after[step.key].version != step.version
    ]
    await store_definitions.close_definitions(work.db, over, work.now)
    for position, step in enumerate(change.after.steps):
        await store_definitions.put_definition(work.db, step, position, work.now)
    await store_definitions.replace_gated_routes(work.db, change.after.routes)


def _edition(work: Work, change: Change, order: Order, plan: Plan) -> Edition:
    return Edition(
        number=change.number + 1,
        applied_at=work.now,
        author=order.author,
        reason=order.reason,
        digest=plan.digest,
        definitions=change.after,
        moves=change.moves,
        made=change.made,
        text=change.text,
        sums=plan.sums,
        undoes=change.undoes,
    )
