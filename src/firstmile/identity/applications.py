"""What a person allows applications, and takes back."""

from uuid import UUID

from firstmile.identity import grant_endings, store_grants
from firstmile.identity import store_clients as store
from firstmile.identity.authorization import AuthorizationRequest
from firstmile.identity.events_openid import ApplicationAllowed, ApplicationRemoved
from firstmile.kernel.access import Actor
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.work import Work


async def allow(work: Work, actor: Actor, asked: AuthorizationRequest) -> None:
    """Remember that the person lets an application know what it asks for."""
    scopes = [str(scope) for scope in asked.scopes]
    await store.allow(work.db, actor.user_id, asked.client.id, scopes, work.now)
    work.announce(
        ApplicationAllowed(user_id=actor.user_id, client_id=asked.client.id, scopes=scopes)
    )


async def remove(work: Work, actor: Actor, client_id: UUID) -> None:
    """Take all of it back; every sign-in to the application ends at once.

    Raises NotFound when the person neither allowed it anything nor is signed in to it.
    """
    was_allowed = await store.take_back(work.db, actor.user_id, client_id)
    ended = await store_grants.end_grants_of_person(
        work.db, actor.user_id, "removed", work.now, client_id=client_id
    )
    if not (was_allowed or ended):
        raise NotFound(N_("There is no such application."))
    grant_endings.tell(work, ended)
    work.announce(ApplicationRemoved(user_id=actor.user_id, client_id=client_id))
