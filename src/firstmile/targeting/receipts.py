"""Receipts: an evaluation with all it stood on, to be replayed when everything else changed."""

from collections.abc import Iterator
from typing import Any

import msgspec

from .conditions import Condition, Document, attributes_in, segments_in, shares_in
from .contexts import TARGETING_KEY, Context
from .explaining import Explanation, explained
from .flags import Flag, Segment
from .outcomes import Outcome
from .snapshots import Contents, Snapshot
from .waiting import needed_by


class Receipt(Document, frozen=True):
    """The flags and segments that took part, the attributes they read, and what came of it."""

    contents: Contents
    context: dict[str, Any]
    outcome: Outcome


def receipt_of(snapshot: Snapshot, key: str, context: Context) -> Receipt:
    """The receipt of evaluating a flag; of the context only what can have mattered."""
    flags = _taking_part(snapshot, key)
    segments = _segments(snapshot, [rule.when for flag in flags for rule in flag.rules])
    names = {name for flag in flags for name in _attributes(flag)}
    names |= {name for one in segments if one.when for name in _attributes_of(one.when)}
    # `plan.name` may be an attribute of that name, or the name within the plan.
    kept = names | {name.partition(".")[0] for name in names}
    contents = msgspec.structs.replace(snapshot.contents, flags=flags, segments=segments)
    return Receipt(
        contents,
        {name: value for name, value in context.items() if name in kept},
        snapshot.evaluate(key, context),
    )


def replayed(receipt: Receipt) -> tuple[Explanation, bool]:
    """The evaluation once more, explained, and whether it came to the same."""
    again = explained(Snapshot(receipt.contents), receipt.outcome.key, receipt.context)
    return again, again.outcome == receipt.outcome


def _taking_part(snapshot: Snapshot, key: str) -> tuple[Flag, ...]:
    if key not in snapshot.flags:
        return ()
    keys = {key} | needed_by(snapshot.flags, key)
    return tuple(flag for flag in snapshot.contents.flags if flag.key in keys)


def _segments(snapshot: Snapshot, conditions: list[Condition]) -> tuple[Segment, ...]:
    by_key = {segment.key: segment for segment in snapshot.contents.segments}
    found: dict[str, Segment] = {}
    while conditions:
        for name in segments_in(conditions.pop()):
            if name in by_key and name not in found:
                segment = found[name] = by_key[name]
                conditions += [segment.when] if segment.when is not None else []
    return tuple(one for one in snapshot.contents.segments if one.key in found)


def _attributes(flag: Flag) -> Iterator[str]:
    yield from (TARGETING_KEY, "market", flag.serve.by)
    for rule in flag.rules:
        yield rule.serve.by
        yield from _attributes_of(rule.when)


def _attributes_of(condition: Condition) -> Iterator[str]:
    yield from attributes_in(condition)
    yield from (share.by for share in shares_in(condition))
