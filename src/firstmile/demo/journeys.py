"""Two months of first miles for the demo, walked by people who do not exist."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid5

from firstmile.demo.walks import CROWD, Walk
from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Work
from firstmile.onboarding import store_simulated as store
from firstmile.onboarding.changing import store_editions
from firstmile.onboarding.changing.applying import apply_definitions
from firstmile.onboarding.changing.editions import UNSAID, Author, Order, Wanted
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.files.writing import written
from firstmile.onboarding.insights.figures import Obstacle
from firstmile.onboarding.insights.store import add_refusals
from firstmile.onboarding.models import Definition
from firstmile.onboarding.store_simulated import Simulated
from firstmile.service import Service

PEOPLE = 480
OPENED = timedelta(weeks=8)  # how long ago the steps were first put into force
CHANGED = timedelta(weeks=4)  # and how long ago they became what they are
DEMO = Author("demo")


def as_before(steps: Iterable[Definition]) -> list[Definition]:
    """The steps when those of a second version or a later one were of the version before."""
    return [replace(step, version=max(1, step.version - 1)) for step in steps]


async def apply_history(service: Service, wanted: Wanted) -> None:
    """Put the steps into force as they were, then as they are, unless some ever were in force."""
    before = Definitions(as_before(wanted.definitions.steps), wanted.definitions.routes)
    async with service.works.begin() as work:
        if await store_editions.editions(work.db, most=1):
            return
        today, work.now = work.now, work.now - OPENED
        older = replace(wanted, definitions=before, text=written(before))
        await apply_definitions(work, older, Order(DEMO, "The first steps"))
        work.now = today - CHANGED
        await apply_definitions(work, wanted, Order(DEMO, "A step asks for less than before"))


async def follows_folder(work: Work) -> bool:
    """Whether the steps in force are those of the folder, not of somebody who changed them."""
    newest = await store_editions.editions(work.db, most=1)
    return not newest or newest[0].author in (UNSAID.author, DEMO)


async def seed_journeys(service: Service) -> int:
    """Add the crowd unless it is there; how many. Nobody of them has an account."""
    current = service.catalogue.definitions.steps
    async with service.works.begin() as work:
        if await store.is_there(work.db, UserId(uuid5(CROWD, "0"))):
            return 0
        people = []
        for place in range(PEOPLE):
            ago = OPENED * (1 - place / PEOPLE) ** 1.3  # more of them come each week
            steps = as_before(current) if ago > CHANGED else current
            walk = Walk(place, work.now - ago, work.now)
            people.append(walk.through(steps, current=current))
        await store.add_simulated(work.db, people)
        for day, refused in _refusals(people, current).items():
            await add_refusals(work.db, refused, day)
    return len(people)


def _refusals(
    people: Sequence[Simulated], steps: Sequence[Definition]
) -> dict[date, Counter[Obstacle]]:
    """Every third who is not through tried a page too early, and some tried it again."""
    luck = random.Random("too early")  # noqa: S311  luck, not secrets
    found: dict[date, Counter[Obstacle]] = defaultdict(Counter)
    for one in people:
        ahead = [step.key for step in steps if step.required and step.key not in one.steps]
        if ahead and luck.random() < 0.33:
            day = (one.started_at + timedelta(hours=luck.uniform(0, 3))).date()
            obstacle = Obstacle(ahead[0], one.who.market, tuple(sorted(one.who.roles)))
            found[day][obstacle] += luck.randint(1, 3)
    return found
