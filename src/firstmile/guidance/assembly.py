"""Builds every part of guidance once."""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from firstmile.guidance.guide import TOPIC, Guide
from firstmile.guidance.neighbours import Neighbours
from firstmile.guidance.registry import Registry, declared_targets, own_targets
from firstmile.guidance.settings import GuidanceSettings
from firstmile.kernel.database import Database
from firstmile.observe.gathering import Gathering
from firstmile.protect.switches import Switches

Load = Callable[[Database], Awaitable[None]]


class Guiding:
    """The parts of guidance, what they keep in memory, and what they gather."""

    def __init__(
        self,
        settings: GuidanceSettings,
        neighbours: Neighbours,
        switches: Switches,
        gathering: Gathering,
        *,
        pages: Iterable[Path],
    ) -> None:
        self.guide = Guide(neighbours, switches, settings.attention)
        self.registry = Registry(
            neighbours, declared_targets(settings.guidance_targets), own_targets(pages)
        )
        gathering.add("guidance", self.guide.write)

    @property
    def parts(self) -> tuple[object, ...]:
        """What requests may ask for."""
        return (self.guide, self.registry)

    @property
    def snapshots(self) -> dict[str, Load]:
        """What is kept in memory, by the topic that says it is another now."""
        return {TOPIC: self.guide.load}
