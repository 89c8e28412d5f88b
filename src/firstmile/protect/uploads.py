"""What a file really is, and what it may be called: told by its bytes, not by its sender."""

import unicodedata
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO

NAME_LENGTH = 100
HEAD = 16  # bytes that tell the kind
TAIL = 1024  # bytes in which a PDF ends (ISO 32000-1, annex H)
RESERVED = frozenset('<>:"/\\|?*')


@dataclass(frozen=True)
class Kind:
    """A kind of file that we take; the decoder is Pillow's name for it, when it is a picture."""

    media_type: str
    ending: str
    decoder: str | None = None


PNG = Kind("image/png", ".png", "PNG")
JPEG = Kind("image/jpeg", ".jpg", "JPEG")
WEBP = Kind("image/webp", ".webp", "WEBP")
GIF = Kind("image/gif", ".gif", "GIF")
PDF = Kind("application/pdf", ".pdf")
PICTURES = frozenset({PNG, JPEG, WEBP, GIF})


def kind_of(content: IO[bytes]) -> Kind | None:
    """What the bytes are by their signature; None for what we take from nobody."""
    content.seek(0)
    head = content.read(HEAD)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    if head.startswith(b"%PDF-"):
        size = content.seek(0, 2)
        content.seek(max(0, size - TAIL))
        return PDF if b"%%EOF" in content.read() else None
    return None


def safe_name(given: str, kind: Kind) -> str:
    """A name that is safe to show and to save under: no folder, no tricks, and its true ending."""
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    plain = "".join(" " if sign in RESERVED else sign for sign in last if _is_shown(sign))
    stem = PurePath(" ".join(plain.split())).stem.strip(" .")
    return (stem[: NAME_LENGTH - len(kind.ending)].rstrip(" .") or "file") + kind.ending


def beside(field: str, message: str, **facts: int) -> list[dict[str, str | int]]:
    """The details of a refusal that is told beside a field; `facts` fill what is open."""
    return [{"field": field, "message": message, **facts}]


def _is_shown(sign: str) -> bool:
    """Whether a sign is of a script, a mark or a space: no control, no change of direction."""
    return unicodedata.category(sign)[0] != "C"
