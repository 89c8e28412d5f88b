"""How a step is found to be done: by events that are counted, or by the verdict of a server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True)
class Counted:
    """Events of a name complete the step: `count` of them, within so many seconds of each other.

    Without `within` any that are kept count, which is a year.
    """

    event: str
    count: int = 1
    within: int | None = None

    def is_met(self, moments: Sequence[datetime]) -> bool:
        """Whether some of these moments, oldest first, are enough and close enough together."""
        if self.within is None:
            return len(moments) >= self.count
        longest = timedelta(seconds=self.within)
        runs = zip(moments, moments[self.count - 1 :], strict=False)
        return any(last - first <= longest for first, last in runs)


@dataclass(frozen=True)
class Called:
    """The customer's server says whether it is done; it is asked at `url`, or at the usual one."""

    url: str | None = None


class Judged(StrEnum):
    """What a server said of a step that is not done: nothing yet, no, or no longer."""

    PENDING = "pending"
    FAILED = "failed"
    REOPENED = "reopened"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, as the customer's server puts it."""

    code: str
    message: str


@dataclass(frozen=True)
class Verdict:
    """Where the verification of a step stands, with what is wrong, or why it was opened again."""

    state: Judged
    errors: tuple[Fault, ...] = ()
    reason: str = ""


PENDING = Verdict(Judged.PENDING)
