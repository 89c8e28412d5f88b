"""The process that draws has little memory, no files, and not much time."""

import asyncio
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from PIL import Image
from tests.pictures import RED, encoded
from tests.protect.drawing import drawn, io_file

from firstmile.kernel.refusals import Invalid, Unavailable
from firstmile.protect import pictures as runner
from firstmile.protect import redraw
from firstmile.protect.pictures import PROGRAM, Pictures
from firstmile.protect.uploads import kind_of


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
