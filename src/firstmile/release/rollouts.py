"""Rollouts that go on by themselves and return by themselves: their rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

import msgspec

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Forbidden, Invalid
from firstmile.release.estimates import Scale, proportion_of
from firstmile.release.guardrails import Guardrail, Judgement, Verdict, judge
from firstmile.release.models import Author
from firstmile.release.moments import Moments
from firstmile.release.sayings import Saying, Says
from firstmile.release.sequential import ENOUGH_UNITS
from firstmile.release.strata import Pair, stratified_difference
from firstmile.targeting.conditions import Document
from firstmile.targeting.flags import Flag

STAGES = (5.0, 25.0, 50.0, 100.0)
MOST_STAGES = 20
LIMIT_MS = 300  # the p95 that we promise ourselves (OB4)
PATIENCE = timedelta(hours=24)  # without enough visitors in an arm: then a person should look


class State(StrEnum):
    """Where a rollout is."""

    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"
    RETURNED = "returned"
    STOPPED = "stopped"


class Watch(StrEnum):
    """What a guard looks at, among those who have it beside those who do not."""

    ERRORS = "errors"
    SLOW = "slow"
    COMPLETION = "completion"


class Stage(Document, frozen=True):
    """A percentage, and the minutes it is held at least before the next."""

    percentage: float
    minutes: int


class Guard(Document, frozen=True):
    """What must not get worse by more than `margin` percentage points.

    `slow` looks at the share of requests that took longer than `limit_ms`. A p95 of that limit is
    a share of five percent, so a share that may not rise is a p95 that may not.
    """

    watch: Watch
    margin: float = 1.0
    limit_ms: int = LIMIT_MS


@dataclass(frozen=True)
class Rollout:
    """One ramp of a flag; `revision` is the flag's last one that it knows of."""

    id: UUID
    environment: str
    key: str
    stages: tuple[Stage, ...]
    guards: tuple[Guard, ...]
    state: State
    at: int  # the stage that holds; -1 before the first
    from_percentage: float
    was_enabled: bool
    starts_at: datetime
    stage_began_at: datetime | None
    revision: int
    says: Says
    author: Author
    reason: str
    needs_second: bool = False  # somebody else has to agree before it begins
    second: Author | None = None
    ended_at: datetime | None = None

    @property
    def share_before(self) -> float:
        """What the flag was rolled out to before, in percent; 0 of one that was off."""
        return self.from_percentage if self.was_enabled else 0.0

    @property
    def percentage(self) -> float:
        """What it has brought the flag to."""
        return self.share_before if self.at < 0 else self.stages[self.at].percentage

    @property
    def is_under_way(self) -> bool:
        """Whether it will still do something by itself."""
        return self.state in (State.PLANNED, State.RUNNING)

    @property
    def waits_for_second(self) -> bool:
        """Whether it may not begin yet, because nobody else has agreed."""
        return self.needs_second and self.second is None

    @property
    def next_at(self) -> datetime | None:
        """When it may go on at the earliest."""
        if not self.is_under_way:
            return None
        if self.stage_began_at is None:
            return self.starts_at
        return self.stage_began_at + timedelta(minutes=self.stages[self.at].minutes)


class Tally(msgspec.Struct, frozen=True):
    """What was counted in one stage, of those served (`new`) or of the others."""

    stage: int
    is_new: bool
    requests: int = 0
    errors: int = 0
    slow: int = 0  # requests over the limit of the guard that watches them
    people: int = 0
    completed: int = 0


class Move(StrEnum):
    """What a rollout does next."""

    HOLD = "hold"
    ADVANCE = "advance"
    FINISH = "finish"
    RETURN = "return"


@dataclass(frozen=True)
class Decision:
    """A move, with what the history says of it and the evidence for it."""

    move: Move
    says: Says
    judgements: tuple[Judgement, ...] = ()


