"""What an import would change, and doing it: all of it or nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints
from firstmile.release import store
from firstmile.release.actions import publish
from firstmile.release.importing.flagd import from_flagd
from firstmile.release.importing.flagsmith import from_flagsmith
from firstmile.release.importing.growthbook import from_growthbook
from firstmile.release.importing.own import from_firstmile
from firstmile.release.importing.reading import Imported, Remark
from firstmile.release.importing.unleash import from_unleash
from firstmile.release.models import Author, Change, Subject
from firstmile.targeting.conditions import segments_in
from firstmile.targeting.flags import Flag, Segment, Serve
from firstmile.targeting.soundness import KEY

D = TypeVar("D", Flag, Segment)

FORMATS: Mapping[str, Callable[[Any], Imported]] = {
    "firstmile": from_firstmile,
    "unleash": from_unleash,
    "growthbook": from_growthbook,
    "flagsmith": from_flagsmith,
    "flagd": from_flagd,
}


@dataclass(frozen=True)
class Plan:
    """What an import comes to, in the order in which it is written."""

    added: tuple[Flag | Segment, ...]
    changed: tuple[Flag | Segment, ...]
    same: tuple[str, ...]
    refused: tuple[Remark, ...]
    notes: tuple[Remark, ...]


async def planned(work: Work, environment: str, imported: Imported, *, partial: bool) -> Plan:
    """What an import would change in an environment.

    With `partial`, a flag that cannot be carried over comes disabled, saying why.
    """
    flags = {row.flag.key: row.flag for row in await store.flags(work.db, environment)}
    segments = {row.segment.key: row.segment for row in await store.segments(work.db, environment)}
    if partial:
        stand_ins = tuple(_stand_in(one) for one in imported.refused if _may_stand(one, flags))
        imported = replace(imported, flags=imported.flags + stand_ins)
    wanted: list[Flag | Segment] = [
        *_in_order(imported.segments, _segments_of),
        *_in_order(imported.flags, _flags_of),
    ]
    both = [
        (one, flags.get(one.key) if isinstance(one, Flag) else segments.get(one.key))
        for one in wanted
    ]
    return Plan(
        tuple(one for one, was in both if was is None),
        tuple(one for one, was in both if was not in (None, one)),
        tuple(one.key for one, was in both if was == one),
        imported.refused,
        imported.notes,
    )


async def carry_out(
    work: Work, hints: Hints, environment: str, plan: Plan, author: Author, reason: str
) -> None:
    """Write what a plan adds and changes, each with its place in the history."""
    for one in in_writing_order(plan):
        subject = Subject.FLAG if isinstance(one, Flag) else Subject.SEGMENT
        await publish(work, hints, Change(environment, subject, one.key, one, author, reason))


def in_writing_order(plan: Plan) -> list[Flag | Segment]:
    """What is written: segments before the flags that name them, and flags before who waits."""
    written = [*plan.added, *plan.changed]
    segments = [one for one in written if isinstance(one, Segment)]
    flags = [one for one in written if isinstance(one, Flag)]
    return [*_in_order(segments, _segments_of), *_in_order(flags, _flags_of)]


def _in_order(documents: Iterable[D], names: Callable[[D], Iterable[str]]) -> Iterator[D]:
    """Each document after those it names."""
    waiting = {one.key: one for one in documents}
    while waiting:
        ready = [
            one for one in waiting.values() if not set(names(one)) & (set(waiting) - {one.key})
        ]
        for one in ready or list(waiting.values()):
            yield waiting.pop(one.key)


def _segments_of(segment: Segment) -> Iterable[str]:
    return () if segment.when is None else segments_in(segment.when)


def _flags_of(flag: Flag) -> Iterable[str]:
    return [needed.flag for needed in flag.prerequisites]


def _may_stand(remark: Remark, flags: Mapping[str, Flag]) -> bool:
    return bool(KEY.fullmatch(remark.key)) and remark.key not in flags


def _stand_in(remark: Remark) -> Flag:
    """A flag that is off, in the place of one that could not be carried over."""
    description = f"Not carried over: {remark.text}"
    return Flag(remark.key, description=description, serve=Serve(variant="off"))
