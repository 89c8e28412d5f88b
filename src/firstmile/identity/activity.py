"""Keeps what happens to accounts, for their people and for those who help them."""

from datetime import timedelta

import msgspec

from firstmile.identity import store_activity
from firstmile.identity.store_activity import Happening
from firstmile.kernel.events import PersonalEvent
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.work import Work

KEPT = timedelta(days=365)


async def record(work: Work, event: PersonalEvent) -> None:
    """Keep an event of identity, in the transaction that announced it.

    Other packages announce personal events, too, and keep them in their own way.
    """
    if type(event).__module__.rpartition(".")[0] != __package__:
        return
    facts = msgspec.to_builtins(event)
    user_id = UserId(event.user_id)
    del facts["user_id"]
    facts.pop("staff_id", None)
    staff_id = getattr(event, "staff_id", None)
    happening = Happening(new_id(), event.kind(), facts, staff_id, work.now)
    await store_activity.add(work.db, user_id, happening)


async def forget_old(work: Work) -> int:
    """Delete what is older than a year; how many."""
    return await store_activity.forget_before(work.db, work.now - KEPT)
