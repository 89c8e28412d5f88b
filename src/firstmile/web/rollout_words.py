"""Rollouts, their guards and schedules in the words of a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from babel.dates import format_timedelta
from babel.numbers import format_decimal

from firstmile.kernel.languages import N_, translate
from firstmile.release.figures import Figure, Form
from firstmile.release.guardrails import Judgement, Verdict
from firstmile.release.models import Author, Revision
from firstmile.release.rollouts import Guard, Rollout, State, Tally, Watch
from firstmile.release.sayings import percent, told
from firstmile.release.sequential import ENOUGH_UNITS
from firstmile.release.store_schedules import Schedule
from firstmile.web.moments import ago, on

STATES = {
    State.PLANNED: ("", N_("Planned")),
    State.RUNNING: ("badge-good", N_("Under way")),
    State.FINISHED: ("badge-good", N_("Finished")),
    State.RETURNED: ("badge-bad", N_("Went back by itself")),
    State.STOPPED: ("", N_("Ended early")),
}
GUARDS = {
    Watch.ERRORS: N_("Failed requests"),
    Watch.SLOW: N_("Slow answers"),
    Watch.COMPLETION: N_("Completed onboarding"),
}
PROMISES = {
    Watch.ERRORS: N_("Goes back when more than {margin} points more failures are proved."),
    Watch.SLOW: N_(
        "Goes back when more than {margin} points more answers over {limit} ms are proved."
    ),
    Watch.COMPLETION: N_("Goes back when more than {margin} points fewer completions are proved."),
}
VERDICTS = {
    Verdict.HOLDS: ("badge-good", N_("Holds")),
    Verdict.HARMED: ("badge-bad", N_("Harmed")),
    Verdict.UNKNOWN: ("", N_("Not known yet")),
}
PARTS = {
    "rollout": N_("the rollout itself"),
    "schedule": N_("a schedule"),
    "cli": N_("the command"),
}


@dataclass(frozen=True)
class Told:
    """What the words need: a language, the person's zone, the time, and names of people."""

    language: str
    zone: str | None
    now: datetime
    names: Mapping[UUID, str]

    def say(self, message: str, **facts: str) -> str:
        """A message with its facts."""
        return translate(self.language, message).format(**facts)

    def rollout(self, one: Rollout) -> dict[str, Any]:
        """A rollout as a line of a list."""
        badge, state = STATES[one.state]
        return {
            "id": str(one.id),
            "key": one.key,
            "environment": one.environment,
            "href": f"/console/rollouts/{one.id}",
            "flag_href": f"/console/flags/{one.environment}/{one.key}",
            "state": one.state,
            "badge": badge,
            "state_words": self.say(state),
            "is_under_way": one.is_under_way,
            "waits_for_second": one.is_under_way and one.waits_for_second,
            "ramp": self._ramp(one),
            "says": told(one.says, self.language),
            "reason": one.reason,
            "by": self.by(one.author),
            "second": self.by(one.second) if one.second else None,
            "next": self.moment(one.next_at) if one.next_at and not one.waits_for_second else None,
            "is_due": one.next_at is not None and one.next_at <= self.now,
            "ended": self.moment(one.ended_at) if one.ended_at else None,
        }

    def stages(self, one: Rollout) -> list[dict[str, Any]]:
        """Each stage with how long it is held, and when it began or may begin."""
        marks, found = self._ramp(one)[1:], []
        earliest = one.next_at
        for place, (stage, mark) in enumerate(zip(one.stages, marks, strict=True)):
            is_to_come = one.is_under_way and place > one.at and earliest is not None
            began = one.stage_began_at if place == one.at else None
            found.append(
                mark
                | {
                    "held": self._held(stage.minutes),
                    "began": self.moment(began) if began else None,
                    "earliest": self.moment(earliest) if is_to_come and earliest else None,
                }
            )
            if is_to_come and earliest is not None:
                earliest += timedelta(minutes=stage.minutes)
        return found

    def guard(self, guard: Guard, judgement: Judgement, tallies: Sequence[Tally]) -> dict[str, Any]:
        """A guard in sentences: what was counted, what is known of it, what it does."""
        badge, verdict = VERDICTS[judgement.verdict]
        return {
            "name": self.say(GUARDS[guard.watch]),
            "badge": badge,
            "verdict": self.say(verdict),
            "counted": self._counted(guard.watch, tallies),
            "known": self._known(judgement),
            "promise": self.say(
                PROMISES[guard.watch],
                margin=self._points(judgement.guardrail.margin),
                limit=str(guard.limit_ms),
            ),
        }

    def tally(self, one: Tally, rollout: Rollout) -> dict[str, Any]:
        """What was counted in one stage on one side."""
        share = rollout.stages[one.stage].percentage if one.stage < len(rollout.stages) else 0.0
        counts = (one.requests, one.errors, one.slow, one.people, one.completed)
        return {
            "stage": percent(share, self.language),
            "arm": self.say(N_("with it") if one.is_new else N_("without")),
            "counts": [format_decimal(count, locale=self.language) for count in counts],
        }

    def change(self, one: Revision) -> dict[str, Any]:
        """A change of the flag."""
        return {
            "reason": one.reason,
            "by": self.by(one.author),
            "when": self.moment(one.changed_at),
        }

    def schedule(self, one: Schedule) -> dict[str, Any]:
        """A flag that goes on or off at a moment."""
        goes = N_("{key} goes on") if one.enabled else N_("{key} goes off")
        went = N_("{key} was to go on") if one.enabled else N_("{key} was to go off")
        return {
            "id": str(one.id),
            "environment": one.environment,
            "what": self.say(goes if one.ended_at is None else went, key=one.key),
            "due": self.moment(one.due_at),
            "reason": one.reason,
            "by": self.by(one.author),
            "says": told(one.says, self.language),
            "is_planned": one.ended_at is None,
        }

    def moment(self, moment: datetime) -> dict[str, str]:
        """A moment as it is where the person is, and how long ago or ahead."""
        ahead = moment - self.now
        is_ahead = ahead > timedelta(0)
        return {
            "at": moment.isoformat(),
            "on": on(moment, self.language, self.zone),
            "ago": format_timedelta(ahead, add_direction=True, locale=self.language)
            if is_ahead
            else ago(moment, self.now, self.language),
        }

    def by(self, author: Author) -> str:
        """Who it was."""
        if author.user_id is None:
            return self.say(PARTS.get(author.name, author.name))
        return self.names.get(author.user_id) or self.say(N_("somebody whose account is gone"))

    def _ramp(self, one: Rollout) -> list[dict[str, Any]]:
        shares = [one.share_before, *(stage.percentage for stage in one.stages)]
        at = 0 if one.state is State.RETURNED else one.at + 1
        marks: list[dict[str, Any]] = []
        for place, share in enumerate(shares):
            mark = "done" if place < at else "now" if place == at else "to-come"
            words = {
                "done": N_("passed"),
                "now": N_("now") if one.is_under_way else N_("ended here"),
                "to-come": N_("to come") if one.is_under_way else N_("not reached"),
            }[mark]
            if one.state is State.RETURNED:
                if place == at:
                    words = N_("back here")
                elif place <= one.at + 1:
                    mark, words = "left", N_("left again")
            marks.append(
                {
                    "share": percent(share, self.language),
                    "mark": mark,
                    "words": self.say(words),
                }
            )
        return marks

    def _held(self, minutes: int) -> str:
        if minutes == 0:
            return self.say(N_("not held"))
        for unit, size in (("day", 1440), ("hour", 60)):
            if minutes % size == 0:
                return format_timedelta(
                    timedelta(minutes=minutes),
                    granularity=unit,  # type: ignore[arg-type]
                    threshold=10_000,
                    locale=self.language,
                )
        return format_timedelta(
            timedelta(minutes=minutes), granularity="minute", threshold=10_000, locale=self.language
        )

    def _counted(self, watch: Watch, tallies: Sequence[Tally]) -> str:
        arms = [_share(watch, tallies, is_new=is_new) for is_new in (True, False)]
        if None in arms:
            return self.say(N_("Nobody was counted on one of the sides yet."))
        new, old = (Figure(share or 0.0, Form.SHARE, 2).told(self.language) for share in arms)
        return self.say(N_("{new} with it, {old} without."), new=new, old=old)

    def _known(self, judgement: Judgement) -> str:
        few = judgement.guardrail.effect.fewest < ENOUGH_UNITS
        if few:
            return self.say(
                N_("Of fewer than {count} on each side nothing is concluded."),
                count=str(ENOUGH_UNITS),
            )
        margin = self._points(judgement.guardrail.margin)
        if judgement.verdict is Verdict.HARMED:
            least = self._points(max(judgement.least, 0.0))
            return self.say(N_("It is worse, by {least} points at least."), least=least)
        if judgement.verdict is Verdict.HOLDS:
            return self.say(N_("More than {margin} points of harm are ruled out."), margin=margin)
        if judgement.most == float("inf"):
            return self.say(N_("Nothing happened on either side that could be compared."))
        return self.say(
            N_("It may be worse by up to {most} points; {margin} are allowed."),
            most=self._points(max(judgement.most, 0.0)),
            margin=margin,
        )

    def _points(self, share: float) -> str:
        return Figure(share, Form.POINTS, 2).told(self.language)


def _share(watch: Watch, tallies: Sequence[Tally], *, is_new: bool) -> float | None:
    """The share of one side over all stages; None while nobody was counted."""
    arm = [one for one in tallies if one.is_new is is_new]
    if watch is Watch.COMPLETION:
        of, count = sum(one.people for one in arm), sum(one.completed for one in arm)
    else:
        of = sum(one.requests for one in arm)
        count = sum(one.errors if watch is Watch.ERRORS else one.slow for one in arm)
    return count / of if of else None
