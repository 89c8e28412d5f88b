"""Our own file of an environment: written so that two of them can be compared by line."""

from typing import Any

import msgspec

from firstmile.protect.plain_yaml import write_plain
from firstmile.release.importing.reading import Imported, NotCarried, checked
from firstmile.targeting.flags import Flag, Segment
from firstmile.targeting.snapshots import Contents


def from_firstmile(document: Any) -> Imported:
    """The flags and segments of an export; the environment it came from does not matter."""
    try:
        contents = msgspec.convert(document, Contents)
    except msgspec.ValidationError as broken:
        raise NotCarried(f"This is no export of Firstmile: {broken}.") from broken
    return checked(Imported(contents.flags, contents.segments))


def exported(environment: str, flags: list[Flag], segments: list[Segment], *, as_yaml: bool) -> str:
    """An environment as one document, by key, with nothing that changes by itself."""
    document = msgspec.to_builtins(
        Contents(
            environment,
            flags=tuple(sorted(flags, key=lambda one: one.key)),
            segments=tuple(sorted(segments, key=lambda one: one.key)),
        )
    )
    if as_yaml:
        return write_plain(document)
    text = msgspec.json.format(msgspec.json.encode(document), indent=2)
    return text.decode() + "\n"
