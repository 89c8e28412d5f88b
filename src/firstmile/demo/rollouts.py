"""The demo's rollout that is under way, so that its page has something to show."""

from dataclasses import replace
from datetime import timedelta

from firstmile.demo.people import PEOPLE
from firstmile.kernel.work import Work
from firstmile.release import store_rollouts
from firstmile.release.actions import publish
from firstmile.release.models import Author, Change, Subject
from firstmile.release.ramping import Plan, go_on, plan
from firstmile.release.rollouts import Guard, Stage, Watch
from firstmile.service import Service
from firstmile.targeting.flags import Flag, Serve

SAM = Author("staff", next(person.id for person in PEOPLE if person.name == "Sam"))
KEY = "short-checklist"
DAY = 24 * 60  # minutes
# Stage, whether it was served, requests, errors, slow ones: what two days of a small team give.
COUNTED = (
    (0, False, 18_620, 71, 402),
    (0, True, 981, 4, 22),
    (1, False, 4_115, 15, 88),
    (1, True, 1_372, 6, 27),
)


async def seed_rollout(service: Service) -> bool:
    """Begin a rollout of a flag of the demo where there was none before; whether it did."""
    environment = service.releasing.flags.environment
    async with service.works.begin() as work:
        if await store_rollouts.rollouts_of(work.db, environment, KEY, most=1):
            return False
        await _go_half_way(work, service, environment)
    return True


async def _go_half_way(work: Work, service: Service, environment: str) -> None:
    flag = Flag(
        KEY,
        enabled=True,
        description="A checklist with fewer words",
        owner="Growth",
        serve=Serve(variant="on", rollout_percentage=0),
    )
    new = Change(environment, Subject.FLAG, KEY, flag, SAM, "To be rolled out step by step")
    await publish(work, service.hints, new)
    wanted = Plan(
        environment,
        KEY,
        tuple(Stage(share, DAY) for share in (5.0, 25.0, 50.0, 100.0)),
        (Guard(Watch.ERRORS, 1.0), Guard(Watch.SLOW, 2.0)),
        "Fewer words, so that more people get to the end",
    )
    rollout = await plan(work, service.hints, wanted, SAM)
    await store_rollouts.add_counts(work.db, [(rollout.id, *counts) for counts in COUNTED])
    yesterday = replace(rollout, stage_began_at=work.now - timedelta(days=1))
    second = await go_on(work, service.hints, yesterday)
    began = replace(second, stage_began_at=work.now - timedelta(hours=5))
    await store_rollouts.save_rollout(work.db, began)
