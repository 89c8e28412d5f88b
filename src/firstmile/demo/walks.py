"""How somebody who does not exist walks the steps, by luck and by the real rules."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import log
from uuid import UUID, uuid5

import msgspec

from firstmile.kernel.events import Event
from firstmile.kernel.ids import UserId
from firstmile.onboarding.events import Activated, JourneyStarted
from firstmile.onboarding.models import (
    Attributes,
    Change,
    Definition,
    Journey,
    State,
    Status,
    Traveller,
)
from firstmile.onboarding.store_simulated import Happened, Simulated

CROWD = UUID("0192f0c1-7a5e-7000-8000-00000000f00d")
DAY = timedelta(days=1)
SNOOZE = timedelta(days=7)
MARKETS = ("CA", "CA", "FR", "US")
ROLES = (*("owner",) * 6, "member", "member", "admin", "viewer")
PLANS = ("free", "free", "team", "enterprise")
AWAY = 0.14  # the share who leave before a step and come back another day
GONE_FOR_GOOD = 0.4  # of those who put a step off


@dataclass(frozen=True)
class Habit:
    """What people make of a step: shares of them, and the minutes half of them take."""

    minutes: float
    lost: float
    skipped: float = 0.0
    snoozed: float = 0.0

    def when_more_was_asked(self) -> "Habit":
        """What they made of it in the version before."""
        return replace(self, minutes=self.minutes * 5, lost=self.lost + 0.45)


USUAL = Habit(10, lost=0.12)
HABITS = {
    "verify-email": Habit(3, lost=0.07),
    "complete-profile": Habit(6, lost=0.1),
    "choose-market": Habit(2, lost=0.2, skipped=0.2, snoozed=0.08),
    "create-project": Habit(25, lost=0.14, snoozed=0.1),
    "payments": Habit(50, lost=0.1, snoozed=0.1),
}


class Walk:
    """One made-up person. The same place in the crowd has the same luck on every machine."""

    def __init__(self, place: int, began: datetime, now: datetime) -> None:
        self.luck = random.Random(f"first mile {place}")  # noqa: S311  luck, not secrets
        self.role = self.luck.choice(ROLES)
        plan = {"fictitious": True, "plan": self.luck.choice(PLANS)}
        # Who is invited has a role from the first minute; who owns, once there is something.
        roles = frozenset() if self.role == "owner" else frozenset({self.role})
        self.who = Traveller(
            UserId(uuid5(CROWD, str(place))),
            roles,
            attributes=Attributes(msgspec.json.encode(plan).decode()),
        )
        self.began, self.at, self.now = began, began, now
        self.states: dict[str, State] = {}
        self.since: dict[str, datetime] = {}
        self.happened: list[Happened] = []
        self._note(JourneyStarted(user_id=self.who.user_id))

    def through(self, steps: Sequence[Definition], *, current: Sequence[Definition]) -> Simulated:
        """Take the steps as far as luck and time allow; `current` tells which are of before."""
        versions = {step.key: step.version for step in current}
        for step in steps:
            journey = Journey(self.who, steps, self.states, self.at)
            if not self.who.may_take(step) or journey.blockers(step):
                continue
            habit = HABITS.get(step.key, USUAL)
            if step.version < versions[step.key]:
                habit = habit.when_more_was_asked()
            if not self._take(journey, step, habit) and step.required:
                break
        journey = Journey(self.who, steps, self.states, self.at)
        if journey.is_complete:
            self._note(Activated(user_id=self.who.user_id))
        return self._told(is_activated=journey.is_complete)

    def _take(self, journey: Journey, step: Definition, habit: Habit) -> bool:
        """Whether they settled it by now."""
        if self.luck.random() < AWAY:
            self.at += DAY * self.luck.uniform(0.6, 4)
        self.at += timedelta(minutes=self.luck.lognormvariate(log(habit.minutes), 0.9))
        if self.luck.random() < habit.snoozed:
            if not self._put_off(journey, step) or self.luck.random() < GONE_FOR_GOOD:
                return False
            self.at += SNOOZE + timedelta(hours=self.luck.uniform(0, 40))
        elif self.luck.random() < habit.lost:
            return False
        if self.at >= self.now:
            return False
        is_skipped = not step.required and self.luck.random() < habit.skipped
        self._settle(step, Status.SKIPPED if is_skipped else Status.DONE)
        return True

    def _put_off(self, journey: Journey, step: Definition) -> bool:
        if self.at >= self.now:
            return False
        at = replace(journey, now=self.at)
        self._change(step, at.snooze(step.key, self.at + SNOOZE))
        return True

    def _settle(self, step: Definition, status: Status) -> None:
        journey = Journey(self.who, [step], self.states, self.at)
        reason = "person" if step.by_person else "fact"
        self._change(step, journey.changed(step, status, reason))
        if status is not Status.DONE:
            return
        if step.fact:
            self.who = replace(self.who, facts=self.who.facts | {step.fact})
        if step.fact == "market_chosen":
            self.who = replace(self.who, market=self.luck.choice(MARKETS))
        if step.fact == "project_joined":
            self.who = replace(self.who, roles=frozenset({self.role}))

    def _change(self, step: Definition, change: Change) -> None:
        self.states[step.key], events = change
        self.since[step.key] = self.at
        for event in events:
            self._note(event)

    def _note(self, event: Event) -> None:
        event_id = uuid5(self.who.user_id, str(len(self.happened)))
        self.happened.append(Happened(event_id, event, self.at))

    def _told(self, *, is_activated: bool) -> Simulated:
        return Simulated(
            self.who,
            self.began,
            self.at if is_activated else None,
            {key: (state, self.since[key]) for key, state in self.states.items()},
            self.happened,
        )
