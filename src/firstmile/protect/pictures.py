"""Draws pictures anew, each in a process that could do little harm if it were taken over."""

import asyncio
import struct
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO

import structlog

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid, Refusal, Unavailable
from firstmile.protect.uploads import Kind, beside

log = structlog.get_logger()

PROGRAM = Path(__file__).with_name("redraw.py")
MEGAPIXELS = 12
MAX_PIXELS = MEGAPIXELS * 2**20  # what a camera of 12 megapixels takes is 4032 by 3024
AT_ONCE = 2
PATIENCE = 5.0  # seconds: two pictures ahead of ours
SECONDS = 15.0  # the largest picture takes one and a half on one core
MAX_DRAWN = 2 * 1024 * 1024
TOO_MANY_PIXELS = 3  # the exit status that says so; ours never load what reads pictures


class Pictures:
    """Hands pictures to children, two at a time."""

    def __init__(self, *, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._patience = patience

    async def redrawn(
        self, field: str, content: IO[bytes], kind: Kind, sides: Sequence[int]
    ) -> list[bytes]:
        """The middle of a picture as a square WebP for each side, in pixels, and nothing else.

        Raises Invalid for what cannot be read or has more than 12 megapixels, and Unavailable
        when too many wait.
        """
        command = [kind.decoder or "", str(MAX_PIXELS), *(str(side) for side in sides)]
        async with self._place():
            status, printed = await _run(command, content)
        if status != 0:
            log.info("picture_refused", status=status, decoder=kind.decoder)
            raise _refusal(field, status)
        return _parts(printed)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError as late:
            raise Unavailable(
                N_("Many pictures are on their way. Try again in a moment."), retry_after=3
            ) from late
        try:
            yield
        finally:
            self._places.release()


async def _run(command: Sequence[str], content: IO[bytes]) -> tuple[int | None, bytes]:
    """The exit status of the child, None when it took too long, and what it printed."""
    content.flush()
    content.seek(0)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-B", str(PROGRAM), *command),
        stdin=content.fileno(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
        cwd="/",
    )
    try:
        async with asyncio.timeout(SECONDS):
            printed = await _printed(child)
            return await child.wait(), printed
    except TimeoutError:
        log.warning("picture_took_too_long")
        return None, b""
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def _printed(child: asyncio.subprocess.Process) -> bytes:
    assert child.stdout is not None  # noqa: S101  it is a pipe
    try:
        await child.stdout.readexactly(MAX_DRAWN)
    except asyncio.IncompleteReadError as end:
        return end.partial
    child.kill()  # more than it has to say
    return b""


def _parts(printed: bytes) -> list[bytes]:
    parts = []
    while printed:
        (length,) = struct.unpack(">I", printed[:4])
        parts.append(printed[4 : 4 + length])
        printed = printed[4 + length :]
    return parts


def _refusal(field: str, status: int | None) -> Refusal:
    if status == TOO_MANY_PIXELS:
        message = N_("This picture has more than {number} megapixels. Make it smaller first.")
        details = beside(field, message, number=MEGAPIXELS)
        return Invalid(N_("This picture is too large."), error="picture_too_large", details=details)
    message = N_("This picture cannot be read. It may be damaged.")
    details = beside(field, message)
    return Invalid(N_("This picture cannot be read."), error="picture_unreadable", details=details)
