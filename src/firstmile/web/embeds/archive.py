"""Builds of the embeds as every replica and every later release gives them out.

A page holds the script to a hash at an address with a version. Other people write that page, so
the address outlives our upgrade: each build is kept in the database when a service first starts
with it, and given out, byte for byte, for as long as somebody asks.
"""

import gzip
import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from firstmile.kernel.database import Connection
from firstmile.kernel.work import Work, Works
from firstmile.observe.metrics import Metrics
from firstmile.web.assets import STATIC
from firstmile.web.embedding import Embed, embed
from firstmile.web.embeds import store

# Browsers keep a file for a year, so a page that is in use asks at least about that often.
KEPT = timedelta(days=730)
IN_MEMORY = 16  # builds of some 50 kB; more in use at once are read again
LOOK_AGAIN = 5.0  # seconds: how often an address nobody knows may cost a query
FOLDER = re.compile(r"\d+\.\d+\.\d+[0-9A-Za-z.+-]{0,40}-[0-9a-f]{8}")

Age = Literal["current", "earlier", "later"]


@dataclass(frozen=True)
class Kept:
    """A file: compressed by gzip, how old its build is, and when one came in its place."""

    packed: bytes
    age: Age
    replaced_at: datetime | None = None

    @property
    def plain(self) -> bytes:
        """The file as it was built."""
        return gzip.decompress(self.packed)


class Archive:
    """The build of this release, and all others that are kept."""

    def __init__(self, works: Works, metrics: Metrics, folder: Path = STATIC) -> None:
        self.built = built_in(folder)
        self._works = works
        self._files: OrderedDict[str, Mapping[str, bytes]] = OrderedDict()
        self._first_at: dict[str, datetime] = {}
        self._asked: dict[str, date] = {}
        self._noted: dict[str, date] = {}
        self._looked_at = -LOOK_AGAIN
        self._own = _packed(folder) if self.built else {}
        self._answers = metrics.counter(
            "embed_files_total",
            "Files of embeds that were asked for, by the age of their build.",
            "build",
        )

    async def keep(self) -> None:
        """Keep the build of this release for the releases after it."""
        async with self._works.begin() as work:
            await self._look(work.db)
            if self.built and self.built.folder not in self._first_at:
                await store.add_build(work.db, self.built.folder, self._own, work.now)
                await self._look(work.db)

    async def file(self, folder: str, file: str) -> Kept | None:
        """A file of a build; None when there is none. Raises Unavailable without a database."""
        packed = (await self._files_of(folder)).get(file)
        if packed is None:
            self._answers.labels("none").inc()
            return None
        age = self._age(folder)
        self._answers.labels(age).inc()
        self._asked[folder] = self._works.clock().date()
        own = self._first_at.get(self.built.folder) if self.built else None
        return Kept(packed, age, own if age == "earlier" else None)

    async def write(self, work: Work) -> None:
        """Remember which were asked for, once a day each."""
        asked, self._asked = self._asked, {}
        new = {folder for folder, day in asked.items() if self._noted.get(folder) != day}
        if new:
            await store.note_asked(work.db, new, work.now.date())
            self._noted |= {folder: asked[folder] for folder in new}

    async def _files_of(self, folder: str) -> Mapping[str, bytes]:
        if self.built and folder == self.built.folder:
            return self._own
        if folder in self._files:
            self._files.move_to_end(folder)
            return self._files[folder]
        if not await self._is_kept(folder):
            return {}
        async with self._works.database.lease() as db:
            files = await store.files_of(db, folder)
        self._files[folder] = files
        if len(self._files) > IN_MEMORY:
            self._files.popitem(last=False)
        return files

    async def _is_kept(self, folder: str) -> bool:
        """Whether it is one of ours; a newer replica may have brought it since we looked."""
        if folder in self._first_at:
            return True
        if not FOLDER.fullmatch(folder) or time.monotonic() - self._looked_at < LOOK_AGAIN:
            return False
        async with self._works.database.lease() as db:
            await self._look(db)
        return folder in self._first_at

    async def _look(self, db: Connection) -> None:
        self._looked_at = time.monotonic()
        self._first_at = {one.folder: one.first_at for one in await store.builds(db)}

    def _age(self, folder: str) -> Age:
        own = self.built.folder if self.built else None
        if folder == own:
            return "current"
        first, ours = self._first_at.get(folder), self._first_at.get(own or "")
        return "later" if first and ours and first > ours else "earlier"


async def forget_unasked(work: Work) -> int:
    """Delete builds nobody asked for in two years; this release's own stays. How many."""
    own = built_in()
    before = (work.now - KEPT).date()
    return await store.forget_unasked(work.db, before, own.folder if own else None)


def built_in(folder: Path = STATIC) -> Embed | None:
    """The build that came with this release; None where none was made, as beside the workers."""
    try:
        return embed(folder)
    except FileNotFoundError:
        return None


@cache
def _packed(folder: Path) -> dict[str, bytes]:
    """The files of a build, compressed as browsers take them."""
    return {
        file: gzip.compress((folder / "embed" / file).read_bytes(), 9, mtime=0)
        for file in embed(folder).files
    }
