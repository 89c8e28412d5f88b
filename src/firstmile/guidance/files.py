"""Contents as a file in git: written, read back as the same, and held against what is in force."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import yaml

from firstmile.guidance.models import Content
from firstmile.protect.plain_yaml import read_plain, write_plain

WIDTH = 100


class ContentsBroken(Exception):
    """The file cannot be used; the message says what is wrong and where."""


class Contents(msgspec.Struct, forbid_unknown_fields=True):
    """What stands in a file."""

    contents: list[Content]


@dataclass(frozen=True)
class Planned:
    """What applying a file does; of contents in force that it does not hold, `left` stay."""

    added: Sequence[Content]
    changed: Sequence[Content]
    same: Sequence[str]
    left: Sequence[str] = ()
    withdrawn: Sequence[str] = ()

    @property
    def to_publish(self) -> list[Content]:
        """What is written and put into force, in the order of the file."""
        return [*self.added, *self.changed]

    @property
    def is_nothing(self) -> bool:
        """Whether all is in force as it stands there."""
        return not (self.to_publish or self.withdrawn)


def written(contents: Iterable[Content]) -> str:
    """One text that is read back as the same contents, in the order of their keys."""
    told = msgspec.to_builtins(Contents(sorted(contents, key=lambda one: one.key)))
    return write_plain(told, width=WIDTH)


def read(text: str) -> list[Content]:
    """The contents of a file; raises ContentsBroken for what is none, and for a key twice."""
    try:
        found = msgspec.convert(read_plain(text), type=Contents).contents
    except yaml.YAMLError as broken:
        raise ContentsBroken(f"This is no YAML: {broken}") from broken
    except (msgspec.ValidationError, ValueError, RecursionError) as broken:
        raise ContentsBroken(str(broken)) from broken
    keys = [one.key for one in found]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise ContentsBroken(f"Twice in the file: {', '.join(twice)}")
    return found


def planned(
    wanted: Sequence[Content], in_force: Mapping[str, Content], *, prune: bool = False
) -> Planned:
    """What has to be published, and to `prune` withdrawn, so that a file is in force."""
    gone = sorted(in_force.keys() - {one.key for one in wanted})
    return Planned(
        [one for one in wanted if one.key not in in_force],
        [one for one in wanted if one.key in in_force and in_force[one.key] != one],
        [one.key for one in wanted if in_force.get(one.key) == one],
        left=[] if prune else gone,
        withdrawn=gone if prune else [],
    )
