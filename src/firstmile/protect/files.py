"""Files that people give us: checked, made harmless, and kept outside of what is served."""

from collections.abc import Sequence
from datetime import timedelta
from typing import IO
from uuid import UUID

import structlog

from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.work import Work, Works
from firstmile.outside.blobs import Blobs
from firstmile.protect import store_files
from firstmile.protect.incoming import SentFile
from firstmile.protect.pictures import Pictures
from firstmile.protect.store_files import Audience, File, key_of
from firstmile.protect.uploads import PDF, PICTURES, WEBP, Kind, beside, kind_of, safe_name

log = structlog.get_logger()

FORGET_BLOBS = "forget_blobs"
SWEEP_BLOBS = "sweep_blobs"
# A blob this old whose row never came is of a request that failed.
ORPHANED = timedelta(days=1)
WHOLE = "whole"


class Files:
    """Takes files in and gives them out.

    First the bytes are kept, with no transaction open, and then their row: so there is never a
    row without its bytes. Bytes without a row are swept away each day.
    """

    def __init__(self, blobs: Blobs, pictures: Pictures) -> None:
        self._blobs = blobs
        self._pictures = pictures

    async def picture(
        self, user_id: UserId, sent: SentFile, variants: dict[str, int], *, audience: Audience
    ) -> File:
        """A picture, drawn anew as squares of these sides in pixels; its bytes are kept.

        Raises Invalid for anything but a PNG, JPEG, WebP or GIF that can be read.
        """
        kind = _kind(sent.content, PICTURES, N_("Choose a PNG, JPEG, WebP or GIF picture."))
        drawn = await self._pictures.redrawn("file", sent.content, kind, [*variants.values()])
        name = safe_name(sent.name, WEBP)
        file = File(user_id, new_id(), audience, WEBP.media_type, name, tuple(variants))
        await self._keep(file, drawn)
        return file

    async def document(self, user_id: UserId, sent: SentFile, *, audience: Audience) -> File:
        """A PDF as it was sent; its bytes are kept. It is only ever given out to be saved."""
        kind = _kind(sent.content, frozenset({PDF}), N_("Choose a PDF document."))
        name = safe_name(sent.name, kind)
        file = File(user_id, new_id(), audience, kind.media_type, name, (WHOLE,))
        sent.content.seek(0)
        await self._keep(file, [sent.content.read()])
        return file

    async def note(self, work: Work, file: File) -> None:
        """Add the row of a file whose bytes are kept: from here on it is found."""
        await store_files.add_file(work.db, file, work.now)

    async def forget(self, work: Work, user_id: UserId, file_id: UUID) -> None:
        """Remove a file; its bytes go after the commit."""
        keys = await store_files.remove_file(work.db, user_id, file_id)
        work.enqueue(FORGET_BLOBS, keys)

    async def forget_all(self, work: Work, user_id: UserId) -> None:
        """Let the bytes of all files of a person go after the commit, which takes the rows."""
        if keys := await store_files.keys_of_person(work.db, user_id):
            work.enqueue(FORGET_BLOBS, keys)

    async def content(self, file: File, variant: str) -> bytes | None:
        """The bytes of one variant."""
        return await self._blobs.read(key_of(file.id, variant))

    async def forget_blobs(self, _: Works, keys: list[str]) -> None:
        """Remove bytes whose rows are gone. Runs as a job."""
        for key in keys:
            await self._blobs.remove(key)

    async def sweep(self, works: Works, _: None) -> None:
        """Remove bytes whose row never came. Runs as a job, daily."""
        count = 0
        async for keys in self._blobs.older_than(works.clock() - ORPHANED):
            by_id = {key: _id_of(key) for key in keys}
            async with works.database.lease() as db:
                ids = [one for one in by_id.values() if one is not None]
                known = await store_files.known_files(db, ids)
            orphans = [key for key, one in by_id.items() if one is not None and one not in known]
            await self.forget_blobs(works, orphans)
            count += len(orphans)
        log.info("blobs_swept", count=count)

    async def _keep(self, file: File, contents: Sequence[bytes]) -> None:
        for key, content in zip(file.keys, contents, strict=True):
            await self._blobs.write(key, content)


def _kind(content: IO[bytes], accepted: frozenset[Kind], message: str) -> Kind:
    kind = kind_of(content)
    if kind not in accepted:
        raise Invalid(
            N_("This file cannot be taken."),
            error="unsupported_file",
            details=beside("file", message),
        )
    return kind


def _id_of(key: str) -> UUID | None:
    """Whose bytes these are; None for what somebody else put there, which we leave alone."""
    try:
        return UUID(key.partition(".")[0])
    except ValueError:
        return None