def check_plan(stages: Sequence[Stage], guards: Sequence[Guard], percentage: float) -> None:
    """Raise Invalid for stages that do not rise from `percentage`, or guards that mean nothing."""
    wrong: list[tuple[str, str]] = []
    if not 1 <= len(stages) <= MOST_STAGES:
        wrong.append(("stages", N_("Name 1 to 20 stages.")))
    rising = [percentage, *(stage.percentage for stage in stages)]
    if any(later <= earlier for earlier, later in pairwise(rising)):
        wrong.append(("stages", N_("Each stage has to be more than the one before it.")))
    if any(not 0 < stage.percentage <= 100 for stage in stages):
        wrong.append(("stages", N_("A stage is a percentage above 0, and 100 at most.")))
    if any(not 0 <= stage.minutes <= 60 * 24 * 90 for stage in stages):
        wrong.append(("stages", N_("A stage is held for 0 minutes to 90 days.")))
    if len({guard.watch for guard in guards}) < len(guards):
        wrong.append(("guards", N_("Name each guard once.")))
    if any(not 0 < guard.margin <= 100 or guard.limit_ms < 1 for guard in guards):
        wrong.append(("guards", N_("A margin is above 0, and a limit is in milliseconds.")))
    if wrong:
        details = [{"field": field, "message": message} for field, message in wrong]
        raise Invalid(N_("Some of this needs another look."), details=details)


def decide(rollout: Rollout, tallies: Sequence[Tally], now: datetime) -> Decision:
    """What a rollout does now.

    It returns as soon as a guard is proved harmed, at whatever look; it advances when the stage
    has had its time and no guard is harmed, but waits for visitors where guards want evidence.
    """
    due = rollout.next_at
    if rollout.state is State.PLANNED:
        return _begun(rollout, now)
    judgements = judged(rollout, tallies)
    harms = [
        _harmed(guard, one)
        for guard, one in zip(rollout.guards, judgements, strict=True)
        if one.verdict is Verdict.HARMED
    ]
    if harms:
        return Decision(Move.RETURN, tuple(harms), judgements)
    if due is not None and now < due:
        holds = Saying("holds", {"percentage": rollout.percentage})
        return Decision(Move.HOLD, (holds,), judgements)
    if waiting := _without_evidence(rollout, judgements, now):
        return Decision(Move.HOLD, waiting, judgements)
    if rollout.at + 1 < len(rollout.stages):
        return Decision(Move.ADVANCE, _arrived(rollout), judgements)
    return Decision(Move.FINISH, (Saying("finishes"),), judgements)


def judged(rollout: Rollout, tallies: Sequence[Tally]) -> tuple[Judgement, ...]:
    """What is known of each guard, in their order."""
    return judge([guardrail(guard, tallies) for guard in rollout.guards])


def guardrail(guard: Guard, tallies: Sequence[Tally]) -> Guardrail:
    """A guard with what was counted, compared within each stage and then put together.

    Between stages the mix of arms changes, and with the hour so do errors: only within a stage
    are the two arms alike.
    """
    strata = []
    for stage in sorted({tally.stage for tally in tallies}):
        arms = {tally.is_new: tally for tally in tallies if tally.stage == stage}
        pair = _moments(arms.get(False), guard.watch), _moments(arms.get(True), guard.watch)
        if min(pair[0].units, pair[1].units) >= 2:
            strata.append((proportion_of(pair[0]), proportion_of(pair[1])))
    return Guardrail(
        guard.watch,
        stratified_difference(strata or [_nothing()]),
        guard.margin / 100,
        higher_is_better=guard.watch is Watch.COMPLETION,
        scale=Scale.SHARE,
    )


def changed_by_hand(rollout: Rollout, revision: int, flag: Flag) -> bool:
    """Whether somebody changed the flag since the rollout wrote it.

    Before it begins only whom the flag serves counts: a rollout is not to lower what it should
    raise, nor to switch on what somebody switched off.
    """
    if rollout.at < 0:
        served = (flag.enabled, flag.serve.rollout_percentage)
        return served != (rollout.was_enabled, rollout.from_percentage)
    return revision != rollout.revision


