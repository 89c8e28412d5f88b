"""An edition: the definitions as they were put into force, by whom and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Invalid, NotFound, Stale
from firstmile.onboarding.changing.plans import Plan, Sums
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.moves import Move

MOST_REASON = 500  # characters
# Long enough to notice; what people did a quarter ago is no state to return to.
UNDO_KEPT = timedelta(days=90)
NOBODY = Sums()


@dataclass(frozen=True)
class Author:
    """Who puts definitions into force: a person, or a way in by its name."""

    name: str
    user_id: UUID | None = None


@dataclass(frozen=True)
class Wanted:
    """Definitions somebody wants in force, with the moves that lead to them.

    `migrations` holds moves by the name of the file they stand in, and `text` is what was read.
    """

    definitions: Definitions
    migrations: Mapping[str, tuple[Move, ...]] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True)
class Order:
    """Who wants it, and why. `seen` is the digest of the plan they looked at."""

    author: Author = Author("service")
    reason: str = ""
    seen: str | None = None


UNSAID = Order()


@dataclass(frozen=True)
class Edition:
    """What was put into force. `made` are all migrations made by then, by name."""

    number: int
    applied_at: datetime
    author: Author
    reason: str
    digest: str
    definitions: Definitions
    moves: tuple[Move, ...] = ()
    made: Mapping[str, tuple[Move, ...]] = field(default_factory=dict)
    text: str = ""
    sums: Sums = NOBODY
    undoes: int | None = None


def check_digest(plan: Plan, seen: str | None) -> None:
    """Raise Stale when this is not the plan somebody looked at."""
    if seen is not None and seen != plan.digest:
        raise Stale(
            N_("The steps changed since this plan was made. Look at the new one."),
            error="plan_changed",
            details={"digest": plan.digest},
        )


def check_seen(plan: Plan, seen: str | None) -> None:
    """Raise Conflict when nobody looked at a plan that opens again what people had completed."""
    if seen is None and plan.sums.reopened:
        raise Conflict(
            N_("People who are done would not be any more. Look at the plan and name it."),
            error="plan_unseen",
            facts={"reopened": plan.sums.reopened, "digest": plan.digest},
        )


def check_reason(reason: str) -> str:
    """The reason without its margins; Invalid when there is none, or a novel."""
    said = reason.strip()
    if not said:
        raise Invalid.field("reason", N_("Say why, in a sentence."))
    if len(said) > MOST_REASON:
        raise Invalid.field("reason", N_("Say it in 500 characters."))
    return said


def to_undo(editions: list[Edition], now: datetime) -> tuple[Edition, Edition]:
    """The edition that is undone next, and the one before it; `editions` newest first.

    Raises NotFound when there is none, Conflict when it is too long ago.
    """
    undone = {one.undoes for one in editions if one.undoes is not None}
    standing = [one for one in editions if one.undoes is None and one.number not in undone]
    if len(standing) < 2:
        raise NotFound(N_("There is nothing to undo."))
    if standing[0].applied_at < now - UNDO_KEPT:
        raise Conflict(
            N_("This is too long ago to be undone. Apply the steps you want instead."),
            error="undo_too_late",
        )
    return standing[0], standing[1]
