"""Tells the other members of a project that one of them changed a step of it.

Within the change it would hold every member's journey, and each waits for their own.
"""

from typing import Any

import msgspec

from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Works
from firstmile.onboarding.actions import MemberChange, activate_if_complete, known_journey
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.events import SharedStepsChanged
from firstmile.onboarding.store_shared import members

AT_ONCE = 50  # members a transaction is about; it holds their journeys for some milliseconds each


class MemberTelling:
    """The job: whoever has nothing left to do is activated, and open tabs ask again."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def tell(self, works: Works, payload: dict[str, Any]) -> None:
        """Look at every member again; once more changes nothing."""
        project_id = msgspec.convert(payload, MemberChange).project_id
        after: UserId | None = None
        while True:
            async with works.begin() as work:
                found = await members(work.db, project_id, after=after, most=AT_ONCE)
                for user_id in found:
                    journey = await known_journey(work, self._catalogue, user_id)
                    await activate_if_complete(work, journey)
                if found:
                    work.announce(SharedStepsChanged(project_id=project_id, members=list(found)))
            if len(found) < AT_ONCE:
                return
            after = found[-1]
