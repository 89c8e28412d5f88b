"""What a file is, told by its bytes, and what it may be called."""

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import pictures as sent
from tests.pictures import a_picture

from firstmile.protect.uploads import (
    GIF,
    JPEG,
    NAME_LENGTH,
    PDF,
    PNG,
    WEBP,
    Kind,
    kind_of,
    safe_name,
)


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (a_picture("PNG"), PNG),
        (a_picture("JPEG"), JPEG),
        (a_picture("WEBP"), WEBP),
        (a_picture("GIF"), GIF),
        (sent.a_pdf(), PDF),
    ],
    ids=["PNG", "JPEG", "WebP", "GIF", "PDF"],
)
def test_a_kind_is_told_by_the_first_bytes(file: bytes, kind: Kind) -> None:
    assert kind_of(io.BytesIO(file)) == kind


@pytest.mark.asvs("5.2.2")
@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"\x89PN",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script></html>",
        b" \x89PNG\r\n\x1a\n",
        b"GIF8",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"BM" + bytes(60),
        b"II*\0" + bytes(60),
        b"\0\0\0\x20ftypavif" + bytes(60),
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"PK\x03\x04" + bytes(60),
        b"MZ" + bytes(60),
        b"%PDF-1.4 without an end",
        b"<html>" + sent.a_pdf(),
    ],
    ids=[
        "nothing",
        "less than a signature",
        "SVG",
        "HTML",
        "a signature that comes late",
        "half of one",
        "sound",
        "BMP",
        "TIFF",
        "AVIF",
        "PostScript",
        "ZIP",
        "a program",
        "half of a PDF",
        "HTML before a PDF",
    ],
)
def test_everything_else_is_taken_from_nobody(file: bytes) -> None:
    assert kind_of(io.BytesIO(file)) is None


@pytest.mark.asvs("5.4.2")
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("me.png", "me.webp"),
        ("Été à la plage.JPG", "Été à la plage.webp"),
        ("../../etc/passwd", "passwd.webp"),
        ("C:\\Users\\dana\\me.png", "me.webp"),
        ("me.png\0.html", "me.png.webp"),
        ('a"b<c>d|e?f*g:h.gif', "a b c d e f g h.webp"),
        ("", "file.webp"),
        ("...", "file.webp"),
        (".htaccess", "htaccess.webp"),
        ("photo\u202egnp.exe", "photognp.webp"),
        ("line\r\nSet-Cookie: x.png", "lineSet-Cookie x.webp"),
    ],
)
def test_a_name_keeps_what_is_harmless_and_gets_its_true_ending(given: str, kept: str) -> None:
    assert safe_name(given, WEBP) == kept


@given(st.text(max_size=400))
def test_any_name_is_made_safe(name: str) -> None:
    safe = safe_name(name, PNG)

    assert safe.endswith(".png")
    assert 4 < len(safe) <= NAME_LENGTH
    assert not set(safe) & set('<>:"/\\|?*')
    assert not safe.startswith((".", " "))
    assert not [sign for sign in safe if unicodedata.category(sign).startswith("C")]
