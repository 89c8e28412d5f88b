"""The kill switch: switches parts of the product off and on, on every replica."""

from datetime import timedelta

from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid, NotFound
from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints
from firstmile.protect.switches import Area
from firstmile.release import store_switches as store
from firstmile.release.events import SwitchedOff, SwitchedOn
from firstmile.release.store_switches import Flip

TOPIC = "switches"
LONGEST_REASON = 500


class KillSwitch:
    """Its verbs. `staff_id` is who does it; None from the command line.

    Asked for what is so already they change nothing, so each may be repeated.
    """

    off_at = staticmethod(store.off_at)

    def __init__(self, hints: Hints) -> None:
        self._hints = hints

    async def activate(
        self, work: Work, area: Area, reason: str, *, staff_id: UserId | None
    ) -> Flip | None:
        """Switch an area off; None when it was off. Raises Invalid without a reason."""
        said = checked_reason(reason)
        await store.lock_switches(work.db)
        if await store.is_off(work.db, area):
            return None
        await store.begin_use(work.db, new_id(), area, said, staff_id, work.now)
        work.announce(SwitchedOff(area=area, reason=said, staff_id=staff_id))
        return await self._flipped(work)

    async def deactivate(
        self, work: Work, area: Area, reason: str, *, staff_id: UserId | None
    ) -> Flip | None:
        """Switch an area on again; None when it was on. Raises Invalid without a reason."""
        said = checked_reason(reason)
        await store.lock_switches(work.db)
        if not await store.end_use(work.db, area, said, staff_id, work.now):
            return None
        work.announce(SwitchedOn(area=area, reason=said, staff_id=staff_id))
        return await self._flipped(work)

    async def flip_canary(self, work: Work) -> Flip:
        """Tell every replica of a change that changes nothing, to see how long it takes."""
        return await self._flipped(work)

    async def flip_canary_when_due(self, work: Work, rest: timedelta) -> Flip | None:
        """The same, unless something was flipped within `rest`."""
        flip = await store.advance_when_due(work.db, rest)
        if flip is not None:
            await self._hints.tell_with(work, TOPIC, str(flip.revision))
        return flip

    async def _flipped(self, work: Work) -> Flip:
        flip = await store.advance(work.db)
        await self._hints.tell_with(work, TOPIC, str(flip.revision))
        return flip


def area_named(name: str) -> Area:
    """The area of this name; raises NotFound for any other word."""
    if name not in set(Area):
        raise NotFound(N_("There is no such switch."))
    return Area(name)


def checked_reason(reason: str) -> str:
    """A reason as it is kept; raises Invalid for none, and for a long one."""
    said = " ".join(reason.split())
    if not said:
        raise Invalid.field("reason", N_("Say why, in a sentence."))
    if len(said) > LONGEST_REASON:
        raise Invalid.field("reason", N_("Say it in at most 500 characters."))
    return said
