"""Files of log lines that several processes share and that rotate by size."""

import fcntl
import os
from pathlib import Path

MAX_BYTES = 20 * 1024 * 1024
KEPT = 5
LOOK_EVERY = 100  # writes


class LogFile:
    """Appends whole lines. One write in append mode is not torn by another process."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._writes = 0
        self._file = self._opened()

    def write(self, lines: bytes) -> None:
        """Append whole lines, and rotate when the file has grown too large."""
        os.write(self._file, lines)
        self._writes += 1
        if self._writes % LOOK_EVERY == 0:
            self._look()

    def _opened(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)

    def _look(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            # Another process may have rotated while we waited: then its file is the one to use.
            is_ours = (
                self._path.exists() and self._path.stat().st_ino == os.fstat(self._file).st_ino
            )
            if is_ours and os.fstat(self._file).st_size > self._max_bytes:
                self._rotate()
                is_ours = False
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        if not is_ours:
            os.close(self._file)
            self._file = self._opened()

    def _rotate(self) -> None:
        for number in range(KEPT - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            if older.exists():
                older.rename(self._path.with_name(f"{self._path.name}.{number + 1}"))
        self._path.rename(self._path.with_name(f"{self._path.name}.1"))
