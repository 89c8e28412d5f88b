"""The definitions in force, as a snapshot in memory."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime

from firstmile.kernel.database import Connection, Database
from firstmile.onboarding import store_definitions as store
from firstmile.onboarding.definitions import Definitions
from firstmile.onboarding.models import Definition, Journey, Traveller
from firstmile.onboarding.store import Steps
from firstmile.onboarding.store_editions import edition_in_force

TOPIC = "definitions"


class Catalogue:
    """What every request reads and nothing waits for; replaced when a hint says so."""

    def __init__(self) -> None:
        self.definitions = Definitions()
        self.edition = 0
        self._after_change: list[Callable[[], None]] = []
        self._counting: dict[str, list[Definition]] = {}

    def after_change(self, act: Callable[[], None]) -> None:
        """Call `act` each time other definitions are in force."""
        self._after_change.append(act)

    async def load(self, database: Database) -> None:
        """Read the definitions in force."""
        async with database.lease() as db:
            await self.read(db)

    async def read(self, db: Connection) -> None:
        """The same, on a connection one has."""
        # The number first: of definitions that change meanwhile too old a one is read again.
        edition = await edition_in_force(db)
        found = Definitions(await store.definitions(db), await store.gated_routes(db))
        before, self.definitions = self.definitions, found
        self.edition = edition
        self._counting = defaultdict(list)
        for step in self.definitions.steps:
            if step.event is not None:
                self._counting[step.event.event].append(step)
        for act in self._after_change if found != before else ():
            act()

    def titles(self) -> dict[str, Mapping[str, str]]:
        """What each step is called, by language; in the order they are walked."""
        return {step.key: step.titles for step in self.definitions.steps}

    def journey(self, traveller: Traveller, steps: Steps, now: datetime) -> Journey:
        """A person's journey through these definitions."""
        return Journey(traveller, self.definitions.steps, steps.states, now, steps.since)

    def waiting_for(self, event: str) -> list[Definition]:
        """The steps that count events of this name."""
        return self._counting.get(event, [])
