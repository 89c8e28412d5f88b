"""What there is to point at and to ask for, so that what is missing is found before publishing."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from firstmile.guidance.lint import Surroundings
from firstmile.guidance.neighbours import Neighbours

# A name as it is written; one that a template makes up is not known beforehand.
WRITTEN = re.compile(r'data-fm="([A-Za-z0-9_.:-]+)"')


def declared_targets(file: Path | None) -> frozenset[str]:
    """The names of applications' targets in a file, one a line with `#` before a remark.

    Raises OSError for a file that cannot be read: better at the start than never.
    """
    lines = [] if file is None else file.read_text("utf-8").splitlines()
    return frozenset({line.partition("#")[0].strip() for line in lines} - {""})


def own_targets(pages: Iterable[Path]) -> frozenset[str]:
    """The names of the targets that our own pages have."""
    return frozenset(name for page in pages for name in WRITTEN.findall(page.read_text("utf-8")))


class Registry:
    """The targets, flags, segments, steps and rights that contents may name."""

    def __init__(
        self, neighbours: Neighbours, declared: frozenset[str], own: frozenset[str]
    ) -> None:
        self._neighbours = neighbours
        self._declared, self._own = declared, own

    def around(self, environment: str, now: datetime) -> Surroundings:
        """What a content finds in an environment at a moment."""
        return Surroundings(
            now=now,
            targets=self._declared | self._own,
            targets_of={True: self._own, False: self._declared},
            flags=self._neighbours.flags(environment),
            segments=self._neighbours.segments(environment),
            steps=self._neighbours.steps(),
            permissions=self._neighbours.permissions(),
        )
