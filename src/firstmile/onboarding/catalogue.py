"""The definitions in force, as a snapshot in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from firstmile.kernel.database import Database
from firstmile.kernel.work import Work
from firstmile.onboarding import store_definitions as store
from firstmile.onboarding.definitions import Definitions
from firstmile.onboarding.models import Journey, State, Traveller

TOPIC = "definitions"


class Catalogue:
    """What every request reads and nothing waits for; replaced when a hint says so."""

    def __init__(self) -> None:
        self.definitions = Definitions()

    async def load(self, database: Database) -> None:
        """Read the definitions in force."""
        async with database.lease() as db:
            self.definitions = Definitions(
                await store.definitions(db), await store.gated_routes(db)
            )

    def titles(self) -> dict[str, Mapping[str, str]]:
        """What each step is called, by language; in the order they are walked."""
        return {step.key: step.titles for step in self.definitions.steps}

    def journey(self, traveller: Traveller, states: Mapping[str, State], now: datetime) -> Journey:
        """A person's journey through these definitions."""
        return Journey(traveller, self.definitions.steps, states, now)


@dataclass(frozen=True)
class Applied:
    """What applying definitions changed, by key."""

    added: list[str]
    changed: list[str]
    removed: list[str]


async def apply_definitions(work: Work, wanted: Definitions) -> Applied:
    """Make the definitions in force these, in one transaction; what people did is kept."""
    await store.lock_definitions(work.db)
    before = {step.key: step for step in await store.definitions(work.db)}
    after = {step.key: step for step in wanted.steps}
    raised = [key for key in before if key in after and after[key].version != before[key].version]
    removed = [key for key in before if key not in after]
    await store.close_definitions(work.db, [*raised, *removed], work.now)
    for position, step in enumerate(wanted.steps):
        await store.put_definition(work.db, step, position, work.now)
    await store.replace_gated_routes(work.db, wanted.routes)
    return Applied(
        added=[key for key in after if key not in before],
        changed=[key for key in before if key in after and after[key] != before[key]],
        removed=removed,
    )
