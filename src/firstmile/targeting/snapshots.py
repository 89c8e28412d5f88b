"""Snapshots: all flags of an environment at one revision, ready to be asked."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from .comparing import Predicate
from .compiling import Evaluate, compiled_flag, compiled_segment
from .conditions import segments_in
from .contexts import Context
from .flags import Document, ErrorCode, Flag, Segment
from .outcomes import Outcome, failed


class Contents(Document, frozen=True):
    """A snapshot as JSON: what replicas keep on disk, and what clients fetch."""

    environment: str = "production"
    revision: int = 0
    flags: tuple[Flag, ...] = ()
    segments: tuple[Segment, ...] = ()


class Snapshot:
    """Immutable. Asking waits for nothing, and costs about a microsecond a flag."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self.flags: Mapping[str, Flag] = {flag.key: flag for flag in contents.flags}
        self._segments = dict(_compiled_segments(contents.segments))
        self._table: dict[str, Evaluate] = {}
        circular = set(in_circles(self.flags))
        for flag in contents.flags:
            self._table[flag.key] = self._compiled(flag, is_circular=flag.key in circular)

    @property
    def revision(self) -> int:
        """The number of the last change that is in it."""
        return self.contents.revision

    @property
    def segments(self) -> Mapping[str, Predicate]:
        """Who belongs to each segment."""
        return self._segments

    def evaluate(self, key: str, context: Context) -> Outcome:
        """What a flag comes to; a flag that is not there is an outcome too."""
        evaluate = self._table.get(key)
        if evaluate is None:
            return failed(key, ErrorCode.FLAG_NOT_FOUND, "There is no such flag.")
        return evaluate(context)

    def evaluate_all(self, context: Context) -> list[Outcome]:
        """What every flag comes to, in the order of their keys."""
        return [evaluate(context) for evaluate in self._table.values()]

    def _compiled(self, flag: Flag, *, is_circular: bool) -> Evaluate:
        if is_circular:
            return partial(_always, failed(flag.key, ErrorCode.GENERAL, "It waits for itself."))
        try:
            return compiled_flag(flag, self._segments, self._table.get)
        except (ValueError, KeyError) as broken:
            # One flag that makes no sense must not take the others with it.
            return partial(_always, failed(flag.key, ErrorCode.PARSE_ERROR, str(broken)))


def in_circles(flags: Mapping[str, Flag]) -> Iterator[str]:
    """The flags that wait for themselves, by way of others or not."""
    for key in flags:
        seen, waiting = set(), [needed.flag for needed in flags[key].prerequisites]
        while waiting:
            one = waiting.pop()
            if one == key:
                yield key
                break
            if one not in seen and one in flags:
                seen.add(one)
                waiting += [needed.flag for needed in flags[one].prerequisites]


def _compiled_segments(segments: Iterable[Segment]) -> Iterator[tuple[str, Predicate]]:
    """Each segment after those it names; one that names itself holds nobody but who is listed."""
    by_key = {segment.key: segment for segment in segments}
    done: dict[str, Predicate] = {}

    def compile_one(key: str, above: frozenset[str]) -> None:
        segment = by_key[key]
        names = set() if segment.when is None else set(segments_in(segment.when))
        for name in names - set(done):
            if name in by_key and name not in above:
                compile_one(name, above | {name})
        try:
            done[key] = compiled_segment(segment, done)
        except ValueError:
            done[key] = compiled_segment(
                Segment(key, included=segment.included, excluded=segment.excluded), done
            )

    for key in by_key:
        if key not in done:
            compile_one(key, frozenset({key}))
    yield from done.items()


def _always(outcome: Outcome, _: Any) -> Outcome:
    return outcome