def share_of(flag: Flag) -> float:
    """What a flag is rolled out to now, in percent; 0 of one that is off."""
    return flag.serve.rollout_percentage if flag.enabled else 0.0


def moved(rollout: Rollout, decision: Decision, now: datetime, revision: int) -> Rollout:
    """The rollout after a move that was made; `revision` is that of the flag after it."""
    after = replace(rollout, says=decision.says, revision=revision)
    if decision.move is Move.ADVANCE:
        return replace(after, state=State.RUNNING, at=rollout.at + 1, stage_began_at=now)
    if decision.move is Move.FINISH:
        return replace(after, state=State.FINISHED, ended_at=now)
    if decision.move is Move.RETURN:
        return replace(after, state=State.RETURNED, ended_at=now)
    return after


def agreed(rollout: Rollout, by: Author) -> Rollout:
    """The rollout once a second person agreed to it.

    Raises Forbidden for one's own, Conflict when it waits for nobody.
    """
    if not rollout.is_under_way or not rollout.waits_for_second:
        raise Conflict(N_("This rollout waits for nobody."), error="already_decided")
    if by.user_id is None or by.user_id == rollout.author.user_id:
        raise Forbidden(
            N_("Another person has to look at what you proposed."), error="own_proposal"
        )
    return replace(rollout, second=by)


def stopped(rollout: Rollout, says: Says, now: datetime) -> Rollout:
    """The rollout after somebody ended it; Conflict when it had ended already."""
    if not rollout.is_under_way:
        raise Conflict(N_("This rollout has ended already."), error="rollout_ended")
    return replace(rollout, state=State.STOPPED, says=says, ended_at=now)


def _moments(tally: Tally | None, watch: Watch) -> Moments:
    if tally is None:
        return Moments()
    if watch is Watch.COMPLETION:
        return Moments.of_proportion(tally.people, tally.completed)
    count = tally.errors if watch is Watch.ERRORS else tally.slow
    return Moments.of_proportion(tally.requests, count)


def _nothing() -> Pair:
    return proportion_of(Moments()), proportion_of(Moments())


def _begun(rollout: Rollout, now: datetime) -> Decision:
    if rollout.waits_for_second:
        return Decision(Move.HOLD, (Saying("waits_for_second"),))
    if now < rollout.starts_at:
        return Decision(Move.HOLD, (Saying("waits_for_start"),))
    return Decision(Move.ADVANCE, _arrived(rollout))


def _arrived(rollout: Rollout) -> Says:
    """What it says once it is at the next stage."""
    return (Saying("holds", {"percentage": rollout.stages[rollout.at + 1].percentage}),)


def _harmed(guard: Guard, judgement: Judgement) -> Saying:
    """Why a guard is harmed, with its numbers."""
    one = judgement.guardrail
    facts = {"harm": one.harm.size, "least": max(judgement.least, 0.0), "margin": one.margin}
    return Saying(f"harmed_{guard.watch}", facts)


def _without_evidence(rollout: Rollout, judgements: Sequence[Judgement], now: datetime) -> Says:
    """What is waited for: that nobody was there does not prove that a guard holds.

    The last stage may have nobody left to compare with, and ends by its time.
    """
    unseen = [one for one in judgements if one.guardrail.effect.fewest < ENOUGH_UNITS]
    if not unseen or rollout.at + 1 == len(rollout.stages):
        return ()
    watches = [one.guardrail.name for one in unseen]
    waits = Saying("waits_for_visitors", {"count": ENOUGH_UNITS, "watches": watches})
    began = rollout.stage_began_at or now
    if now - began > PATIENCE:
        return (waits, Saying("should_be_looked_at"))
    return (waits,)
