"""What is switched off right now, in the memory of this process."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from firstmile.kernel.database import Connection
from firstmile.kernel.languages import N_


class Area(StrEnum):
    """A part of the product that can be switched off by itself; `global` is all of them."""

    GLOBAL = "global"
    GATING = "gating"
    ONBOARDING = "onboarding"
    GUIDANCE = "guidance"
    EXPERIMENTS = "experiments"
    SIGN_UP = "sign_up"


NAMES = {
    Area.GLOBAL: N_("Everything"),
    Area.GATING: N_("Gating"),
    Area.ONBOARDING: N_("Onboarding"),
    Area.GUIDANCE: N_("Guidance"),
    Area.EXPERIMENTS: N_("Experiments"),
    Area.SIGN_UP: N_("Sign-up"),
}
# What happens while an area is off; pages, the command and the reference say it in these words.
WHILE_OFF = {
    Area.GLOBAL: N_("All of the following at once. Signing in goes on."),
    Area.GATING: N_("Every signed-in person passes the gate, whatever their steps and roles."),
    Area.ONBOARDING: N_(
        "Nobody sees the checklist, its API answers that nothing is left, and the gate is open."
    ),
    Area.GUIDANCE: N_("Nobody is shown tips, tours or announcements."),
    Area.EXPERIMENTS: N_("Everybody gets what they would get without an experiment."),
    Area.SIGN_UP: N_("Nobody can make an account; those who have one sign in as always."),
}


@dataclass(frozen=True, slots=True)
class Off:
    """An area that is off: since when, why, and who did it; None is the command."""

    area: Area
    since: datetime
    reason: str
    staff_id: UUID | None = None


OffAt = Callable[[Connection, datetime], Awaitable[frozenset[Area]]]


class Switches:
    """What every request asks and nothing waits for.

    It is replaced as a whole when a hint says so, and stays as it was last known while the
    database is away. Packages ask `is_off`; only the process that keeps it up to date replaces.
    """

    def __init__(self, off_at: OffAt) -> None:
        self.off_at = off_at  # what was off at a moment gone by
        self.revision = -1
        self.off: tuple[Off, ...] = ()
        self._areas: frozenset[Area] = frozenset()
        self._after_change: list[Callable[[], None]] = []

    def after_change(self, act: Callable[[], None]) -> None:
        """Call `act` each time other areas are off than before."""
        self._after_change.append(act)

    def is_off(self, area: Area) -> bool:
        """Whether this area is off, by itself or with all others."""
        return area in self._areas

    def replace(self, off: Iterable[Off], revision: int) -> None:
        """From now on exactly these are off; a flip that only measures changes nothing."""
        before, self.off = self._areas, tuple(off)
        areas = frozenset(one.area for one in self.off)
        self._areas = frozenset(Area) if Area.GLOBAL in areas else areas
        self.revision = revision
        for act in self._after_change if self._areas != before else ():
            act()
