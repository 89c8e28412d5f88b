"""Pictures that somebody might send: good ones, odd ones, and ones made to do harm."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 160, 60), (30, 60, 220), (255, 255, 255)
HARM = b"<script>alert('harm')</script>"


def encoded(picture: Image.Image, kind: str, **given: Any) -> bytes:
    """A picture as a file."""
    file = io.BytesIO()
    picture.save(file, kind, **given)
    return file.getvalue()


def halves(width: int = 80, height: int = 60, mode: str = "RGB") -> Image.Image:
    """Red on the left and blue on the right."""
    picture = Image.new("RGB", (width, height), BLUE)
    picture.paste(RED, (0, 0, width // 2, height))
    return picture.convert(mode)


def a_picture(kind: str = "PNG", **given: Any) -> bytes:
    """A good one."""
    return encoded(halves(), kind, **given)


def turned(orientation: int, width: int = 80, height: int = 60) -> bytes:
    """A JPEG of a camera that was held this way (Exif 2.32): upright it is red on the left."""
    upright = halves(width, height)
    stored = {
        1: upright,
        3: upright.transpose(Image.Transpose.ROTATE_180),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "a camera with a serial number"
    return encoded(stored, "JPEG", exif=exif, quality=95)


def animated(kind: str) -> bytes:
    """Red first, then blue."""
    frames = [Image.new("RGB", (40, 40), colour) for colour in (RED, BLUE, GREEN)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, loop=0)


def with_everything() -> bytes:
    """A JPEG with all that can stand beside the pixels, and harm in each of it."""
    exif = Image.Exif()
    exif[0x010E] = HARM.decode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = a_picture("JPEG", exif=exif, comment=HARM, icc_profile=profile, xmp=HARM)
    return file + b"PK\x03\x04" + HARM


def swapped_profile() -> bytes:
    """A colour profile (ICC.1) by which what is written as red is seen as blue."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", profile, 128)
    tags = [struct.unpack_from(">4sII", profile, 132 + 12 * number) for number in range(count)]
    place = {name: slice(offset, offset + size) for name, offset, size in tags}
    red, blue = profile[place[b"rXYZ"]], profile[place[b"bXYZ"]]
    profile[place[b"rXYZ"]], profile[place[b"bXYZ"]] = blue, red
    return bytes(profile)


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG (RFC 2083) of these chunks, with right check sums."""
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def header(width: int, height: int, *, depth: int = 8, colour: int = 2) -> tuple[bytes, bytes]:
    """The first chunk of a PNG."""
    return b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)


def sixteen_bits(*, colour: int) -> bytes:
    """A PNG of 16 bits a channel, half as bright as it can be; 0 is grey, 2 has colours."""
    channels = {0: 1, 2: 3}[colour]
    row = b"\0" + b"\x80\x00" * channels * 40
    data = zlib.compress(row * 40)
    return png(header(40, 40, depth=16, colour=colour), (b"IDAT", data), (b"IEND", b""))


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is large."""
    data = zlib.compress(b"\0" * 10_000_000, 9)
    return png(header(width, height), (b"IDAT", data), (b"IEND", b""))


def text_bomb() -> bytes:
    """A PNG with a comment that is a thousand times as large when it is opened."""
    harm = b"comment\0\0" + zlib.compress(b"A" * 300_000_000, 9)
    data = zlib.compress(b"\0" + b"\x80" * 120)
    return png(header(40, 1), (b"zTXt", harm), (b"IDAT", data), (b"IEND", b""))


def wide_webp() -> bytes:
    """A WebP of a hundred bytes that says it is 16384 pixels wide and high (RFC 9649)."""
    side = (16383).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + side + side
    body = b"WEBP" + extended
    return b"RIFF" + struct.pack("<I", len(body)) + body


def wide_gif() -> bytes:
    """A GIF whose one frame is larger than its screen."""
    small = bytearray(encoded(halves(40, 40).quantize(4), "GIF"))
    frame = small.index(b"\x2c")
    struct.pack_into("<HH", small, frame + 5, 60000, 60000)
    return bytes(small)


def a_pdf() -> bytes:
    """The smallest document."""
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
