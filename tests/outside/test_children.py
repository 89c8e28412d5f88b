"""How a child process is kept going, with small commands in place of the real ones."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from firstmile.outside.children import PATIENCE, Child, ChildFailed
from firstmile.outside.leftovers import Leftovers
from firstmile.outside.processes import is_alive


@contextmanager
def a_child(code: str) -> Iterator[tuple[Child, list[str]]]:
    heard: list[str] = []
    lines = threading.Semaphore(0)

    def hear(name: str, line: str) -> None:
        heard.append(f"{name}: {line}")
        lines.release()

    child = Child("helper", [sys.executable, "-c", code], dict(os.environ), hear)
    child.start()
    try:
        assert lines.acquire(timeout=10)
        yield child, heard
    finally:
        child.stop(seconds=0, is_urgent=lambda: True)


SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER
PARENT = (
    "import subprocess, sys, time\n"
    "other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(other.pid, flush=True); time.sleep(60)"
)


def test_every_line_is_heard_with_the_name() -> None:
    with a_child(SLEEPER) as (_, heard):
        assert heard == ["helper: up"]


def test_a_living_child_is_left_alone() -> None:
    with a_child(SLEEPER) as (child, _):
        before = child.pid

        assert child.keep_going() is False
        assert child.pid == before


def test_five_quick_deaths_are_enough() -> None:
    with a_child("print('broken'); raise SystemExit(3)") as (child, heard):
        for _ in range(PATIENCE - 1):
            child.wait(10)
            assert child.keep_going() is True
        child.wait(10)

        with pytest.raises(ChildFailed, match=r"helper ended 5 times in a row.*\nbroken"):
            child.keep_going()
        assert len(heard) == PATIENCE


def test_what_a_killed_child_leaves_behind_ends_with_it() -> None:
    with a_child(PARENT) as (child, heard):
        orphan = psutil.Process(int(heard[0].split()[1]))
        assert child.pid
        psutil.Process(child.pid).kill()
        child.wait(10)

        assert child.keep_going() is True
        assert not is_alive(orphan)


def test_a_stubborn_child_is_ended_after_its_time() -> None:
    with a_child(STUBBORN) as (child, _):
        child.stop(seconds=0.2, is_urgent=lambda: False)

        assert child.wait(0) == -9


def test_an_urgent_stop_does_not_wait() -> None:
    with a_child(STUBBORN) as (child, _):
        child.stop(seconds=600, is_urgent=lambda: True)

        assert child.wait(0) == -9


def test_noted_groups_of_a_killed_run_are_ended(tmp_path: Path) -> None:
    with a_child(PARENT) as (child, heard):
        grandchild = psutil.Process(int(heard[0].split()[1]))
        Leftovers(tmp_path / "running.json").note([child])

        Leftovers(tmp_path / "running.json").end()

        assert child.wait(5) is not None
        assert not is_alive(grandchild)
        assert not (tmp_path / "running.json").exists()


def test_a_stranger_with_a_noted_number_is_let_be(tmp_path: Path) -> None:
    note = tmp_path / "running.json"
    with subprocess.Popen(["sleep", "60"], process_group=0) as stranger:
        note.write_text(f'{{"{stranger.pid}": {psutil.boot_time()}}}')

        Leftovers(note).end()

        assert stranger.poll() is None
        stranger.kill()
