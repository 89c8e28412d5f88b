"""Who is told that something was switched."""

from datetime import UTC, datetime

from firstmile.kernel.database import Connection
from firstmile.protect.switches import Area, Off, Switches

NOW = datetime(2026, 11, 28, tzinfo=UTC)


async def nothing_off(_: Connection, __: datetime) -> frozenset[Area]:
    return frozenset()


def test_a_flip_that_only_measures_wakes_no_tab() -> None:
    """One comes every ten seconds: each tab of each person would ask for its state anew."""
    told: list[int] = []
    switches = Switches(nothing_off)
    switches.after_change(lambda: told.append(switches.revision))
    switches.replace((), 1)
    switches.replace((), 2)
    assert told == []
    assert switches.revision == 2
    switches.replace((Off(Area.GUIDANCE, NOW, "An incident"),), 3)
    switches.replace((Off(Area.GUIDANCE, NOW, "An incident"),), 4)
    switches.replace((), 5)
    assert told == [3, 5]
