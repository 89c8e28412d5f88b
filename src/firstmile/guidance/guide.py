"""What somebody is shown: the contents and gates for them, on a route, in a language."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from firstmile.guidance import store, store_attention, store_counts
from firstmile.guidance.asking import Asking, who_asks
from firstmile.guidance.attention import (
    ANSWERED,
    PASSING,
    WEEK,
    Decision,
    Numbers,
    Past,
    Situation,
    Tips,
    decide,
)
from firstmile.guidance.gates import Passage, passage
from firstmile.guidance.knowing import NextStep
from firstmile.guidance.models import Kind, Needs
from firstmile.guidance.neighbours import Neighbours
from firstmile.guidance.shelf import Piece, Segments, Shelf, Told, shelved
from firstmile.guidance.store_attention import Interruptions, Remembered
from firstmile.kernel.database import Connection, Database
from firstmile.kernel.visit import Visit
from firstmile.kernel.work import Work
from firstmile.protect.switches import Area, Switches

TOPIC = "guidance"
NOTHING = Remembered(Past())


class ResumeOut(msgspec.Struct, rename="camel"):
    """Where somebody left a tour."""

    key: str
    step: str


class PreferencesOut(msgspec.Struct, rename="camel"):
    """How much somebody wants of it: `all`, `fewer` or `off`."""

    tips: Tips


class Guided(msgspec.Struct, rename="camel"):
    """What somebody is shown, as the state of the embed has it."""

    gates: list[Told]
    content: list[Told]
    resume: ResumeOut | None
    preferences: PreferencesOut


class Guide:
    """What is published, in memory: replaced when a hint says so, never waited for."""

    def __init__(self, neighbours: Neighbours, switches: Switches, numbers: Numbers) -> None:
        self.neighbours = neighbours
        self.numbers = numbers
        self._switches = switches
        self._shelves: dict[str, Shelf] = {}
        self._loading = asyncio.Lock()
        self._counted: Counter[store_counts.Counted] = Counter()
        self._after_change: list[Callable[[], None]] = []

    def after_change(self, act: Callable[[], None]) -> None:
        """Call `act` each time something else is published, or quiet begins or ends."""
        self._after_change.append(act)

    def shelf(self, environment: str) -> Shelf:
        """What is published in an environment; nothing in one that is not there."""
        return self._shelves.get(environment) or Shelf(environment)

    @property
    def is_off(self) -> bool:
        """Whether guidance is switched off."""
        return self._switches.is_off(Area.GUIDANCE)

    async def told(
        self,
        visit: Visit,
        db: Connection,
        *,
        environment: str,
        route: str,
        language: str | None = None,
    ) -> Guided:
        """What who asks is shown on a route, the best first. Only reads.

        `language` is what the embed asked for, else that of the person or their browser.
        """
        asking = await who_asks(
            visit, db, self.neighbours, environment=environment, route=route, language=language
        )
        return await self.for_one(db, asking)

    async def for_one(self, db: Connection, asking: Asking) -> Guided:
        """The same for somebody who is known."""
        shelf = self.shelf(asking.environment)
        preferences = PreferencesOut(asking.tips)
        gates = [self._gate(piece, asking) for piece in shelf.gates]
        if self.is_off:
            return Guided(gates, [], None, preferences)
        had = await self.had(db, asking)
        resumed = self._resumed(shelf, asking)
        content = [
            piece.said(asking.language)
            for piece in self.eligible(shelf, asking)
            if piece is resumed or self._may_be_shown(piece, asking, had)
        ]
        if resumed and resumed.said(asking.language) not in content:
            content.insert(0, resumed.said(asking.language))
        return Guided(gates, content, self._resume_out(resumed, asking), preferences)

    def eligible(self, shelf: Shelf, asking: Asking) -> Iterator[Piece]:
        """What its author means for somebody here and now, whatever they saw before."""
        context = asking.context
        for piece in shelf.fitting(context, asking.route, asking.now):
            if self.flag_lets(piece, asking):
                yield piece

    def flag_lets(self, piece: Piece, asking: Asking) -> bool:
        """Whether the flag of a content is on for somebody; True where it has none."""
        flag = piece.content.flag
        return flag is None or self.neighbours.is_on(flag, asking.context, asking.environment)

    def is_meant(self, piece: Piece, asking: Asking) -> bool:
        """Whether its author means it for somebody now, on whatever route."""
        is_theirs = piece.is_in_time(asking.now) and piece.holds(asking.context)
        return is_theirs and self.flag_lets(piece, asking)

    async def had(self, db: Connection, asking: Asking) -> Interruptions:
        """What interrupted somebody within the last week."""
        if asking.sitting is None:
            return Interruptions((), None)
        since = asking.now - WEEK
        return await store_attention.interruptions(db, asking.sitting.id, since, asking.now)

    def situation(
        self,
        piece: Piece,
        asking: Asking,
        had: Interruptions,
        session_since: datetime | None = None,
    ) -> Situation:
        """All that the rule of attention looks at, for a content and somebody."""
        content, shelf = piece.content, self.shelf(asking.environment)
        return Situation(
            now=asking.now,
            past=asking.remembered.get(content.key, NOTHING).past,
            frequency=content.frequency,
            tips=asking.tips,
            is_tip=content.kind is Kind.TIP,
            takes_attention=content.takes_attention,
            interruptions=had.moments,
            session_since=session_since,
            held_until=had.held_until,
            quiet_until=shelf.quiet_until,
            is_off=self.is_off,
        )

    def decided(self, situation: Situation) -> Decision:
        """What the rule says."""
        return decide(situation, self.numbers)

    def passage(self, piece: Piece, asking: Asking) -> Passage:
        """What a gate says of somebody."""
        return passage(
            piece.content.needs or Needs(),
            asking.known,
            is_on=lambda flag: self.neighbours.is_on(flag, asking.context, asking.environment),
            is_off=self._switches.is_off(Area.GATING),
        )

    def count(self, environment: str, key: str, version: int, kind: str, reason: str = "") -> None:
        """Add one to a total, which is written later; of whom is not kept."""
        self._counted[environment, key, version, kind, reason] += 1

    async def write(self, work: Work) -> None:
        """Write what was counted."""
        counted, self._counted = self._counted, Counter()
        if counted:
            await store_counts.add_counts(work.db, counted, work.now.date())

    async def load(self, database: Database) -> None:
        """Read what is published, where it is another than before."""
        async with self._loading, database.lease() as db:
            revisions, quiet = await store.revisions(db), await store.quiet(db)
            before = self._in_force()
            for name in {*revisions, *quiet, *self._shelves}:
                until, reason = quiet.get(name, (None, ""))
                shelf = self.shelf(name)
                if shelf.revision != revisions.get(name, 0):
                    shelf = await self._read(db, name, revisions[name])
                self._shelves[name] = replace(shelf, quiet_until=until, quiet_reason=reason)
        for act in self._after_change if self._in_force() != before else ():
            act()

    def _in_force(self) -> set[object]:
        return {(name, one.revision, one.quiet_until) for name, one in self._shelves.items()}

    async def _read(self, db: Connection, environment: str, revision: int) -> Shelf:
        published = await store.in_force(db, environment)
        return shelved(environment, revision, published, Segments(self.neighbours, environment))

    def _may_be_shown(self, piece: Piece, asking: Asking, had: Interruptions) -> bool:
        decision = self.decided(self.situation(piece, asking, had))
        has_leave = piece.content.key in had.held_by
        return decision.ignoring(ANSWERED if has_leave else PASSING).reason is None

    def _resumed(self, shelf: Shelf, asking: Asking) -> Piece | None:
        """The tour that somebody is in the middle of, if it is still meant for them."""
        for piece in shelf.pieces:
            found = asking.remembered.get(piece.content.key)
            steps = {step.key for step in piece.content.steps}
            is_left = found and found.step in steps and found.past.interacted_at is None
            is_left = is_left and piece.is_of(asking.route)
            if is_left and asking.tips is not Tips.OFF and self.is_meant(piece, asking):
                return piece
        return None

    def _resume_out(self, piece: Piece | None, asking: Asking) -> ResumeOut | None:
        if piece is None:
            return None
        key = piece.content.key
        return ResumeOut(key, asking.remembered[key].step or "")

    def _gate(self, piece: Piece, asking: Asking) -> Told:
        found = self.passage(piece, asking)
        key = piece.content.key
        kind = "gate_open" if found.is_allowed else "gate_closed"
        self.count(asking.environment, key, piece.version, kind, found.reason or "")
        step = asking.known.toward(found.blocked_by) if found.reason == "step" else None
        return {
            "key": key,
            "allowed": found.is_allowed,
            "reason": found.reason,
            "blockedBy": list(found.blocked_by) if found.reason == "step" else [],
            "next": _told_step(step),
            **piece.said(asking.language),
        }


def _told_step(step: NextStep | None) -> dict[str, Any] | None:
    return None if step is None else {"key": step.key, "title": step.title, "href": step.href}
