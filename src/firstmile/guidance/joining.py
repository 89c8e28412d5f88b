"""Who is recognised is whoever they were: nothing they dismissed or saw comes again."""

from uuid import UUID

from firstmile.guidance import store_attention, store_joining
from firstmile.guidance.asking import visitor_digest
from firstmile.guidance.store_attention import Audience, Whose
from firstmile.kernel.events import PersonalEvent
from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Work
from firstmile.protect.visitors import guided_as


async def follow(work: Work, event: PersonalEvent) -> None:
    """Whoever signs in with a browser has what its visitor did, in every environment."""
    number = guided_as.get()
    if number is None:
        return
    digest = visitor_digest(number)
    for environment in await store_joining.environments_of(work.db, digest):
        person = Whose(environment, user_id=UserId(event.user_id))
        sitting = await store_attention.lock_audience(work.db, person, work.now)
        await _join(work, sitting, Whose(environment, visitor=digest))


async def forget_visitor(work: Work) -> None:
    """Of the visitor of this request, who was recognised so far, nothing is kept anywhere."""
    number = guided_as.get()
    if number is not None:
        await store_joining.forget_visitor(work.db, visitor_digest(number))


async def join_session(work: Work, sitting: Audience, whose: Whose, session: UUID | None) -> None:
    """Whoever is recognised has what their browser's session did before; `sitting` is held."""
    if whose.session_id is None and session is not None:
        await _join(work, sitting, Whose(whose.environment, session_id=session))


async def _join(work: Work, sitting: Audience, visitor: Whose) -> None:
    other = await store_attention.audience(work.db, visitor)
    if other is not None:
        await store_joining.join(work.db, sitting.id, other.id, work.now)
