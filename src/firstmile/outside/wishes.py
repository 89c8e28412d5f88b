"""What the outside asks of us by signal: to stop, or to stop at once."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Ctrl-C and `make` may each deliver the same wish; a person does not ask twice that fast.
ECHO = 0.5  # seconds


class Wishes:
    """The first signal means stop; one more, later than an echo of it, means at once."""

    def __init__(self) -> None:
        # Plain values: a handler runs between two steps of the main thread, where a lock may be
        # held that it would then wait for without end.
        self._first_at: float | None = None
        self._is_urgent = False

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen for SIGTERM, SIGINT and SIGHUP until the block ends."""
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        before = {number: signal.signal(number, self._hear) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def is_stop(self) -> bool:
        """Say whether a stop was asked for."""
        return self._first_at is not None

    def is_urgent(self) -> bool:
        """Say whether it was asked for again."""
        return self._is_urgent

    def wait_for_stop(self, seconds: float) -> bool:
        """Wait up to `seconds` for the wish to stop; say whether it is there."""
        deadline = time.monotonic() + seconds
        while not self.is_stop() and time.monotonic() < deadline:
            time.sleep(min(0.05, seconds))
        return self.is_stop()

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._first_at is None:
            self._first_at = now
        elif now - self._first_at > ECHO:
            self._is_urgent = True
