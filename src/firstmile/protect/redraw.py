"""A program of its own: decodes a picture that a stranger sent, and draws it anew in squares.

It runs as `python -I redraw.py DECODER MAX_PIXELS SIDE...` with the picture on its standard input
and nothing else: no file it could write, little memory, little time. It prints one WebP for each
side, each after its length in four bytes, and says no by its exit status.
"""

import io
import os
import resource
import struct
import sys
import warnings
from typing import IO

from PIL import GifImagePlugin, Image, ImageCms, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 10
OPEN_FILES = 16
TOO_MANY_PIXELS, UNREADABLE = 3, 4
QUALITY = 82
FACES = 0.4  # how far down a tall picture its middle is: a face is above the half
ORIENTATION = 0x0112  # Exif 2.32, table 4
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Imported by name, so that Pillow need not go and look for every decoder it has.
DECODERS = (GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin)


def main(decoder: str, max_pixels: int, sides: list[int]) -> int:
    """Read, draw, print; the exit status."""
    _give_up_what_is_not_needed()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = max_pixels  # checked when the size is known, before the pixels are
    try:
        squares = _squares(sys.stdin.buffer, decoder, sides)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        return TOO_MANY_PIXELS
    except Exception:  # noqa: BLE001  a decoder says in many ways that it cannot read this
        return UNREADABLE
    for square in squares:
        sys.stdout.buffer.write(struct.pack(">I", len(square)) + square)
    return 0


def _give_up_what_is_not_needed() -> None:
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        resource.setrlimit(limit, (most, most))
    os.nice(5)  # a picture may wait; the requests of others may not


def _squares(content: IO[bytes], decoder: str, sides: list[int]) -> list[bytes]:
    picture = Image.open(content, formats=[decoder])
    picture.load()  # all of it: one that is cut short is refused
    profile = picture.info.get("icc_profile")
    square = _square(_upright(_shaded(picture)), max(sides))
    drawn = _in_screen_colours(square, profile)
    return [_webp(drawn, min(side, drawn.width)) for side in sides]


def _shaded(picture: Image.Image) -> Image.Image:
    """The same picture in a form whose neighbours can be mixed: no palette, 8 bits a channel."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda light: light * (1 / 256)).convert("L")
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")


def _upright(picture: Image.Image) -> Image.Image:
    """The way the camera was held."""
    try:
        turn = TURNS.get(picture.getexif().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001  what is written beside a picture may be broken; it is still one
        return picture
    return picture if turn is None else picture.transpose(turn)


def _square(picture: Image.Image, side: int) -> Image.Image:
    """The largest square of its middle, not larger than `side`; small pictures stay small."""
    width, height = picture.size
    edge = min(width, height)
    left, top = (width - edge) / 2, (height - edge) * FACES
    size = min(side, edge)
    box = (left, top, left + edge, top + edge)
    return picture.resize((size, size), Image.Resampling.LANCZOS, box, reducing_gap=3.0)


def _in_screen_colours(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB: its own profile goes, like all that was written beside it."""
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    plain = picture.convert("RGB") if alpha else picture
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            screen = ImageCms.createProfile("sRGB")
            plain = ImageCms.profileToProfile(plain, given, screen, outputMode="RGB") or plain
        except (ImageCms.PyCMSError, OSError, ValueError):
            plain = picture  # a profile that fits nothing: the numbers as they are
    drawn = plain.convert("RGB")
    if alpha:
        drawn.putalpha(alpha)
    return drawn


def _webp(picture: Image.Image, side: int) -> bytes:
    small = picture.resize((side, side), Image.Resampling.LANCZOS)
    small.info = {}
    written = io.BytesIO()
    small.save(written, "WEBP", quality=QUALITY, method=4)
    return written.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), [int(side) for side in sys.argv[3:]]))
