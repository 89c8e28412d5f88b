"""What a change would change: for whom a flag comes to another variant, before it is published."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from firstmile.targeting.conditions import segments_in
from firstmile.targeting.contexts import Context
from firstmile.targeting.flags import Flag, Segment
from firstmile.targeting.snapshots import Contents, Snapshot

MOST_FLAGS = 50  # that are asked; a segment may be named by thousands
Documents = tuple[Mapping[str, Flag], Mapping[str, Segment]]

ELSEWHERE = ""  # the market of whoever does not say one


@dataclass(frozen=True)
class Turn:
    """So many go from one variant to another; None is the application's own default."""

    flag: str
    before: str | None
    after: str | None
    count: int
    markets: Mapping[str, int]


@dataclass(frozen=True)
class Preview:
    """What a change would change among `seen` units that were lately answered.

    `others` are the flags that follow from what is changed; `not_asked` of them are too many to
    be asked here. `unknown` are attributes the change reads that nobody's sample holds.
    """

    seen: int
    turns: tuple[Turn, ...]
    others: tuple[str, ...]
    not_asked: int
    unknown: tuple[str, ...]

    @property
    def changing(self) -> int:
        """How many answers change."""
        return sum(turn.count for turn in self.turns)


def preview(
    contents: Contents,
    before: Flag | Segment | None,
    after: Flag | Segment | None,
    contexts: Iterable[Context],
    *,
    unknown: Iterable[str] = (),
) -> Preview:
    """Ask whatever follows from the change, as it is and as it would be, for each context."""
    subject = after or before
    if subject is None:
        raise ValueError("a change has a document before it or after it")
    flags = {flag.key: flag for flag in contents.flags}
    segments = {segment.key: segment for segment in contents.segments}
    is_flag = isinstance(subject, Flag)
    first = {subject.key} if is_flag else _naming(subject.key, flags, segments)
    was = _put((flags, segments), type(subject), subject.key, before)
    will_be = _put((flags, segments), type(subject), subject.key, after)
    reached = [*sorted(first), *sorted(_waiting_for(first, flags) - first)]
    asked = reached[:MOST_FLAGS]
    people = list(contexts)
    turns = _turns(asked, _snapshot(asked, *was), _snapshot(asked, *will_be), people)
    others = tuple(key for key in reached if key != subject.key)
    return Preview(
        len(people), tuple(turns), others, len(reached) - len(asked), tuple(sorted(unknown))
    )


def _turns(
    asked: list[str], now: Snapshot, then: Snapshot, people: list[Context]
) -> Iterable[Turn]:
    for key in asked:
        counts: Counter[tuple[str | None, str | None, str]] = Counter()
        for context in people:
            before, after = now.evaluate(key, context), then.evaluate(key, context)
            if (before.variant, before.value) != (after.variant, after.value):
                market = context.get("market")
                where = market if isinstance(market, str) else ELSEWHERE
                counts[before.variant, after.variant, where] += 1
        yield from _gathered(key, counts)


def _gathered(key: str, counts: Counter[tuple[str | None, str | None, str]]) -> Iterable[Turn]:
    pairs = {(before, after) for before, after, _ in counts}
    for before, after in sorted(pairs, key=str):
        markets = {
            market: count
            for (one, other, market), count in counts.most_common()
            if (one, other) == (before, after)
        }
        yield Turn(key, before, after, sum(markets.values()), markets)


def _put(
    documents: Documents, kind: type[Flag] | type[Segment], key: str, one: Flag | Segment | None
) -> Documents:
    """All flags and segments with this one in its place, or without it."""
    flags, segments = documents
    if kind is Flag:
        others = {name: flag for name, flag in flags.items() if name != key}
        return (others | {key: one} if isinstance(one, Flag) else others), segments
    rest = {name: segment for name, segment in segments.items() if name != key}
    return flags, (rest | {key: one} if isinstance(one, Segment) else rest)


def _naming(key: str, flags: Mapping[str, Flag], segments: Mapping[str, Segment]) -> set[str]:
    """The flags whose rules name a segment, by way of other segments too."""
    names = {key}
    for _ in segments:  # a chain is no longer than there are segments
        found = {
            one.key
            for one in segments.values()
            if one.when is not None and names & set(segments_in(one.when))
        }
        if found <= names:
            break
        names |= found
    return {
        flag.key
        for flag in flags.values()
        if any(names & set(segments_in(rule.when)) for rule in flag.rules)
    }


def _waiting_for(keys: set[str], flags: Mapping[str, Flag]) -> set[str]:
    """The flags that wait for one of these, by way of others too."""
    found, fresh = set(keys), set(keys)
    while fresh:
        fresh = {
            flag.key
            for flag in flags.values()
            if flag.key not in found and any(one.flag in fresh for one in flag.prerequisites)
        }
        found |= fresh
    return found - keys


def _snapshot(
    asked: list[str], flags: Mapping[str, Flag], segments: Mapping[str, Segment]
) -> Snapshot:
    """Only what is asked and what that waits for: all of it may take a second to compile."""
    needed, waiting = set[str](), list(asked)
    while waiting:
        key = waiting.pop()
        if key in flags and key not in needed:
            needed.add(key)
            waiting += [one.flag for one in flags[key].prerequisites]
    return Snapshot(
        Contents(
            flags=tuple(flags[key] for key in sorted(needed)), segments=tuple(segments.values())
        )
    )
