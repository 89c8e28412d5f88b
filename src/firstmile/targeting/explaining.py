"""Why a flag came to its value for somebody: every question it asked, and what each saw.

The outcome is that of the very functions an evaluation calls, in the same order.
"""

from collections.abc import Iterator
from typing import Any

from .compiling import Stage, compiled_condition, last_of, stages
from .conditions import Condition, Document, Share
from .contexts import Context, reader, unit_of
from .flags import ErrorCode, Flag, Segment, Serve
from .hashing import Hash
from .outcomes import Outcome
from .sharing import limits_of, places, salt_of
from .snapshots import Snapshot

# With these nothing was asked: the flag is not there, or makes no sense.
UNASKED = {ErrorCode.FLAG_NOT_FOUND, ErrorCode.PARSE_ERROR, ErrorCode.GENERAL}


class Limit(Document, frozen=True):
    """The places of a variant: from `begin` up to, not including, `end`."""

    variant: str
    begin: int
    end: int


class Place(Document, frozen=True):
    """Where a unit fell; without a unit nobody could be told apart."""

    by: str
    salt: str
    hash_version: Hash
    unit: str | None
    place: int | None
    limits: tuple[Limit, ...]


class Seen(Document, frozen=True):
    """A part of a condition, what it looked at and whether it held.

    `at` is its place in the flag's document, or in that of the segment it belongs to.
    """

    at: str
    condition: Condition
    holds: bool
    value: Any = None
    place: Place | None = None


class Taken(Document, frozen=True):
    """A question the flag asked; the one that decides is the last.

    `came_to` is the variant of the other flag that this one waits for.
    """

    at: str
    decides: bool
    came_to: str | None = None
    seen: tuple[Seen, ...] = ()
    place: Place | None = None


class Explanation(Document, frozen=True):
    """An outcome, and the questions that led to it."""

    environment: str
    revision: int
    outcome: Outcome
    steps: tuple[Taken, ...] = ()


def explained(snapshot: Snapshot, key: str, context: Context) -> Explanation:
    """Why a flag of the snapshot comes to its value for a context."""
    outcome = snapshot.evaluate(key, context)
    name, revision = snapshot.contents.environment, snapshot.revision
    if outcome.error in UNASKED:
        return Explanation(name, revision, outcome)
    flag, steps = snapshot.flags[key], []
    outcome = last_of(flag)
    for stage in stages(flag, snapshot.segments, snapshot.resolve) if flag.enabled else ():
        found = stage.ask(context)
        steps.append(_taken(snapshot, flag, stage, context, decides=found is not None))
        if found is not None:
            outcome = found
            break
    else:
        steps.append(Taken("offVariant" if flag.enabled else "enabled", decides=True))
    return Explanation(name, revision, outcome, tuple(steps))


def place_of(serve: Serve, flag_key: str, context: Context) -> Place:
    """Where a unit falls among those who are served so."""
    position, limits = places(serve, flag_key)
    unit = unit_of(reader(serve.by)(context))
    return Place(
        serve.by,
        salt_of(serve, flag_key),
        serve.hash_version,
        unit,
        None if unit is None else position(unit),
        tuple(Limit(*limit) for limit in limits),
    )


def _taken(
    snapshot: Snapshot, flag: Flag, stage: Stage, context: Context, *, decides: bool
) -> Taken:
    if stage.at.startswith("prerequisites."):
        needed = flag.prerequisites[int(stage.at.partition(".")[2])]
        came_to = snapshot.evaluate(needed.flag, context).variant
        return Taken(stage.at, decides, came_to)
    seen: tuple[Seen, ...] = ()
    if stage.rule is not None:
        seen = tuple(_Looking(snapshot, context).at(stage.rule.when, f"{stage.at}.when"))
        if not compiled_condition(stage.rule.when, snapshot.segments)(context):
            return Taken(stage.at, decides, seen=seen)
    hashes = stage.serve is not None and (
        stage.serve.weights or stage.serve.rollout_percentage < 100
    )
    place = place_of(stage.serve, flag.key, context) if stage.serve and hashes else None
    return Taken(stage.at, decides, seen=seen, place=place)


class _Looking:
    """Goes through a condition, and through each segment it comes upon once."""

    def __init__(self, snapshot: Snapshot, context: Context) -> None:
        self._snapshot = snapshot
        self._context = context
        self._documents: dict[str, Segment] = {one.key: one for one in snapshot.contents.segments}

    def at(self, condition: Condition, at: str) -> Iterator[Seen]:
        """What each part of a condition saw."""
        holds = compiled_condition(condition, self._snapshot.segments)(self._context)
        if condition.attribute is not None:
            value = reader(condition.attribute)(self._context)
            yield Seen(at, condition, holds, value)
        elif condition.share is not None:
            yield Seen(at, condition, holds, place=self._place(condition.share))
        elif condition.segment is not None:
            yield Seen(at, condition, holds)
            segment = self._documents.pop(condition.segment, None)
            if segment is not None and segment.when is not None:
                yield from self.at(segment.when, f"segments.{segment.key}.when")
        for name, parts in (
            ("allOf", condition.all_of),
            ("anyOf", condition.any_of),
            ("noneOf", condition.none_of),
        ):
            for place, part in enumerate(parts or ()):
                yield from self.at(part, f"{at}.{name}.{place}")

    def _place(self, share: Share) -> Place:
        position, begin, end = limits_of(share)
        unit = unit_of(reader(share.by)(self._context))
        place = None if unit is None else position(unit)
        return Place(
            share.by, share.salt, share.hash_version, unit, place, (Limit("", begin, end),)
        )
