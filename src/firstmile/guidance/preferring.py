"""How much guidance somebody wants, which they say themselves."""

from firstmile.guidance import store_attention
from firstmile.guidance.asking import Asking, who_asks
from firstmile.guidance.attention import Tips
from firstmile.guidance.guide import Guide
from firstmile.kernel.database import Connection
from firstmile.kernel.visit import Visit
from firstmile.outside.hints import Hints
from firstmile.protect.personal_streams import stir


async def tips_of(visit: Visit) -> Tips:
    """What who is signed in said; all of it until then. Raises Unauthenticated for visitors."""
    await visit.actor()
    async with visit.reading() as db:
        return (await _asking(visit, db)).tips


async def prefer(visit: Visit, tips: Tips) -> None:
    """Keep it, and tell the open pages of the person. Raises Unauthenticated for visitors."""
    actor, work = await visit.actor(), await visit.work()
    asking = await _asking(visit, work.db)
    assert asking.whose is not None  # noqa: S101  whoever is signed in can be told from others
    sitting = await store_attention.lock_audience(work.db, asking.whose, work.now)
    await store_attention.set_tips(work.db, sitting.id, tips)
    await stir(work, visit.part(Hints), actor.user_id)


async def _asking(visit: Visit, db: Connection) -> Asking:
    neighbours = visit.part(Guide).neighbours
    environment = neighbours.environment_of(visit)
    return await who_asks(visit, db, neighbours, environment=environment, route="/", session=None)
