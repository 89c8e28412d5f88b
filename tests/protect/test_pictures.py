"""Pictures of strangers are drawn anew the way they look."""

import io

import pytest
from PIL import Image, ImageCms
from tests import pictures as sent
from tests.pictures import BLUE, HARM, RED, WHITE, a_picture, encoded, halves, turned
from tests.protect.drawing import colour, drawn, io_file, looks

from firstmile.protect.pictures import Pictures
from firstmile.protect.uploads import JPEG


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_a_picture_becomes_squares_of_the_sides_that_were_asked_for(kind: str) -> None:
    large, small = await drawn(encoded(halves(1200, 900), kind), 512, 128)

    assert (large.format, large.size) == ("WEBP", (512, 512))
    assert (small.format, small.size) == ("WEBP", (128, 128))
    assert looks(colour(large, 0.05, 0.5), RED)
    assert looks(colour(large, 0.95, 0.5), BLUE)


async def test_a_small_picture_is_not_blown_up() -> None:
    (picture,) = await drawn(encoded(halves(60, 40), "PNG"), 512)

    assert picture.size == (40, 40)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
async def test_a_photo_stands_the_way_the_camera_was_held(orientation: int) -> None:
    (picture,) = await drawn(turned(orientation))

    assert looks(colour(picture, 0.1, 0.5), RED)
    assert looks(colour(picture, 0.9, 0.5), BLUE)


async def test_of_a_tall_picture_the_part_with_the_face_is_kept() -> None:
    tall = Image.new("RGB", (100, 300), WHITE)
    tall.paste(RED, (0, 75, 100, 100))

    (picture,) = await drawn(encoded(tall, "PNG"))

    assert not looks(colour(picture, 0.5, 0.5), RED)
    assert looks(colour(picture, 0.5, 0.1), RED)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
async def test_of_moving_pictures_the_first_is_kept(kind: str) -> None:
    (picture,) = await drawn(sent.animated(kind))

    assert getattr(picture, "n_frames", 1) == 1
    assert looks(colour(picture, 0.5, 0.5), RED)


@pytest.mark.parametrize(
    "file",
    [
        encoded(halves(mode="CMYK"), "JPEG"),
        encoded(halves(mode="P"), "PNG"),
        encoded(halves(mode="P"), "PNG", transparency=255),
        encoded(halves(mode="RGBA"), "PNG"),
        encoded(halves(), "WEBP", lossless=True),
    ],
    ids=["CMYK", "a palette", "a palette with holes", "alpha", "lossless"],
)
async def test_colours_stay_what_they_were_however_they_were_written(file: bytes) -> None:
    (picture,) = await drawn(file)

    assert looks(colour(picture, 0.1, 0.5), RED, by=40)
    assert looks(colour(picture, 0.9, 0.5), BLUE, by=40)


@pytest.mark.parametrize("colours", [0, 2], ids=["grey", "colours"])
async def test_sixteen_bits_become_eight_and_stay_half_bright(colours: int) -> None:
    (picture,) = await drawn(sent.sixteen_bits(colour=colours))

    assert looks(colour(picture, 0.5, 0.5), (128, 128, 128), by=4)


async def test_grey_and_one_bit_are_pictures_too() -> None:
    (grey,) = await drawn(encoded(Image.new("L", (40, 40), 200), "JPEG"))
    (bit,) = await drawn(encoded(Image.new("1", (40, 40), 1), "PNG"))

    assert looks(colour(grey, 0.5, 0.5), (200, 200, 200), by=4)
    assert looks(colour(bit, 0.5, 0.5), WHITE, by=4)


async def test_what_one_sees_through_stays_open() -> None:
    picture = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    picture.paste((*RED, 255), (0, 0, 40, 20))

    (made,) = await drawn(encoded(picture, "PNG"))

    assert made.mode == "RGBA"
    assert made.getpixel((20, 38))[3] < 16  # type: ignore[index]
    assert looks(colour(made, 0.5, 0.1), RED)


async def test_the_colours_of_a_camera_become_those_of_screens() -> None:
    (picture,) = await drawn(a_picture("PNG", icc_profile=sent.swapped_profile()))

    assert "icc_profile" not in picture.info
    assert looks(colour(picture, 0.1, 0.5), (30, 30, 220))
    assert looks(colour(picture, 0.9, 0.5), (220, 60, 30))


async def test_a_profile_that_fits_nothing_is_left_out() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB", 5000)).tobytes()

    for profile in (lab, b"no profile at all" * 20):
        (picture,) = await drawn(a_picture("JPEG", icc_profile=profile))

        assert looks(colour(picture, 0.1, 0.5), RED)
        assert looks(colour(picture, 0.9, 0.5), BLUE)


async def test_grey_with_a_profile_and_with_holes_is_read() -> None:
    picture = Image.new("LA", (40, 40), (128, 255))

    (made,) = await drawn(encoded(picture, "PNG", icc_profile=sent.swapped_profile()))

    assert looks(colour(made, 0.5, 0.5), (128, 128, 128), by=8)


async def test_nothing_but_the_pixels_is_kept() -> None:
    file = sent.with_everything()
    assert file.count(HARM) >= 3

    with io_file(file) as content:
        (made,) = await Pictures().redrawn("file", content, JPEG, (512,))

    assert HARM not in made
    assert b"camera" not in made
    assert set(Image.open(io.BytesIO(made)).info) <= {"background", "loop", "duration", "timestamp"}
