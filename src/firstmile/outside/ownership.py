"""The lock by which one process owns a data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderTaken(Exception):
    """Another process owns the folder; the message names both."""


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Own `folder` until the block ends, or raise FolderTaken at once.

    The lock is flock(2): the kernel lets go of it when we die, however we die.
    """
    descriptor = os.open(folder / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor, folder)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 20, 0).decode().strip() or "unknown"
        raise FolderTaken(
            f"The data folder {folder} is in use by process {owner}. "
            "Stop that one first, or choose another folder."
        ) from None
