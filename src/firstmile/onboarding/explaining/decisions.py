"""Why a step or a route is open to somebody, or is not: all that is asked, leaf by leaf.

The gate decides by the very same leaves (`Weighed`), so what is told here is what happened there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from firstmile.kernel.refusals import Refusal
from firstmile.onboarding.gates import GatedRoute, gates_over, readings, refusal_of, weighed
from firstmile.onboarding.leaves import Asks, Leaf, Met, Weighed
from firstmile.onboarding.models import (
    Definition,
    Journey,
    ProjectNeeded,
    Status,
    narrowed,
    not_meant,
)
from firstmile.onboarding.reasons import Reason, ReasonKind
from firstmile.targeting.compiling import compiled_condition
from firstmile.targeting.conditions import Condition
from firstmile.targeting.contexts import Context, reader


class What(StrEnum):
    """What a finding is about: a bracket around others, or a leaf."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    ROUTE = "route"
    ROLE = "role"
    MARKET = "market"
    ATTRIBUTE = "attribute"
    SHARE = "share"
    STEP = "step"
    PROJECT = "project"
    NOT_FOR_THEM = "not_for_them"


@dataclass(frozen=True)
class Finding:
    """Something that is asked, what the person has, and whether it holds.

    A finding with parts holds when all of them do; `any` when one does, `none` when none does.
    """

    what: What
    holds: bool
    name: str = ""
    asked: Sequence[Any] = ()
    has: Sequence[Any] = ()
    when: Condition | None = None
    reason: Reason | None = None
    parts: "tuple[Finding, ...]" = ()

    def told_to_them(self) -> "Finding":
        """The same for who it is about: of a condition which attribute it asks, not for what."""
        is_hidden = self.when is not None or self.what is What.NOT_FOR_THEM
        return replace(
            self,
            asked=() if is_hidden else self.asked,
            has=() if is_hidden else self.has,
            when=None,
            parts=tuple(part.told_to_them() for part in self.parts),
        )


@dataclass(frozen=True)
class Explanation:
    """The decision with its findings. `is_off` lets everybody pass, whatever they are."""

    finding: Finding
    refusal: Refusal | None
    is_off: bool = False
    step: Definition | None = None
    paths: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """What the gate says."""
        return self.is_off or self.refusal is None

    def told_to_them(self) -> "Explanation":
        """The same without what is not for who it is about."""
        return replace(self, finding=self.finding.told_to_them())


def explained_route(
    journey: Journey, routes: Sequence[GatedRoute], route: str, *, is_off: bool = False
) -> Explanation:
    """Why a route is open to somebody; raises Malformed for one that cannot be read."""
    asked = [(gate, weighed(journey, gate)) for gate in gates_over(routes, route)]
    refusals = (refusal_of(journey, one) for _, one in asked)
    return Explanation(
        _all(
            What.ALL,
            [_all(What.ROUTE, _parts(journey, one), name=gate.path) for gate, one in asked],
        ),
        next((one for one in refusals if one is not None), None),
        is_off,
        paths=tuple(readings(route)),
    )


def explained_step(journey: Journey, key: str) -> Explanation:
    """Why somebody may take a step; raises NotFound for one that is not defined."""
    step = journey.defined(key)
    asked = Weighed(
        [*journey.traveller.leaves_of(step)], [journey.met(need) for need in step.needs]
    )
    return Explanation(
        _all(What.ALL, [*_parts(journey, asked), *_project(journey, step)]),
        _refusal_of(journey, step, asked),
        step=step,
    )


def _refusal_of(journey: Journey, step: Definition, asked: Weighed) -> Refusal | None:
    """As changing the step would be refused."""
    if (leaf := asked.refused_by) is not None:
        return not_meant(leaf)
    return journey.blocked(asked.needs) or (None if journey.has_place(step) else ProjectNeeded())


def _project(journey: Journey, step: Definition) -> Iterator[Finding]:
    """The project a shared step is of: whoever has none cannot do it."""
    if step.is_shared:
        found = journey.traveller.membership
        yield Finding(What.PROJECT, found is not None, found.project if found else "")


def _parts(journey: Journey, asked: Weighed) -> Iterator[Finding]:
    for leaf in asked.leaves:
        yield _of_leaf(leaf, journey.traveller.context)
    for met in asked.needs:
        yield _of_need(journey, met)


def _of_leaf(leaf: Leaf, context: Context) -> Finding:
    if leaf.when is not None:
        return _of_condition(leaf.when, context, holds=leaf.holds)
    is_role = leaf.asks is Asks.ROLE
    asked = tuple(sorted(leaf.asked))
    return Finding(
        What.ROLE if is_role else What.MARKET,
        leaf.holds,
        asked=asked,
        has=sorted(leaf.has),
        reason=Reason(ReasonKind.ROLE if is_role else ReasonKind.MARKET, asked),
    )


def _of_condition(condition: Condition, context: Context, *, holds: bool | None = None) -> Finding:
    """A condition with what each of its parts saw."""
    if holds is None:
        holds = compiled_condition(condition, {})(context)
    if condition.attribute is not None:
        return Finding(
            What.ATTRIBUTE,
            holds,
            condition.attribute,
            condition.values,
            _held(reader(condition.attribute)(context)),
            condition,
            Reason(ReasonKind.PLAN, (condition.attribute,)),
        )
    what = What.SHARE
    for one, listed in (
        (What.ALL, condition.all_of),
        (What.ANY, condition.any_of),
        (What.NONE, condition.none_of),
    ):
        what = what if listed is None else one
    parts = tuple(_of_condition(part, context) for part in condition.parts)
    return Finding(what, holds, when=condition, parts=parts)


def _of_need(journey: Journey, met: Met) -> Finding:
    reason = None if met.holds else journey.reason(narrowed(met))
    if not met.mine:
        return Finding(What.NOT_FOR_THEM, met.holds, asked=met.need.any_of)
    steps = tuple(_of_step(journey, key, reason) for key in met.mine)
    if len(met.need.any_of) == 1:
        return steps[0]
    return Finding(What.ANY, met.holds, reason=reason, parts=steps)


def _of_step(journey: Journey, key: str, reason: Reason | None) -> Finding:
    step, holds = journey.defined(key), journey.is_done(key)
    if reason is not None:
        is_one = reason.kind is ReasonKind.STEP
        own = Reason(ReasonKind.STEP, (key,), (step.titles,), href=step.href, step=key)
        reason = reason if is_one else own
    has = (str(journey.status(step)),)
    asked = (str(Status.DONE), str(Status.SKIPPED))
    return Finding(What.STEP, holds, key, asked, has, reason=None if holds else reason)


def _held(value: Any) -> Sequence[Any]:
    """What is known of an attribute, as a list."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _all(what: What, parts: Iterator[Finding] | Sequence[Finding], *, name: str = "") -> Finding:
    listed = tuple(parts)
    return Finding(what, all(part.holds for part in listed), name, parts=listed)
