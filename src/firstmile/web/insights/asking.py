"""What the address of the page asks for: a cohort, how it is grouped, what is compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from firstmile.onboarding.insights.figures import Cohort
from firstmile.onboarding.insights.store_trends import InForce

USUAL = timedelta(days=90)
DAY = timedelta(days=1)
UNITS = ("week", "month")


@dataclass(frozen=True)
class Asked:
    """`wide` is the cohort before it is narrowed to one edition; comparisons are made in it."""

    wide: Cohort
    edition: InForce | None
    unit: str
    first: InForce | None
    second: InForce | None

    @property
    def cohort(self) -> Cohort:
        """Whom the figures are about."""
        if self.edition is None:
            return self.wide
        return self.wide.between(self.edition.since, self.edition.until)

    @property
    def sides(self) -> list[InForce]:
        """The two editions to compare, or none."""
        if self.first is None or self.second is None or self.first == self.second:
            return []
        return [self.first, self.second]


def asked_of(query: Mapping[str, str], editions: Sequence[InForce], today: date) -> Asked:
    """What is asked; what cannot be read counts as left out. The newest two are compared."""
    until = _day(query.get("until")) or today
    since = _day(query.get("since")) or until - USUAL
    wide = Cohort(
        _midnight(min(since, until)),
        _midnight(max(since, until)) + DAY,
        query.get("market") or None,
        query.get("role") or None,
    )
    before, newest = ([None, None, *editions])[-2:]
    unit = query.get("by", "")
    return Asked(
        wide,
        _edition(query.get("version"), editions),
        unit if unit in UNITS else UNITS[0],
        _edition(query.get("first"), editions) or before,
        _edition(query.get("second"), editions) or newest,
    )


def _edition(text: str | None, editions: Sequence[InForce]) -> InForce | None:
    return next((one for one in editions if str(one.number) == text), None)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
