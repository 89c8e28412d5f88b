"""Steps, their editions and plans in the words of a page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from babel.numbers import format_decimal

from firstmile.kernel.languages import N_
from firstmile.onboarding.changing.editions import Edition
from firstmile.onboarding.changing.plan_words import changed_lines, happens_to
from firstmile.onboarding.changing.plans import Group, Plan, Sums
from firstmile.onboarding.files.writing import written, written_moves
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.step_models import Definition, Status
from firstmile.web.flag_words import Words
from firstmile.web.moments import told_moment

STATUSES = {
    Status.TODO: N_("to do"),
    Status.IN_PROGRESS: N_("begun"),
    Status.DONE: N_("done"),
    Status.SKIPPED: N_("skipped"),
    Status.SNOOZED: N_("put off"),
    Status.LOCKED: N_("locked"),
}
ROLES = {
    "owner": N_("Owner"),
    "admin": N_("Admin"),
    "member": N_("Member"),
    "viewer": N_("Viewer"),
}
WAYS = {
    "cli": N_("the command line"),
    "service": N_("the start of the service"),
    "migration": N_("an update of Firstmile"),
}
SUMS = {
    "completed": N_("complete"),
    "activated": N_("activated"),
    "reopened": N_("no longer complete"),
    "deactivated": N_("no longer activated"),
    "blocked": N_("shut out of a route"),
}
GRIEVES = ("reopened", "deactivated", "blocked")
SHOWN = 40  # groups of people; the rest are counted together


class StepWords(Words):
    """Says steps in one language."""

    def step(self, step: Definition, people: Mapping[str, int]) -> dict[str, Any]:
        """A step in force, and how many people are where, or projects when they share it."""
        return {
            "key": step.key,
            "title": step.title(self.language),
            "description": step.description(self.language),
            "version": step.version,
            "required": step.required,
            "isShared": step.is_shared,
            "weight": step.weight,
            "roles": self.listed([self.say(ROLES[role]) for role in sorted(step.roles)]),
            "markets": self.listed([self.market(code) for code in sorted(step.markets)]),
            "needs": self.listed([" / ".join(need.any_of) for need in step.needs]),
            "people": [
                {"status": str(status), "words": self.say(name), "count": self.number(count)}
                for status, name in STATUSES.items()
                if (count := people.get(status, 0)) and status is not Status.TODO
            ],
        }

    def route(self, route: GatedRoute) -> dict[str, Any]:
        """A gated route."""
        return {
            "path": route.path,
            "needs": self.listed([" / ".join(need.any_of) for need in route.requirements]),
            "roles": self.listed([self.say(ROLES[role]) for role in sorted(route.roles)]),
        }

    def edition(
        self, one: Edition, before: Edition | None, names: Mapping[UUID, str], now: datetime
    ) -> dict[str, Any]:
        """An edition with its lines that differ from those of the one before."""
        old = written(before.definitions).splitlines() if before is not None else []
        lines = changed_lines(old, written(one.definitions).splitlines())
        return {
            "number": one.number,
            "reason": one.reason,
            "by": self._author(one, names),
            "undoes": one.undoes,
            **told_moment(one.applied_at, now, self.language),
            "lines": [{"sign": line[:1].strip(), "text": line} for line in lines] if before else [],
            "moves": written_moves(one.moves) if one.moves else "",
            "sums": self.sums(one.sums),
        }

    def plan(self, plan: Plan) -> dict[str, Any]:
        """What a change would do, the largest groups first."""
        groups = sorted(
            ((group, people) for group, people in plan.groups.items() if happens_to(group)),
            key=lambda one: -one[1],
        )
        rest = groups[SHOWN:]
        return {
            "digest": plan.digest,
            "is_nothing": plan.is_nothing,
            "added": plan.added,
            "changed": plan.changed,
            "removed": plan.removed,
            "renamed": plan.renamed,
            "sums": self.sums(plan.sums),
            "takes": bool(plan.sums.reopened),
            "reopened": self.number(plan.sums.reopened),
            "groups": [self._group(group, people) for group, people in groups[:SHOWN]],
            "others": len(rest),
            "people_of_others": self.number(sum(people for _, people in rest)),
        }

    def sums(self, sums: Sums) -> dict[str, Any]:
        """All groups together."""
        return {
            "people": sums.people,
            "people_words": self.number(sums.people),
            "moved": self.number(sums.moved),
            "projects": sums.projects,
            "follow": [
                {
                    "count": self.number(count),
                    "words": self.say(words),
                    "is_bad": name in GRIEVES,
                }
                for name, words in SUMS.items()
                if (count := getattr(sums, name))
            ],
        }

    def number(self, count: int) -> str:
        """A whole number as people of the language write it."""
        return str(format_decimal(count, locale=self.language))

    def _group(self, group: Group, people: int) -> dict[str, Any]:
        before, after = group.progress
        follow = [
            {"words": self.say(words), "is_bad": name in GRIEVES}
            for name, words in SUMS.items()
            if name != "blocked" and getattr(group, name)
        ]
        closed = [
            {"words": self.say(N_("shut out of %(path)s"), path=path), "is_bad": True}
            for path in group.blocked
        ]
        return {
            "people": self.number(people),
            "roles": self.listed([self.say(ROLES[role]) for role in group.roles]),
            "market": self.market(group.market) if group.market else "",
            "moved": [
                {"key": key, "before": self._status(was), "after": self._status(will)}
                for key, was, will in group.moved
            ],
            "before": self.percent(before),
            "after": self.percent(after),
            "is_same": before == after,
            "follow": [*follow, *closed],
        }

    def _status(self, status: Status | None) -> str:
        return self.say(N_("not asked for")) if status is None else self.say(STATUSES[status])

    def _author(self, one: Edition, names: Mapping[UUID, str]) -> str:
        if one.author.user_id is not None:
            return names.get(one.author.user_id) or self.say(N_("staff who left"))
        way = WAYS.get(one.author.name)
        return self.say(way) if way else one.author.name
