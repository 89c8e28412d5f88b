"""Connecting an identity to an account, and taking it away."""

from collections.abc import Iterable
from uuid import UUID

from firstmile.identity import store, store_factors, store_social
from firstmile.identity.claims import Identity
from firstmile.identity.events import ProviderConnected, ProviderDisconnected
from firstmile.identity.linking import has_another_way
from firstmile.identity.providers import Providers
from firstmile.identity.sessions import Sessions
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, NotFound
from firstmile.kernel.work import Work


async def connect(
    work: Work, user_id: UserId, identity: Identity, *, is_first: bool = False
) -> None:
    """Let this identity open this account; raises Conflict when it opens another one.

    `is_first` says that the account began with it, so that nobody is told of a change.
    """
    await store_social.lock_identity(work.db, identity)
    owner = await store_social.user_of(work.db, identity)
    if owner == user_id:
        return
    if owner is not None:
        raise Conflict(
            N_("That account opens another account here. Disconnect it there first."),
            error="connected_elsewhere",
        )
    used_at = work.now if is_first else None
    await store_social.add_connection(
        work.db, user_id, new_id(), identity, work.now, used_at=used_at
    )
    work.announce(ProviderConnected(user_id=user_id, provider=identity.provider, is_first=is_first))


async def disconnect(
    work: Work, sessions: Sessions, providers: Providers, actor: Actor, connection_id: UUID
) -> None:
    """Let a connection open nothing any more; the other sessions end, and trusted devices too.

    Raises NotFound for one that is not theirs, Conflict for the last way to sign in.
    """
    await store.lock_user(work.db, actor.user_id)
    connections = await store_social.connections_of(work.db, actor.user_id)
    found = next((one for one in connections if one.id == connection_id), None)
    if found is None:
        raise NotFound(N_("There is no such connection."))
    others = [one.provider for one in connections if one.id != connection_id]
    if not await _can_still_sign_in(work, actor.user_id, others, providers):
        raise Conflict(
            N_("This is your only way to sign in. Set a password first."),
            error="last_credential",
        )
    await store_social.remove_connection(work.db, actor.user_id, connection_id)
    await store_factors.change_epoch(work.db, actor.user_id, of_factors=True)
    await sessions.end_all(work, actor.user_id, "provider_disconnected", but=actor.session_id)
    work.announce(ProviderDisconnected(user_id=actor.user_id, provider=found.provider))


async def _can_still_sign_in(
    work: Work, user_id: UserId, others: Iterable[str], providers: Providers
) -> bool:
    return has_another_way(
        await store.user_by_id(work.db, user_id),
        has_passkey=await store_social.has_passkey(work.db, user_id),
        others=others,
        offered=[provider.key for provider in providers],
    )
