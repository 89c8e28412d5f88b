"""Forms with files as browsers send them, in pieces of any size."""

from collections.abc import Sequence

from firstmile.kernel.asgi import Message, Scope
from firstmile.protect.incoming import Incoming

BOUNDARY = "----FirstmileBoundary7MA4YWxkTrZu0gW"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


def part(name: str, content: bytes | str, filename: str | None = None) -> bytes:
    """One field of a form; a file when it has a name."""
    named = "" if filename is None else f'; filename="{filename}"'
    raw = content if isinstance(content, bytes) else content.encode()
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + raw + b"\r\n"


def form(*parts: bytes) -> bytes:
    """A whole form."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


class Sender:
    """Gives a body in pieces, and counts how much of it was asked for."""

    def __init__(self, pieces: Sequence[bytes], *, leaves: bool = False) -> None:
        self.pieces = list(pieces)
        self.taken = 0
        self._leaves = leaves

    async def __call__(self) -> Message:
        if not self.pieces:
            return {"type": "http.disconnect"}
        piece = self.pieces.pop(0)
        self.taken += len(piece)
        more = bool(self.pieces) or self._leaves
        return {"type": "http.request", "body": piece, "more_body": more}


def pieces_of(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)] or [b""]


def incoming(sender: Sender, *, most: int = 1000, length: int = 0, kind: str = KIND) -> Incoming:
    """The form as the service meets it."""
    headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % length)]
    scope: Scope = {"type": "http", "headers": headers}
    return Incoming(scope, sender, most=most)
