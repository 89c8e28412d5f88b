"""What pages and the API do alike with somebody on their way to a provider, or back from it."""

from firstmile.identity import store, store_factors, store_social
from firstmile.identity.admission import Admission, Admitted, Challenged
from firstmile.identity.claims import Identity
from firstmile.identity.connections import connect
from firstmile.identity.departures import Departure, Errand, Way, expired
from firstmile.identity.entering import enter, proof
from firstmile.identity.introductions import Introduction
from firstmile.identity.models import User
from firstmile.identity.policy import Method, Proof
from firstmile.identity.provider_door import refused
from firstmile.identity.sessions import Issued
from firstmile.identity.social import Social
from firstmile.identity.travels import Leaving, Travels
from firstmile.kernel.access import Actor
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unauthenticated
from firstmile.kernel.visit import Visit
from firstmile.protect.guards import fresh_actor, own_actor


async def set_out(
    visit: Visit,
    key: str,
    errand: Errand,
    way: Way,
    *,
    redirect_uri: str,
    goal: str = "",
    is_remembered: bool = False,
) -> Leaving:
    """Send somebody to a provider; to connect it they must have shown a credential lately."""
    actor: Actor | None = None
    if errand is Errand.CONNECT:
        actor = await fresh_actor(visit)
    elif errand is Errand.STEP_UP:
        actor = await own_actor(visit)
    return await visit.part(Travels).leave(
        key,
        errand,
        way,
        redirect_uri=redirect_uri,
        goal=goal,
        is_remembered=is_remembered,
        user_id=actor.user_id if actor else None,
    )


async def welcome(
    visit: Visit, departure: Departure, identity: Identity, locale: str
) -> Admitted | Challenged | Introduction:
    """A session for whom the identity is known, or an introduction that says what is missing."""
    await visit.visitor()  # asked before the transaction, which would hold a second connection
    arrived = await visit.part(Social).arrive(await visit.work(), identity, locale)
    if isinstance(arrived, Introduction):
        return arrived
    shown = Proof(Method.SOCIAL, identity.shown_at)
    return await enter(visit, arrived, shown, is_remembered=departure.is_remembered)


async def welcome_proved(
    visit: Visit, user: User, introduction: Introduction
) -> Admitted | Challenged | None:
    """A session for somebody introduced, whose address a mail has proved in this very moment.

    None when the introduction is of somebody else: then the address is proved, and no more.
    """
    if not await visit.part(Social).complete(await visit.work(), user, introduction):
        return None
    shown = Proof(Method.SOCIAL, introduction.identity.shown_at)
    return await enter(visit, user.id, shown, proof(visit, Method.MAIL))


async def connect_own(visit: Visit, departure: Departure, identity: Identity) -> None:
    """Connect the identity to the account of whoever set out to do so."""
    actor = await _who_left(visit, departure)
    await connect(await visit.work(), actor.user_id, identity)


async def step_up_by(visit: Visit, departure: Departure, identity: Identity) -> Issued:
    """Take what was shown to the provider just now as shown to us.

    Where there is a second factor it must be shown, too, and here.
    """
    actor = await _who_left(visit, departure)
    work = await visit.work()
    if await store_social.user_of(work.db, identity) != actor.user_id:
        raise refused("another_account", provider=departure.provider)
    user = await store.user_by_id(work.db, actor.user_id)
    demands = await store_factors.demands_of(work.db, user)
    if demands.second_factors:
        raise Unauthenticated(
            N_("Show your second factor."),
            error="second_factor_required",
            facts={"methods": sorted(demands.second_factors)},
        )
    shown = Proof(Method.SOCIAL, identity.shown_at)
    return await visit.part(Admission).step_up(work, actor, shown)


async def _who_left(visit: Visit, departure: Departure) -> Actor:
    """The actor, who must be the one that set out: not whoever signed in meanwhile."""
    actor = await own_actor(visit)
    if departure.user_id != actor.user_id:
        raise expired()
    return actor
