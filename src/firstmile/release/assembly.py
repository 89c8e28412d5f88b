"""Builds every part of release once."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from firstmile.kernel.database import Database
from firstmile.observe.gathering import Gathering
from firstmile.observe.metrics import Metrics
from firstmile.outside.hints import Hints
from firstmile.release.catalogue import TOPIC as FLAGS_TOPIC
from firstmile.release.catalogue import Flags
from firstmile.release.ramping import TOPIC as ROLLOUTS_TOPIC
from firstmile.release.settings import ReleaseSettings
from firstmile.release.watching import RolloutWatch

Load = Callable[[Database], Awaitable[None]]


class Releasing:
    """The parts of release, what they keep in memory, and what they gather."""

    def __init__(
        self,
        settings: ReleaseSettings,
        hints: Hints,
        gathering: Gathering,
        metrics: Metrics,
        *,
        folder: Path,
    ) -> None:
        self.flags = Flags(
            environment=settings.flag_environment,
            folder=folder,
            is_stale=lambda: hints.seconds_behind > settings.flag_stale_seconds,
        )
        self.watch = RolloutWatch(self.flags, metrics)
        gathering.add("rollouts", self.watch.write)

    @property
    def parts(self) -> tuple[object, ...]:
        """What requests may ask for."""
        return (self.flags, self.watch)

    @property
    def snapshots(self) -> dict[str, Load]:
        """What is kept in memory, by the topic that says it is another now."""
        return {FLAGS_TOPIC: self.flags.load, ROLLOUTS_TOPIC: self.watch.load}
