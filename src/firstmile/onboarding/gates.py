"""Which routes of the customer's own application wait for which steps: pure."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from firstmile.onboarding.models import Journey, StepBlockedNow, role_required


@dataclass(frozen=True)
class GatedRoute:
    """A path with everything beneath it, the steps it needs and the roles it is for."""

    path: str
    needs: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()


def check_gate(journey: Journey, routes: Sequence[GatedRoute], route: str) -> None:
    """Pass, or raise Forbidden or StepBlockedNow. A route that nothing mentions is open."""
    gate = gate_of(routes, route)
    if gate is None:
        return
    held = journey.traveller.roles
    # Who has no role yet is told the step that gives them one, when the route needs a step.
    if gate.roles and not gate.roles & held and (held or not gate.needs):
        raise role_required(gate.roles)
    if blockers := [key for key in gate.needs if not journey.is_done(key)]:
        raise StepBlockedNow(blockers, journey.next_toward(blockers))


def gate_of(routes: Sequence[GatedRoute], route: str) -> GatedRoute | None:
    """The most specific gate over a route."""
    path = normal_path(route)
    over = [gate for gate in routes if path == gate.path or path.startswith(f"{gate.path}/")]
    return max(over, key=lambda gate: len(gate.path), default=None)


def normal_path(route: str) -> str:
    """The path as the strictest reader of it would see it.

    Decoded until nothing changes, without dots, doubled slashes, query, parameters or case: a
    spelling that some server behind us may take for a gated path is treated as that path.
    """
    path = urlsplit(f"//host/{route.lstrip('/')}").path
    for _ in range(4):
        decoded = unquote(path)
        if decoded == path:
            break
        path = decoded
    path = path.replace("\\", "/").casefold()
    segments = [segment.partition(";")[0] for segment in path.split("/")]
    return posixpath.normpath("/" + "/".join(segments).lstrip("/"))
