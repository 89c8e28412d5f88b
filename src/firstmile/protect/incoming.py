"""A form with a file on its way in: read piece by piece, and counted while it is read."""

import asyncio
import tempfile
from dataclasses import dataclass
from typing import IO

import structlog
from multipart import MultipartError, MultipartSegment, PushMultipartParser
from multipart import parse_options_header as parse_options

from firstmile.kernel.asgi import Receive, Scope, header_of
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid, Malformed, TooLarge
from firstmile.protect.uploads import beside

log = structlog.get_logger()

INCOMING = "firstmile.incoming"
MULTIPART = "multipart/form-data"
MAX_PARTS = 20
MAX_FIELD_BYTES = 4096
AROUND = 64 * 1024  # bytes of boundaries, names and other fields, beside the file
IN_MEMORY = 256 * 1024  # bytes; what is larger waits in a file without a name
READ_SECONDS = 120.0  # ten megabytes at less than a megabit a second
PASSED_SECONDS = 5.0


@dataclass(frozen=True)
class SentFile:
    """A file as it was sent. Its name and what it is called are the sender's word, no more."""

    name: str
    size: int
    content: IO[bytes]


class Incoming:
    """A multipart form (RFC 7578) with one file; nothing is read before it is asked for.

    The caller may be asked who they are, and refused, while the file still waits to be sent.
    """

    def __init__(self, scope: Scope, receive: Receive, *, most: int) -> None:
        self.fields: dict[str, str] = {}
        self._receive = receive
        self._most = most
        self._declared = _declared_length(scope)
        self._parser = _parser_of(scope)
        self._names: list[str] = []
        self._part: MultipartSegment | None = None
        self._text = bytearray()
        self._content: IO[bytes] | None = None
        self._file: tuple[str, str] | None = None  # the field and the name
        self._size = 0
        self._read = 0
        self._is_all = False

    async def first(self, name: str) -> str | None:
        """The text of the form's first field, when it has this name."""
        await self._read_parts(1)
        is_first = bool(self._names) and self._names[0] == name
        return self.fields.get(name) if is_first else None

    async def file(self, field: str, *, missing: str = N_("Choose a file.")) -> SentFile:
        """The file of this field, read to its end and wound back to its beginning.

        Raises TooLarge, Malformed when the form cannot be read, Invalid when it has no such file.
        """
        if self._declared > self._most + AROUND:
            raise self._too_large()
        await self._read_parts(None)
        if self._file is None or self._content is None or self._file[0] != field or not self._size:
            raise Invalid.field(field, missing)
        self._content.seek(0)
        return SentFile(self._file[1], self._size, self._content)

    async def pass_by(self) -> None:
        """Let a refused file run past, so that its sender reads the answer; within reason."""
        try:
            async with asyncio.timeout(PASSED_SECONDS):
                while not self._is_all and self._read <= 4 * self._most:
                    await self._next()
        except TimeoutError:
            log.info("upload_left_unread", read=self._read)

    def close(self) -> None:
        """Let the file go."""
        if self._content is not None:
            self._content.close()

    async def _read_parts(self, count: int | None) -> None:
        """Read until this many parts are whole, or to the end."""
        try:
            async with asyncio.timeout(READ_SECONDS):
                while not self._parser.closed and (count is None or len(self._names) < count):
                    piece = await self._next()
                    if self._read > self._most + AROUND:
                        raise self._too_large()
                    for event in self._parser.parse(piece):
                        self._take(event)
        except TimeoutError as late:
            raise Malformed(
                N_("The file took too long to arrive."), error="upload_too_slow"
            ) from late
        except MultipartError as garbage:
            raise unreadable_form() from garbage
        if self._parser.error is not None:
            raise unreadable_form()

    async def _next(self) -> bytes:
        """The next piece of the body; empty at its end, and when its sender is gone."""
        piece = b""
        while not piece and not self._is_all:
            message = await self._receive()
            self._is_all = not message.get("more_body", False)
            piece = message.get("body", b"")
        self._read += len(piece)
        return piece

    def _take(self, event: MultipartSegment | bytes | None) -> None:
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event is None:
            self._end()
        elif self._content is not None and self._part is not None and self._part.filename:
            self._size += len(event)
            self._content.write(event)
        else:
            self._text += event
        if self._size > self._most:
            raise self._too_large()
        if len(self._text) > MAX_FIELD_BYTES:
            raise unreadable_form()

    def _begin(self, part: MultipartSegment) -> None:
        self._part = part
        self._text.clear()
        if not part.filename:
            return
        if self._content is not None:
            raise unreadable_form()  # a second file: none of our forms
        self._content = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  closed by close
        self._file = (part.name, part.filename)

    def _end(self) -> None:
        assert self._part is not None  # noqa: S101  it began
        self._names.append(self._part.name)
        if not self._part.filename:
            self.fields[self._part.name] = self._text.decode("utf-8", "replace")
            self._text.clear()

    def _too_large(self) -> TooLarge:
        message = N_("The file is too large. It may have {number} MB at most.")
        details = beside("file", message, number=self._most // 1024**2)
        return TooLarge(N_("The file is too large."), error="file_too_large", details=details)


def incoming(scope: Scope) -> Incoming:
    """The form of this request; Malformed when it brings none."""
    found: Incoming | None = scope.get(INCOMING)
    if found is None:
        raise unreadable_form()
    return found


def unreadable_form() -> Malformed:
    """The answer to a form that cannot be read."""
    return Malformed(N_("This form cannot be read."), error="invalid_form")


def is_form_with_file(scope: Scope) -> bool:
    """Whether the request says that it brings one."""
    kind = (header_of(scope, b"content-type") or "").partition(";")[0]
    return kind.strip().lower() == MULTIPART


def _parser_of(scope: Scope) -> PushMultipartParser:
    _, options = parse_options(header_of(scope, b"content-type") or "")
    try:
        return PushMultipartParser(options.get("boundary", ""), max_segment_count=MAX_PARTS)
    except (MultipartError, UnicodeEncodeError) as garbage:
        raise unreadable_form() from garbage


def _declared_length(scope: Scope) -> int:
    told = header_of(scope, b"content-length") or "0"
    return int(told) if told.isdigit() and len(told) < 20 else 0
