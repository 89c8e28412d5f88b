"""Tells of those whom a change of the steps activated, some at a time after it was applied.

Within the change it would hold every journey for as long as everybody's reactions take.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Work, Works
from firstmile.onboarding.changing.store_editions import untold_activated
from firstmile.onboarding.events import Activated

TELL_ACTIVATED = "tell_activated"
AT_ONCE = 200  # people a job is about; with their reactions a second or two


class Newly(msgspec.Struct, frozen=True):
    """The job of telling of some people."""

    users: list[UserId]


def tell_later(work: Work, users: Iterable[UserId]) -> None:
    """Announce after the commit that these people are activated."""
    chosen = list(users)
    for begin in range(0, len(chosen), AT_ONCE):
        work.enqueue(TELL_ACTIVATED, Newly(chosen[begin : begin + AT_ONCE]))


async def tell(works: Works, payload: dict[str, Any]) -> None:
    """Announce it of those who still are and of whom it was not told; again it changes nothing."""
    newly = msgspec.convert(payload, Newly)
    async with works.begin() as work:
        for user_id in await untold_activated(work.db, newly.users, Activated.kind()):
            work.announce(Activated(user_id=user_id))
