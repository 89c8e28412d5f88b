"""Which routes of the customer's own application wait for which steps: pure."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Malformed
from firstmile.onboarding.models import Journey, not_your_role
from firstmile.onboarding.requirements import Need, needs_of

SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)
CUT = re.compile(r"[?#\0]")
IGNORED = "".join(map(chr, range(33))) + "\x7f"
DEPTH = 6


@dataclass(frozen=True)
class GatedRoute:
    """A path with everything beneath it, the steps it needs and the roles it is for."""

    path: str
    needs: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    needs_any: tuple[Need, ...] = ()

    @cached_property
    def requirements(self) -> tuple[Need, ...]:
        """Everything that comes before it."""
        return needs_of(self.needs, self.needs_any)


def check_gate(journey: Journey, routes: Sequence[GatedRoute], route: str) -> None:
    """Pass, or raise Forbidden or StepBlockedNow. A route that nothing mentions is open."""
    for gate in gates_over(routes, route):
        _check(journey, gate)


def gates_over(routes: Sequence[GatedRoute], route: str) -> list[GatedRoute]:
    """The most specific gate over each reading of a route: it must be free in all of them."""
    found = {path: _gate_over(routes, path) for path in readings(route)}
    return list({gate.path: gate for gate in found.values() if gate is not None}.values())


def _gate_over(routes: Sequence[GatedRoute], path: str) -> GatedRoute | None:
    over = [gate for gate in routes if path == gate.path or path.startswith(f"{gate.path}/")]
    return max(over, key=lambda gate: len(gate.path), default=None)


def _check(journey: Journey, gate: GatedRoute) -> None:
    held = journey.traveller.roles
    # Who has no role yet is told the step that gives them one, when the route needs a step.
    if gate.roles and not gate.roles & held and (held or not gate.requirements):
        raise not_your_role(gate.roles)
    journey.check_needs(gate.requirements)


def normal_path(route: str) -> str:
    """The path of a route as a careful server reads it."""
    return readings(route)[0]


def readings(route: str) -> list[str]:
    """Every path some server may see in a route: with its dots resolved, and as it is walked.

    Decoded until nothing changes; without scheme and host, doubled slashes, query, parameters,
    what follows a NUL, trailing dots and spaces, or case. Raises Malformed for a route that is
    wrapped deeper than anything honest.
    """
    path = _decoded(SCHEME.sub("", route)).replace("\\", "/").casefold()
    segments = [_bare(segment) for segment in CUT.split(path, maxsplit=1)[0].split("/")]
    walked = "/" + "/".join(segment for segment in segments if segment not in ("", "."))
    return [posixpath.normpath(walked), walked]


def _decoded(path: str) -> str:
    for _ in range(DEPTH):
        decoded = unquote(path)
        if decoded == path:
            return path
        path = decoded
    raise Malformed(N_("This route cannot be read."), error="route_unreadable")


def _bare(segment: str) -> str:
    """A segment without parameters and without the ends that some file systems ignore."""
    name = segment.partition(";")[0]
    return name if name in (".", "..") else name.strip(IGNORED).rstrip(".")
