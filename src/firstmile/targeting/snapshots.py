"""Snapshots: all flags of an environment at one revision, ready to be asked."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from .comparing import Predicate
from .compiling import Evaluate, Segments, compiled_flag, compiled_segment
from .conditions import Document, segments_in
from .contexts import Context
from .flags import ErrorCode, Flag, Segment, is_same
from .outcomes import Outcome, failed
from .waiting import in_circles

BROKEN = (ValueError, LookupError, TypeError, RecursionError)


class Contents(Document, frozen=True):
    """A snapshot as JSON: what replicas keep on disk, and what clients fetch."""

    environment: str = "production"
    revision: int = 0
    changed_at: datetime | None = None
    flags: tuple[Flag, ...] = ()
    segments: tuple[Segment, ...] = ()


class Snapshot:
    """Immutable. Asking waits for nothing, and costs about a microsecond a flag.

    What did not change since the snapshot `before` is taken over from it, not compiled again.
    """

    def __init__(self, contents: Contents, before: "Snapshot | None" = None) -> None:
        self.contents = contents
        self.flags: Mapping[str, Flag] = {flag.key: flag for flag in contents.flags}
        self._segments = _compiled_segments(contents.segments, before)
        self._table: dict[str, Evaluate] = {}
        circular = set(in_circles(self.flags))
        kept: Mapping[str, Evaluate | None] = {} if before is None else self._kept(before)
        for flag in contents.flags:
            self._table[flag.key] = kept.get(flag.key) or self._compiled(
                flag, is_circular=flag.key in circular
            )
        self._all = tuple(self._table.values())
        self._public = tuple(self._table[flag.key] for flag in contents.flags if flag.is_public)

    @property
    def revision(self) -> int:
        """The number of the last change that is in it."""
        return self.contents.revision

    @property
    def segments(self) -> Segments:
        """Who belongs to each segment."""
        return self._segments

    def evaluate(self, key: str, context: Context) -> Outcome:
        """What a flag comes to; a flag that is not there is an outcome too."""
        evaluate = self._table.get(key)
        if evaluate is None:
            return failed(key, ErrorCode.FLAG_NOT_FOUND, "There is no such flag.")
        return evaluate(context)

    def evaluate_all(self, context: Context, *, public_only: bool = False) -> list[Outcome]:
        """What every flag comes to, or every public one, in the order of their keys."""
        flags = self._public if public_only else self._all
        return [evaluate(context) for evaluate in flags]

    def resolve(self, key: str) -> Evaluate | None:
        """The function of a flag."""
        return self._table.get(key)

    def _kept(self, before: "Snapshot") -> Mapping[str, Evaluate | None]:
        """The functions of flags that are as they were, and so is all that they ask."""
        return {
            key: before.resolve(key)
            for key, flag in self.flags.items()
            if is_same(flag, before.flags.get(key))
            and not flag.prerequisites
            and all(
                self._segments.get(name) is before.segments.get(name)
                for rule in flag.rules
                for name in segments_in(rule.when)
            )
        }

    def _compiled(self, flag: Flag, *, is_circular: bool) -> Evaluate:
        if is_circular:
            return partial(_always, failed(flag.key, ErrorCode.GENERAL, "It waits for itself."))
        try:
            return compiled_flag(flag, self._segments, self._table.get)
        except BROKEN as broken:
            # One flag that makes no sense must not take the others with it.
            return partial(_always, failed(flag.key, ErrorCode.PARSE_ERROR, str(broken)))


def _compiled_segments(
    segments: tuple[Segment, ...], before: Snapshot | None
) -> dict[str, Predicate]:
    """Each segment after those it names; one that names itself holds nobody but who is listed."""
    by_key = {segment.key: segment for segment in segments}
    former: Segments = {} if before is None else before.segments
    known = {} if before is None else {one.key: one for one in before.contents.segments}
    done: dict[str, Predicate] = {}

    def compile_one(key: str, above: frozenset[str]) -> None:
        segment = by_key[key]
        names = set() if segment.when is None else set(segments_in(segment.when))
        for name in names - set(done):
            if name in by_key and name not in above:
                compile_one(name, above | {name})
        if segment == known.get(key) and all(done.get(one) is former.get(one) for one in names):
            done[key] = former[key]
            return
        try:
            done[key] = compiled_segment(segment, done)
        except BROKEN:
            listed = Segment(key, included=segment.included, excluded=segment.excluded)
            done[key] = compiled_segment(listed, done)

    for key in by_key:
        if key not in done:
            compile_one(key, frozenset({key}))
    return done


def _always(outcome: Outcome, _: Any) -> Outcome:
    return outcome
