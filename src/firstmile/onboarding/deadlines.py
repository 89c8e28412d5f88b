"""Until when a step is to be done."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum


class After(StrEnum):
    """From when the days count."""

    START = "start"
    OPEN = "open"


@dataclass(frozen=True)
class Due:
    """A date, which is over when its day is over in UTC; or days after a beginning."""

    days: int | None = None
    after: After = After.START
    on: date | None = None

    def moment(self, started: datetime | None, opened: datetime | None) -> datetime | None:
        """When it is over; None while that cannot be told."""
        if self.on is not None:
            day = self.on
            return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        begun = started if self.after is After.START else opened
        if begun is None or self.days is None:
            return None
        return begun + timedelta(days=self.days)
