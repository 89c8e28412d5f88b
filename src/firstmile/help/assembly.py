"""Builds every part of help once."""

from collections.abc import Awaitable, Callable, Collection

from firstmile.help.counting import Figures
from firstmile.help.overview import Overview
from firstmile.help.shelf import TOPIC, Shelf
from firstmile.kernel.database import Database
from firstmile.observe.gathering import Gathering

Load = Callable[[Database], Awaitable[None]]


class Helping:
    """The parts of help, and what they keep in memory; `steps` are the keys of the steps."""

    def __init__(self, gathering: Gathering, steps: Callable[[], Collection[str]]) -> None:
        self._shelf = Shelf()
        figures = Figures()
        gathering.add("help", figures.write)
        self.parts: tuple[object, ...] = (self._shelf, figures, Overview(self._shelf, steps))

    @property
    def snapshots(self) -> dict[str, Load]:
        """What is kept in memory, by the topic that says it is another now."""
        return {TOPIC: self._shelf.load}
