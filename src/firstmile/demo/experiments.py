"""Two experiments for the demo, one that runs and one that is decided, with made-up people."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from firstmile.kernel.ids import new_id
from firstmile.kernel.work import Work
from firstmile.release import store_experiments as store
from firstmile.release.actions import publish
from firstmile.release.experiment_models import (
    Design,
    Experiment,
    Limit,
    Note,
    State,
    Unit,
    serving,
)
from firstmile.release.models import Author, Change, Subject
from firstmile.release.store_simulated import Simulated, add_simulated
from firstmile.service import Service
from firstmile.targeting.flags import Flag, Serve, Type, Weight
from firstmile.targeting.flags import Kind as FlagKind

CROWD = UUID("0192f0c1-7a5e-7000-8000-00000000c0de")
DEMO = Author("demo")
WHY = "Made up for the demo, with people who do not exist"
PEOPLE = 2_400  # in each, of both variants: enough to tell, and written in a second
MARKETS = ("CA", "FR", "US")
CHECKLIST = Design(
    environment="",
    flag_key="journey-encouragement",
    name="A warmer checklist (demo)",
    hypothesis="Who is encouraged on the way finishes the set-up more often.",
    control="plain",
    goals=("activated",),
    guardrails=(Limit("leaving", 0.02),),
    matters=0.05,
)
SIGN_UP = Design(
    environment="",
    flag_key="sign-up-encouragement",
    name="Stopping is allowed (demo)",
    hypothesis="Who knows that they may stop and go on later begins more often.",
    control="plain",
    goals=("registered", "verified"),
    unit=Unit.VISITOR,
    needs_consent=True,
    matters=0.05,
)


async def seed_experiments(service: Service) -> int:
    """Add both unless there is any experiment; how many. The figures are the same everywhere."""
    async with service.database.lease() as db:
        if await store.experiments(db):
            return 0
    environment = service.settings.flag_environment
    async with service.works.begin() as work:
        running = await _started(work, service, replace(CHECKLIST, environment=environment))
        rates = {"plain": {"activated": 0.42, "leaving": 0.01}, "warm": {"activated": 0.45}}
        await add_simulated(work.db, running.id, list(_people(running, rates, work.now)))
        over = await _started(work, service, replace(SIGN_UP, environment=environment))
        rates = {
            "plain": {"registered": 0.31, "verified": 0.27},
            "warm": {"registered": 0.45, "verified": 0.40},
        }
        await add_simulated(work.db, over.id, list(_people(over, rates, work.now)))
        await _decided(work, service, over)
    return 2


async def _started(work: Work, service: Service, design: Design) -> Experiment:
    """Begun three weeks ago, as nobody can but a demo."""
    flag = _flag(design.flag_key)
    await _publish(work, service, design.environment, flag, WHY)
    begun = work.now - timedelta(days=21)
    one = Experiment(new_id(), design, State.DRAFT, 1, begun).started(flag, begun)
    await store.put_experiment(work.db, one)
    await store.add_note(work.db, one.id, new_id(), Note("started", DEMO, WHY, begun))
    return one


async def _decided(work: Work, service: Service, one: Experiment) -> None:
    reason = "More people register, and more of them confirm their address"
    await store.put_experiment(work.db, one.decided("warm", work.now))
    await store.add_note(work.db, one.id, new_id(), Note("decided", DEMO, reason, work.now))
    flag = serving(_flag(one.design.flag_key), "warm")
    await _publish(work, service, one.design.environment, flag, reason)


async def _publish(work: Work, service: Service, environment: str, flag: Flag, reason: str) -> None:
    change = Change(environment, Subject.FLAG, flag.key, flag, DEMO, reason)
    await publish(work, service.hints, change)


def _flag(key: str) -> Flag:
    return Flag(
        key,
        type=Type.STRING,
        variants={"plain": "plain", "warm": "warm"},
        enabled=True,
        on_variant="warm",
        off_variant="plain",
        serve=Serve(weights=(Weight("plain", 50), Weight("warm", 50))),
        kind=FlagKind.EXPERIMENT,
        description=WHY,
    )


def _people(
    one: Experiment, rates: dict[str, dict[str, float]], now: datetime
) -> Iterator[Simulated]:
    """The same people with the same luck on every machine, over the last three weeks."""
    luck = random.Random(one.design.flag_key)  # noqa: S311  luck, not secrets
    for place in range(PEOPLE):
        variant = luck.choice(("plain", "warm"))
        first_at = now - timedelta(days=20.9 * luck.random())
        reached = [
            (moment, first_at + timedelta(days=luck.uniform(0.01, 4)))
            for moment, rate in rates[variant].items()
            if luck.random() < rate
        ]
        moments = [(moment, at) for moment, at in reached if at < now]
        unit_id = uuid5(CROWD, f"{one.design.flag_key} {place}")
        yield Simulated(unit_id, variant, first_at, luck.choice(MARKETS), moments)
