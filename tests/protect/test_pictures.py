"""Pictures of strangers: drawn anew the way they look, and refused when they are made to harm."""

import asyncio
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from PIL import Image, ImageCms
from tests import pictures as sent
from tests.pictures import BLUE, HARM, RED, WHITE, a_picture, encoded, halves, turned

from firstmile.kernel.refusals import Invalid, Unavailable
from firstmile.protect import pictures as runner
from firstmile.protect import redraw
from firstmile.protect.pictures import MAX_PIXELS, PROGRAM, Pictures
from firstmile.protect.uploads import JPEG, PICTURES, kind_of

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
    return all(abs(one - other) <= by for one, other in zip(found, wanted, strict=True))


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


def limits_of(program: str, *, memory: str = "") -> subprocess.CompletedProcess[str]:
    """Run a line in a process that has given up what the one that draws gives up."""
    code = f"import redraw; {memory}redraw._give_up_what_is_not_needed(); {program}"
    return subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=PROGRAM.parent,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_child_cannot_take_much_memory() -> None:
    assert "MemoryError" in limits_of("bytearray(800_000_000)").stderr


def test_the_child_cannot_write_a_file(tmp_path: Path) -> None:
    ended = limits_of(f"open({str(tmp_path / 'harm')!r}, 'wb', 0).write(b'x')")

    assert "File too large" in ended.stderr


def test_the_child_cannot_open_many_files() -> None:
    ended = limits_of("found = [open('/dev/null') for _ in range(50)]")

    assert "Too many open files" in ended.stderr


def test_the_child_cannot_run_for_ever() -> None:
    ended = limits_of("exec('while True: pass')", memory="redraw.CPU_SECONDS = 1; ")

    assert ended.returncode < 0


async def test_the_child_is_ended_when_it_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "SECONDS", 0.01)

    with pytest.raises(Invalid) as refused:
        await drawn(encoded(Image.new("RGB", (3000, 3000), RED), "PNG"))

    assert refused.value.error == "picture_unreadable"
    assert children() == []


async def test_the_child_ends_with_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    request = asyncio.create_task(drawn(encoded(Image.effect_noise((3000, 3000), 90), "PNG")))
    while not children():
        await asyncio.sleep(0.005)

    request.cancel()
    await asyncio.wait([request])

    assert request.cancelled()
    assert children() == []


async def test_only_two_are_drawn_at_once_and_who_waits_too_long_is_told() -> None:
    busy = Pictures(patience=0.05)
    file = encoded(Image.effect_noise((3400, 3400), 90), "PNG")

    async def one() -> int | Unavailable:
        with io_file(file) as content:
            kind = kind_of(content)
            assert kind is not None
            try:
                return len(await busy.redrawn("file", content, kind, (64,)))
            except Unavailable as refusal:
                return refusal

    answers = await asyncio.gather(*(one() for _ in range(4)))

    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert [answer for answer in answers if answer == 1] == [1, 1]
    assert len(refused) == 2
    assert all(refusal.retry_after for refusal in refused)


def test_both_sides_mean_the_same_by_a_status() -> None:
    assert runner.TOO_MANY_PIXELS == redraw.TOO_MANY_PIXELS


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.is_running() and str(PROGRAM) in " ".join(child.cmdline())
    ]
