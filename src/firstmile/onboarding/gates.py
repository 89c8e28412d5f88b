"""Which routes of the customer's own application wait for which steps: pure."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Forbidden, Malformed
from firstmile.onboarding.leaves import Asks, Leaf, Weighed
from firstmile.onboarding.models import Journey, StepBlockedNow, Traveller, not_your_role
from firstmile.onboarding.reasons import Reason, Reasoned, ReasonKind
from firstmile.onboarding.requirements import Need, needs_of
from firstmile.targeting.comparing import Predicate
from firstmile.targeting.compiling import compiled_condition
from firstmile.targeting.conditions import Condition, attributes_in

SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)
QUERY = re.compile(r"[?#]")
END = re.compile(r"[?#\0]")  # where somebody who decodes first ends a path
IGNORED = "".join(map(chr, range(33))) + "\x7f"
DEPTH = 6


@dataclass(frozen=True)
class GatedRoute:
    """A path with everything beneath it, the steps it needs and the roles it is for."""

    path: str
    needs: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    needs_any: tuple[Need, ...] = ()
    markets: frozenset[str] = frozenset()
    when: Condition | None = None

    @cached_property
    def is_meant(self) -> Predicate | None:
        """Whether a context meets its condition; compiled once, with the route."""
        return None if self.when is None else compiled_condition(self.when, {})

    @cached_property
    def requirements(self) -> tuple[Need, ...]:
        """Everything that comes before it."""
        return needs_of(self.needs, self.needs_any)


class NotYourMarket(Reasoned, Forbidden):
    """It is for people of other markets."""

    error = "market_required"

    def __init__(self, markets: frozenset[str]) -> None:
        super().__init__(N_("This is not for your market."))
        self.reasons = [Reason(ReasonKind.MARKET, tuple(sorted(markets)))]


class NotYourPlan(Reasoned, Forbidden):
    """It is for people of whom something else is known, such as another plan."""

    error = "plan_required"

    def __init__(self, when: Condition) -> None:
        super().__init__(N_("This is not part of what your account has."))
        self.reasons = [Reason(ReasonKind.PLAN, tuple(dict.fromkeys(attributes_in(when))))]


def check_gate(journey: Journey, routes: Sequence[GatedRoute], route: str) -> None:
    """Pass, or raise Forbidden or StepBlockedNow. A route that nothing mentions is open."""
    for gate in gates_over(routes, route):
        if (refusal := refusal_of(journey, weighed(journey, gate))) is not None:
            raise refusal


def gates_over(routes: Sequence[GatedRoute], route: str) -> list[GatedRoute]:
    """The most specific gate over each reading of a route: it must be free in all of them."""
    found = {path: _gate_over(routes, path) for path in readings(route)}
    return list({gate.path: gate for gate in found.values() if gate is not None}.values())


def _gate_over(routes: Sequence[GatedRoute], path: str) -> GatedRoute | None:
    over = [gate for gate in routes if path == gate.path or path.startswith(f"{gate.path}/")]
    return max(over, key=lambda gate: len(gate.path), default=None)


def weighed(journey: Journey, gate: GatedRoute) -> Weighed:
    """All that a gate asks of somebody."""
    leaves = [*_leaves(journey.traveller, gate)]
    return Weighed(leaves, [journey.met(need) for need in gate.requirements])


def refusal_of(journey: Journey, asked: Weighed) -> StepBlockedNow | Forbidden | None:
    """How somebody is told that a gate is closed; None for one that is open."""
    leaf = asked.refused_by
    if leaf is None:
        return journey.blocked(asked.needs)
    if leaf.asks is Asks.ROLE:
        return not_your_role(leaf.asked)
    return NotYourMarket(leaf.asked) if leaf.when is None else NotYourPlan(leaf.when)


def _leaves(traveller: Traveller, gate: GatedRoute) -> Iterator[Leaf]:
    if gate.roles:
        # Who has no role yet is told the step that gives them one, when the route needs a step.
        may_get_one = not traveller.roles and bool(gate.requirements)
        fits = may_get_one or bool(gate.roles & traveller.roles)
        yield Leaf(Asks.ROLE, fits, gate.roles, traveller.roles)
    yield from traveller.leaves_in(gate.markets)
    if gate.is_meant is not None:
        yield Leaf(Asks.CONDITION, gate.is_meant(traveller.context), when=gate.when)


def normal_path(route: str) -> str:
    """The path of a route as a careful server reads it."""
    return readings(route)[0]


def readings(route: str) -> list[str]:
    """Every path some server may see in a route: with its dots resolved, and as it is walked.

    Decoded until nothing changes; without scheme and host, doubled slashes, query, parameters,
    trailing dots and spaces, or case. A query or a NUL that was encoded belongs to the path for
    one server and ends it for another. Raises Malformed for a route that is wrapped deeper than
    anything honest.
    """
    written = QUERY.split(SCHEME.sub("", route), maxsplit=1)[0]
    path = _decoded(written).replace("\\", "/").casefold()
    walked = [_walked(path), _walked(END.split(path, maxsplit=1)[0])]
    return list(dict.fromkeys(way for one in walked for way in (posixpath.normpath(one), one)))


def _walked(path: str) -> str:
    segments = map(_bare, path.split("/"))
    return "/" + "/".join(segment for segment in segments if segment not in ("", "."))


def _decoded(path: str) -> str:
    for _ in range(DEPTH):
        decoded = unquote(path)
        if decoded == path:
            return path
        path = decoded
    raise Malformed(N_("This route cannot be read."), error="route_unreadable")


def _bare(segment: str) -> str:
    """A segment without parameters and without the ends that some file systems ignore."""
    name = segment.partition(";")[0].strip(IGNORED)
    return name if name in (".", "..") else name.rstrip(IGNORED + ".")
