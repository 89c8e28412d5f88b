"""Files of strangers drawn anew, and the colours of what comes out."""

import io
import os

from PIL import Image

from firstmile.protect.pictures import Pictures
from firstmile.protect.uploads import PICTURES, kind_of

Colour = tuple[int, int, int]


async def drawn(file: bytes, *sides: int) -> list[Image.Image]:
    """The squares that are made of a file, read back."""
    with io_file(file) as content:
        kind = kind_of(content)
        assert kind in PICTURES
        made = await Pictures().redrawn("file", content, kind, sides or (512,))
    return [Image.open(io.BytesIO(one)) for one in made]


def io_file(content: bytes) -> "io.BufferedRandom":
    """A real file, as a child needs it."""
    fd = os.memfd_create("picture")
    file = os.fdopen(fd, "w+b")
    file.write(content)
    return file


def colour(picture: Image.Image, x: float, y: float) -> Colour:
    """The colour at a place, told by parts of the width and the height."""
    place = (int(x * (picture.width - 1)), int(y * (picture.height - 1)))
    found = picture.convert("RGB").getpixel(place)
    assert isinstance(found, tuple)
    return found[0], found[1], found[2]


def looks(found: Colour, wanted: Colour, *, by: int = 24) -> bool:
    """Whether two colours are the same to the eye."""
    return all(abs(one - other) <= by for one, other in zip(found, wanted, strict=True))
