"""Feature gates: whether somebody gets a feature, and if not, what is in the way."""

from collections.abc import Callable
from dataclasses import dataclass

from firstmile.guidance.knowing import Known
from firstmile.guidance.models import Needs


@dataclass(frozen=True)
class Passage:
    """Whether a gate is open for somebody; `reason` is `off`, `flag`, `role`, … when it is not."""

    is_allowed: bool
    reason: str | None = None
    blocked_by: tuple[str, ...] = ()


OPEN = Passage(is_allowed=True)


def passage(
    needs: Needs, known: Known, *, is_on: Callable[[str], bool], is_off: bool = False
) -> Passage:
    """What a gate says of somebody. With gating switched off every gate is open."""
    if is_off:
        return OPEN
    if needs.flag is not None and not is_on(needs.flag):
        return Passage(is_allowed=False, reason="flag", blocked_by=(needs.flag,))
    if needs.roles and not known.roles & set(needs.roles):
        return Passage(is_allowed=False, reason="role", blocked_by=needs.roles)
    if needs.permission is not None and needs.permission not in known.permissions:
        return Passage(is_allowed=False, reason="permission", blocked_by=(needs.permission,))
    if undone := known.undone(needs.steps):
        return Passage(is_allowed=False, reason="step", blocked_by=tuple(undone))
    return OPEN
