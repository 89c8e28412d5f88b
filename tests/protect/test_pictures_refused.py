"""Pictures that are made to harm are refused, and so is what is none."""

from collections.abc import Callable

import pytest
from PIL import Image
from tests import pictures as sent
from tests.pictures import HARM, RED, a_picture, encoded
from tests.protect.drawing import colour, drawn, io_file, looks

from firstmile.kernel.refusals import Invalid
from firstmile.protect.pictures import MAX_PIXELS, Pictures
from firstmile.protect.uploads import JPEG


@pytest.mark.asvs("5.2.6")
@pytest.mark.parametrize(
    "make",
    [
        lambda: sent.bomb(50_000, 50_000),
        lambda: sent.bomb(4_000, 3_200),
        sent.wide_gif,
        lambda: encoded(Image.new("1", (16_000, 16_000)), "PNG"),
        lambda: encoded(Image.new("L", (16_383, 1_000)), "WEBP"),
    ],
    ids=["a bomb", "a little too large", "a frame beyond its screen", "one bit", "webp"],
)
async def test_a_picture_of_more_than_12_megapixels_is_refused(make: Callable[[], bytes]) -> None:
    with pytest.raises(Invalid) as refused:
        await drawn(make())

    assert refused.value.error == "picture_too_large"
    assert refused.value.details[0]["number"] == 12


async def test_a_photo_of_a_camera_of_12_megapixels_is_taken() -> None:
    (picture,) = await drawn(encoded(Image.new("RGB", (4032, 3024), RED), "JPEG"))

    assert 4032 * 3024 <= MAX_PIXELS < 4000 * 3200
    assert looks(colour(picture, 0.5, 0.5), RED)


@pytest.mark.parametrize(
    "file",
    [
        a_picture("PNG")[:-40],
        a_picture("JPEG")[:-200],
        a_picture("GIF")[:-30],
        a_picture("WEBP")[:-20],
        a_picture("PNG")[:16],
        b"\x89PNG\r\n\x1a\n" + HARM * 10,
        b"\xff\xd8\xff\xe0" + HARM * 10,
        b"GIF89a" + HARM * 10,
        sent.wide_webp(),
        sent.bomb(3_000, 3_000)[:2_000],
    ],
    ids=[
        "a PNG cut short",
        "a JPEG cut short",
        "a GIF cut short",
        "a WebP cut short",
        "its first bytes",
        "a PNG in name",
        "a JPEG in name",
        "a GIF in name",
        "a WebP without pixels",
        "a bomb cut short",
    ],
)
async def test_what_cannot_be_read_to_its_end_is_refused(file: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        await drawn(file)

    assert refused.value.error in ("picture_unreadable", "picture_too_large")
    assert refused.value.details[0]["field"] == "file"


async def test_a_comment_that_is_a_bomb_does_no_harm() -> None:
    with pytest.raises(Invalid):
        await drawn(sent.text_bomb())


@pytest.mark.asvs("5.2.2")
async def test_a_file_of_one_kind_is_not_read_as_another() -> None:
    """The decoder is chosen by the signature, and no other is tried."""
    with io_file(a_picture("PNG")) as content, pytest.raises(Invalid):
        await Pictures().redrawn("file", content, JPEG, (512,))
