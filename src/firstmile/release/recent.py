"""Whom evaluations were about lately: a sample in memory, to see what a change would change."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import randint
from time import monotonic
from typing import Any

from firstmile.targeting.conditions import Condition, attributes_in, shares_in
from firstmile.targeting.contexts import TARGETING_KEY, Context, reader
from firstmile.targeting.flags import Flag, Segment, Serve
from firstmile.targeting.snapshots import Contents

MOST = 2_000  # units remembered of each environment
KEPT = 24 * 3600.0  # seconds that one is remembered
PER_SECOND = 5.0  # so many are looked at in the long run, however many there are
AT_ONCE = 500.0  # so many after a calm, before it is counted that way
WIDEST = 1_000  # evaluations between two looks at most, so that a calm after a storm is seen
LONGEST = 200  # characters of a value, and values of a list, beyond which it is not kept
ALWAYS = frozenset({TARGETING_KEY, "market"})


@dataclass
class _Sample:
    """What is remembered of an environment; the eldest first."""

    reads: frozenset[str] = ALWAYS
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    units: dict[str, tuple[float, Context]] = field(default_factory=dict)


class Recent:
    """A sample of whom this process answered; not on disk, not shared, gone when it ends.

    Of a context only what some flag or segment reads is kept. The targeting key itself is among
    it, because whether a share covers somebody follows from nothing less.
    """

    def __init__(self, contents_of: Callable[[str], Contents]) -> None:
        self._contents_of = contents_of
        self._samples: dict[str, _Sample] = {}
        self._gap = 1
        self._until_next = 1
        self._allowed = AT_ONCE
        self._looked_at = monotonic()

    def note(self, environment: str, context: Context) -> None:
        """Take this one along, now and then."""
        self._until_next -= 1
        if self._until_next <= 0:
            self._take(environment, context)

    def forget_reads(self, environment: str) -> None:
        """Look anew at what is read: a flag of this environment is another now."""
        if environment in self._samples:
            self._samples[environment].reads = reads_of(self._contents_of(environment))

    def contexts(self, environment: str) -> list[Context]:
        """Those remembered, each unit once."""
        sample = self._samples.get(environment)
        if sample is None:
            return []
        eldest = monotonic() - KEPT
        return [context for at, context in sample.units.values() if at > eldest]

    def reads(self, environment: str) -> frozenset[str]:
        """The attributes that are kept of whoever comes."""
        sample = self._samples.get(environment)
        return sample.reads if sample else reads_of(self._contents_of(environment))

    def since(self, environment: str) -> datetime | None:
        """Since when this process remembers anybody of an environment."""
        sample = self._samples.get(environment)
        return sample.began if sample else None

    def _take(self, environment: str, context: Context) -> None:
        now = monotonic()
        earned = (now - self._looked_at) * PER_SECOND
        self._allowed = min(AT_ONCE, self._allowed + earned) - 1
        self._gap = max(1, self._gap // 2) if self._allowed > 0 else min(WIDEST, 2 * self._gap)
        self._until_next = randint(1, 2 * self._gap - 1)  # noqa: S311  no secret
        self._looked_at = now
        sample = self._samples.get(environment)
        if sample is None:
            sample = _Sample(reads_of(self._contents_of(environment)))
            self._samples[environment] = sample
        kept = {name: value for name in sample.reads if _is_small(value := reader(name)(context))}
        unit = str(kept.get(TARGETING_KEY) or sorted(kept.items(), key=str))
        sample.units.pop(unit, None)
        sample.units[unit] = (now, kept)
        if len(sample.units) > MOST:
            del sample.units[next(iter(sample.units))]


def reads_of(contents: Contents) -> frozenset[str]:
    """The attributes that some flag or segment of an environment reads."""
    of_flags = (name for flag in contents.flags for name in reads_of_flag(flag))
    of_segments = (name for segment in contents.segments for name in reads_of_segment(segment))
    return ALWAYS.union(of_flags, of_segments)


def reads_of_flag(flag: Flag) -> Iterator[str]:
    """The attributes that a flag reads; not those of the segments it names."""
    yield from _reads_of_serve(flag.serve)
    for rule in flag.rules:
        yield from _reads_of_condition(rule.when)
        yield from _reads_of_serve(rule.serve)


def reads_of_segment(segment: Segment) -> Iterator[str]:
    """The attributes that a segment reads."""
    if segment.when is not None:
        yield from _reads_of_condition(segment.when)


def _reads_of_condition(condition: Condition) -> Iterator[str]:
    yield from attributes_in(condition)
    yield from (share.by for share in shares_in(condition))


def _reads_of_serve(serve: Serve) -> Iterator[str]:
    if serve.weights or serve.rollout_percentage < 100:
        yield serve.by


def _is_small(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return len(value) <= LONGEST and all(_is_scalar(one) for one in value)
    return _is_scalar(value)


def _is_scalar(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST
    return isinstance(value, int | float | bool)
