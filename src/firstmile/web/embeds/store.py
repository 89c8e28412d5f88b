"""The SQL of builds of the embeds, their files, and when each was last asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from firstmile.kernel.database import Connection


@dataclass(frozen=True)
class Build:
    """A build: the folder of its address, since when it is here, and the last day it was asked."""

    folder: str
    first_at: datetime
    asked_on: date


async def builds(db: Connection) -> list[Build]:
    """All that are kept, the newest first."""
    rows = await db.fetch(
        "SELECT folder, first_at, asked_on FROM embeds ORDER BY first_at DESC, folder"
    )
    return [Build(**row) for row in rows]


async def add_build(db: Connection, folder: str, files: Mapping[str, bytes], now: datetime) -> None:
    """Keep the files of a build, compressed by gzip; one that is there stays as it is."""
    added = await db.fetchval(
        """
        INSERT INTO embeds (folder, first_at, asked_on) VALUES ($1, $2, $3)
        ON CONFLICT (folder) DO NOTHING
        RETURNING folder
        """,
        folder,
        now,
        now.date(),
    )
    if added is None:
        return
    await db.execute(
        """
        INSERT INTO embed_files (folder, file, packed)
        SELECT $1, file, packed FROM unnest($2::text[], $3::bytea[]) AS one (file, packed)
        """,
        folder,
        list(files),
        list(files.values()),
    )


async def files_of(db: Connection, folder: str) -> dict[str, bytes]:
    """The files of a build by name, compressed; empty when it is not kept."""
    rows = await db.fetch("SELECT file, packed FROM embed_files WHERE folder = $1", folder)
    return {row["file"]: row["packed"] for row in rows}


async def note_asked(db: Connection, folders: Iterable[str], day: date) -> None:
    """Remember that these were asked for on a day."""
    await db.execute(
        "UPDATE embeds SET asked_on = $2 WHERE folder = ANY($1) AND asked_on < $2",
        sorted(folders),
        day,
    )


async def forget_unasked(db: Connection, before: date, but: str | None) -> int:
    """Delete builds nobody asked for since a day, except this one; how many."""
    gone = await db.fetch(
        """
        DELETE FROM embeds
        WHERE asked_on < $1 AND folder IS DISTINCT FROM $2
        RETURNING folder
        """,
        before,
        but,
    )
    return len(gone)
