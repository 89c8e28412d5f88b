"""The verbs of step definitions: plan a change, put it into force, undo it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Work
from firstmile.onboarding import store_definitions, store_editions
from firstmile.onboarding.announcing import tell_later
from firstmile.onboarding.definitions import Definitions, DefinitionsRefused
from firstmile.onboarding.editions import (
    UNSAID,
    Edition,
    Order,
    Wanted,
    check_digest,
    to_undo,
)
from firstmile.onboarding.events import StepsApplied, StepsMoved
from firstmile.onboarding.migrating import (
    Migration,
    Past,
    Place,
    Places,
    migrated,
    returned,
    with_changes,
)
from firstmile.onboarding.models import Status, Traveller
from firstmile.onboarding.moves import Move, inverse
from firstmile.onboarding.plans import Group, Outcome, Plan, group_of, outcome, planned, standing
from firstmile.onboarding.reading_moves import check_made, check_moves, check_scopes
from firstmile.onboarding.sharing import seen_as
from firstmile.onboarding.store_walkers import Walker, walkers

AT_ONCE = 10_000  # people a statement is about; some hundred milliseconds each


@dataclass(frozen=True)
class Change:
    """From which definitions to which, and what it is to be called."""

    number: int
    before: Definitions
    after: Definitions
    moves: tuple[Move, ...]
    made: Mapping[str, tuple[Move, ...]]
    text: str
    undone: Edition | None = None

    @property
    def undoes(self) -> int | None:
        """The number of the edition that is undone."""
        return self.undone.number if self.undone is not None else None

    @property
    def is_sharing(self) -> bool:
        """Whether steps of projects are in it."""
        return any(step.is_shared for step in [*self.before.steps, *self.after.steps])

    @property
    def plan(self) -> Plan:
        """The plan, of which it is not yet known whom it is about."""
        return planned(self.number, self.before, self.after, self.moves)


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


@dataclass
class _Survey:
    """Everybody's outcome, reckoned once for each point that somebody is at."""

    work: Work
    change: Change
    groups: Counter[Group] = field(default_factory=Counter)
    outcomes: list[Outcome] = field(default_factory=list)
    _known: dict[tuple[object, ...], int] = field(default_factory=dict)
    _last: UserId | None = None

    async def next_people(self) -> dict[int, list[UserId]]:
        """Some more people by the number of their outcome; empty when all have been met."""
        found = await walkers(
            self.work.db,
            after=self._last,
            most=AT_ONCE,
            undone=self.change.undone,
            is_sharing=self.change.is_sharing,
        )
        met: dict[int, list[UserId]] = {}
        for walker in found:
            met.setdefault(self._outcome_of(walker), []).append(walker.user_id)
            self._last = walker.user_id
        for number, users in met.items():
            self.groups[group_of(self.outcomes[number])] += len(users)
        return met

    def _outcome_of(self, walker: Walker) -> int:
        point = walker.point
        if point not in self._known:
            self._known[point] = len(self.outcomes)
            self.outcomes.append(self._reckoned(walker))
        return self._known[point]

    def _reckoned(self, walker: Walker) -> Outcome:
        change, now = self.change, self.work.now
        membership, shared = seen_as(walker.shared)
        who = Traveller(
            walker.user_id,
            frozenset(walker.roles),
            walker.market,
            frozenset(walker.facts),
            now if walker.is_activated else None,
            walker.attributes,
            membership=membership,
        )
        places = _places(walker.states)
        migration = Migration(change.before.steps, change.after.steps, change.moves)
        if change.undone is None:
            changes = migrated(who, places, migration)
        else:
            changes = returned(who, places, _journal(walker.journal), migration)
        return outcome(
            who,
            changes,
            before=standing(who, places, change.before, now, shared),
            after=standing(who, with_changes(places, changes), change.after, now, shared),
            may_deactivate=walker.by_this,
        )


async def _surveyed(work: Work, change: Change) -> Plan:
    survey = _Survey(work, change)
    if not change.plan.is_nothing:
        while await survey.next_people():
            pass
    return replace(change.plan, groups=dict(survey.groups))


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
    await store_editions.lock_journeys(work.db)
    survey, number = _Survey(work, change), change.number + 1
    while met := await survey.next_people():
        await _move(work, survey, number, met)
    plan = replace(change.plan, groups=dict(survey.groups))
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


async def _move(work: Work, survey: _Survey, number: int, met: Mapping[int, list[UserId]]) -> None:
    outcomes = {one: survey.outcomes[one] for one in met if not survey.outcomes[one].is_nothing}
    moving = {one: met[one] for one in outcomes if outcomes[one].changes}
    users = [user_id for one in moving for user_id in moving[one]]
    if users:
        changes = {one: outcomes[one].changes for one in moving}
        await store_editions.note_moves(
            work.db, number, moving, changes, undone=survey.change.undoes, now=work.now
        )
        await store_editions.make_moves(work.db, number, users)
    for at, numbers in (
        (work.now, [one for one in outcomes if outcomes[one].activates]),
        (None, [one for one in outcomes if outcomes[one].deactivates]),
    ):
        if numbers:
            chosen = [user_id for one in numbers for user_id in met[one]]
            await store_editions.set_activated(work.db, chosen, at)
            if at is not None:
                tell_later(work, chosen)
    if outcomes:
        said = [(met[one], _said(number, outcomes[one], met[one][0])) for one in outcomes]
        await store_editions.add_events(work.db, StepsMoved.kind(), said, work.now)


def _said(number: int, one: Outcome, somebody: UserId) -> dict[str, object]:
    event = StepsMoved(
        user_id=somebody,
        edition=number,
        before=dict(one.before.statuses),
        after=dict(one.after.statuses),
        activated=one.activates,
        deactivated=one.deactivates,
    )
    told: dict[str, object] = msgspec.to_builtins(event)
    del told["user_id"]  # each of them has a row of their own
    return told


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


def _places(told: tuple[str, ...]) -> Places:
    found = {}
    for text in told:
        key, status, version = text.split(" ")
        found[key] = Place(Status(status), int(version), (key,))
    return found


def _journal(told: tuple[str, ...]) -> dict[str, Past]:
    found = {}
    for text in told:
        key, status, version, is_newer = text.split(" ")
        before = None if status == "-" else Place(Status(status), int(version), is_stored=True)
        found[key] = Past(before, is_newer=is_newer == "true")
    return found
