"""The verb that makes a development server ready: its steps and its cast."""

from firstmile.demo.experiments import seed_experiments
from firstmile.demo.flags import seed_flags
from firstmile.demo.guidance import seed_guidance
from firstmile.demo.journeys import apply_history, follows_folder, seed_journeys
from firstmile.demo.people import seed_people
from firstmile.demo.rollouts import seed_rollout
from firstmile.onboarding.changing.applying import apply_definitions
from firstmile.onboarding.changing.editions import Order, Wanted
from firstmile.settings import Settings
from firstmile.verbs.opening import opened


async def prepare(settings: Settings, wanted: Wanted) -> bool:
    """Put the steps into force and add the demo cast.

    False when the steps were left alone because somebody changed them by hand.
    """
    async with opened(settings) as service:
        await apply_history(service, wanted)
        async with service.works.begin() as work:
            if is_followed := await follows_folder(work):
                await apply_definitions(work, wanted, Order(reason="The steps of the folder"))
        await service.catalogue.load(service.database)
        await seed_people(service)
        await seed_journeys(service)
        await seed_flags(service)
        await seed_experiments(service)
        await seed_rollout(service)
        await seed_guidance(service)
    return is_followed
