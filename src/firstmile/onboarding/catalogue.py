"""The definitions in force, as a snapshot in memory."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from firstmile.kernel.database import Connection, Database
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import NotFound
from firstmile.onboarding import store_definitions as store
from firstmile.onboarding import store_shared
from firstmile.onboarding.changing.store_editions import edition_in_force
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.models import Definition, Journey, Traveller
from firstmile.onboarding.sharing import joined, joined_dates
from firstmile.onboarding.store import Steps
from firstmile.onboarding.store_shared import Shared

TOPIC = "definitions"


class Catalogue:
    """What every request reads and nothing waits for; replaced when a hint says so."""

    def __init__(self) -> None:
        self.definitions = Definitions()
        self.edition = 0
        self._after_change: list[Callable[[], None]] = []
        self._counting: dict[str, list[Definition]] = {}
        self._shared: frozenset[str] = frozenset()
        self._counts_for_projects = False

    def after_change(self, act: Callable[[], None]) -> None:
        """Call `act` each time another edition is in force: people moved, if nothing else."""
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
        is_other = (edition, found) != (self.edition, self.definitions)
        self.edition, self.definitions = edition, found
        self._shared = frozenset(step.key for step in found.steps if step.is_shared)
        self._counts_for_projects = any(step.is_shared and step.event for step in found.steps)
        self._counting = defaultdict(list)
        for step in self.definitions.steps:
            if step.event is not None:
                self._counting[step.event.event].append(step)
        for act in self._after_change if is_other else ():
            act()

    def titles(self) -> dict[str, Mapping[str, str]]:
        """What each step is called, by language; in the order they are walked."""
        return {step.key: step.titles for step in self.definitions.steps}

    def journey(
        self, traveller: Traveller, steps: Steps, now: datetime, shared: Shared | None = None
    ) -> Journey:
        """A person's journey through these definitions, with the steps of a project of theirs."""
        definitions = self.definitions.steps
        if not self._shared:
            return Journey(traveller, definitions, steps.states, now, steps.since)
        return shared_journey(definitions, traveller, steps, now, shared)

    def is_shared(self, key: str) -> bool:
        """Whether the members of a project have this step together."""
        return key in self._shared

    async def shared(
        self, db: Connection, user_id: UserId, project_id: UUID | None = None
    ) -> Shared | None:
        """The steps of a project of somebody's, of the one they joined first when none is named.

        Nothing is asked of the database where no step is shared. Raises NotFound for a project
        they are not in.
        """
        if project_id is None and not self._shared:
            return None
        found = await store_shared.shared_of(db, user_id, project_id)
        if found is None and project_id is not None:
            raise NotFound(N_("There is no such project."))
        return found

    @property
    def counts_for_projects(self) -> bool:
        """Whether a step of a project is done by events."""
        return self._counts_for_projects

    def waiting_for(self, event: str) -> list[Definition]:
        """The steps that count events of this name."""
        return self._counting.get(event, [])


def shared_journey(
    definitions: Sequence[Definition],
    traveller: Traveller,
    steps: Steps,
    now: datetime,
    shared: Shared | None,
) -> Journey:
    """A person's journey through definitions of which some are of a project; None is in none."""
    found = shared.steps if shared else Steps({}, {})
    traveller = replace(traveller, membership=shared.membership if shared else None)
    states = joined(definitions, steps.states, found.states)
    since = joined_dates(definitions, steps.since, found.since)
    return Journey(traveller, definitions, states, now, since)
