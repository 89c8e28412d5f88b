"""The door to files: a folder, or a bucket that speaks S3."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unavailable

CONNECT_SECONDS = 3
SECONDS = 10.0  # for one file, all retries included; ten megabytes at ten megabits a second
RETRIES = 2
LISTED = 500
FAILURES = (BaseError, OSError, TimeoutError)


class Blobs:
    """Keeps bytes under keys of letters, digits, dots and dashes, away from what is served.

    Each call has a deadline and raises Unavailable when it fails: who gives us a file is told to
    try again, and a page shows what it can without it.
    """

    def __init__(self, url: str | None, *, folder: Path) -> None:
        self._url = url
        self._folder = folder

    async def write(self, key: str, content: bytes) -> None:
        """Keep `content` under `key`; it is there for good when this returns."""
        try:
            async with asyncio.timeout(SECONDS):
                await self._store.put_async(key, content)
                if isinstance(self._store, LocalStore):
                    await asyncio.to_thread(_settle, self._place / key)
        except FAILURES as failure:
            raise _unreachable() from failure

    async def read(self, key: str) -> bytes | None:
        """What is kept under `key`; None when nothing is."""
        try:
            async with asyncio.timeout(SECONDS):
                found = await self._store.get_async(key)
                return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None
        except FAILURES as failure:
            raise _unreachable() from failure

    async def remove(self, key: str) -> None:
        """Forget what is kept under `key`, if anything is."""
        try:
            async with asyncio.timeout(SECONDS):
                await self._store.delete_async(key)
        except FileNotFoundError:
            return
        except FAILURES as failure:
            raise _unreachable() from failure

    async def older_than(self, moment: datetime) -> AsyncIterator[Sequence[str]]:
        """Every key that was written before `moment`, a few hundred at a time."""
        listed = self._store.list(chunk_size=LISTED)
        while True:
            try:
                async with asyncio.timeout(SECONDS):
                    found = await anext(listed, None)
            except FAILURES as failure:
                raise _unreachable() from failure
            if found is None:
                return
            yield [one["path"] for one in found if one["last_modified"] < moment]

    @property
    def _place(self) -> Path:
        is_folder = self._url is not None and self._url.startswith("file:")
        return Path(unquote(urlsplit(self._url).path)) if is_folder else self._folder

    @cached_property
    def _store(self) -> LocalStore | S3Store:
        """Made when it is first asked for: a command that needs no files makes no folder."""
        if self._url is not None and self._url.startswith("s3:"):
            return S3Store.from_url(
                self._url,
                client_options={
                    # Ours take the place of those from the environment, so this one is read here.
                    "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true",
                    "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                    "timeout": timedelta(seconds=SECONDS),
                },
                retry_config={
                    "max_retries": RETRIES,
                    "retry_timeout": timedelta(seconds=SECONDS),
                },
            )
        self._place.mkdir(parents=True, exist_ok=True, mode=0o700)
        return LocalStore(self._place)


def _settle(file: Path) -> None:
    """Have the disk hold the file and its name: a row that names it is held as firmly."""
    for path in (file, file.parent):
        place = os.open(path, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def _unreachable() -> Unavailable:
    return Unavailable(N_("Files cannot be reached now. Try again in a moment."), retry_after=5)
