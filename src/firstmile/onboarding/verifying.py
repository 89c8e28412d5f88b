"""How a step is found to be done: by events that are counted, or by the verdict of a server."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from firstmile.kernel.ids import UserId


@dataclass(frozen=True)
class Happened:
    """Something that a person did elsewhere; `id` tells it from every other of theirs.

    `project_id` is the project it is said to have happened in.
    """

    user_id: UserId
    id: str
    name: str
    at: datetime
    project_id: UUID | None = None


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

    def made_enough(self, kept: Mapping[str, datetime], new: Sequence[Happened]) -> Happened | None:
        """Which of the new events, in the order of time, made those kept enough; None if none did.

        `kept` is when each of all of them was, by its id.
        """
        ordered = sorted((one for one in new if one.id in kept), key=lambda one: one.at)
        before = [at for key, at in kept.items() if key not in {one.id for one in ordered}]

        def is_enough(number: int) -> bool:
            return self.is_met(sorted([*before, *(one.at for one in ordered[:number])]))

        if not ordered or not is_enough(len(ordered)):
            return None
        return ordered[bisect_left(range(1, len(ordered)), 1, key=is_enough)]


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
    """Where the verification of a step stands, with what is wrong, or why it was opened again.

    `at` is when it was opened again.
    """

    state: Judged
    errors: tuple[Fault, ...] = ()
    reason: str = ""
    at: datetime | None = None


PENDING = Verdict(Judged.PENDING)


def counted_since(verdict: Verdict | None, changed_at: datetime | None) -> datetime | None:
    """Since when events count for a step: since it was opened again, or whenever they happened.

    What completed it before does not complete it once more.
    """
    return None if verdict is None else verdict.at or changed_at
