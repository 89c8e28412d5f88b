"""A clock that stands still until a test puts it forward."""

from datetime import datetime, timedelta

from firstmile.kernel.clock import system_clock


class MovedClock:
    """The moment the test began, and as much later as it has let pass."""

    def __init__(self) -> None:
        self._now = system_clock()

    def __call__(self) -> datetime:
        return self._now

    def pass_by(self, **duration: float) -> None:
        """Let time pass: `clock.pass_by(minutes=15)`."""
        self._now += timedelta(**duration)
