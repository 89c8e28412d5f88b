"""Flags that nobody needs any more, and keys that are no flags: what there is to tidy up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from firstmile.release.models import FlagRow
from firstmile.targeting.flags import Kind

# How long a flag of a kind may live, as Unleash has it; the others may stay.
LIFETIMES = {Kind.RELEASE: timedelta(days=40), Kind.EXPERIMENT: timedelta(days=40)}
LOOKED_AT = timedelta(days=14)  # of counts; a release that is not asked for so long is forgotten


class Sign(StrEnum):
    """Why something should be tidied up."""

    EXPIRED = "expired"
    TOO_OLD = "too_old"
    NOT_ASKED = "not_asked"
    ONE_VARIANT = "one_variant"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Served:
    """What a flag served in the days that are looked at."""

    flag: str
    variant: str | None
    count: int


@dataclass(frozen=True)
class Debt:
    """One thing to tidy up; `since` a day, `variant` what is always served, `count` how often."""

    key: str
    sign: Sign
    since: date | None = None
    variant: str | None = None
    count: int = 0
    kind: Kind | None = None
    owner: str = ""


def debts(
    rows: Iterable[FlagRow], served: Iterable[Served], *, counted_since: date | None, now: datetime
) -> list[Debt]:
    """What is wrong with flags, one sign each, the gravest.

    `served` is what they served within `LOOKED_AT`, and `counted_since` the first day anything was
    counted: before it nobody can say that a flag was not asked for.
    """
    by_flag: dict[str, list[Served]] = {}
    for one in served:
        by_flag.setdefault(one.flag, []).append(one)
    is_counted = counted_since is not None and counted_since <= (now - LOOKED_AT).date()
    return [
        debt
        for row in rows
        if (debt := _of_flag(row, by_flag.get(row.flag.key, []), now, is_counted=is_counted))
    ]


def is_expired(row: FlagRow, now: datetime) -> bool:
    """Whether a flag is past its day, or older than its kind may be."""
    return _end_of(row) is not None and _end_of(row) < now.date()  # type: ignore[operator]


def _of_flag(row: FlagRow, served: list[Served], now: datetime, *, is_counted: bool) -> Debt | None:
    flag, end, long_ago = row.flag, _end_of(row), now - LOOKED_AT
    count = sum(one.count for one in served)
    if end is not None and end < now.date():
        sign = Sign.EXPIRED if flag.expires_on else Sign.TOO_OLD
        return Debt(flag.key, sign, end, None, count, flag.kind, flag.owner)
    if row.updated_at > long_ago or not is_counted:
        return None
    if not served:
        return Debt(flag.key, Sign.NOT_ASKED, long_ago.date(), None, 0, flag.kind, flag.owner)
    if len(served) == 1 and flag.kind in LIFETIMES:
        variant = served[0].variant
        since = row.updated_at.date()
        return Debt(flag.key, Sign.ONE_VARIANT, since, variant, count, flag.kind, flag.owner)
    return None


def _end_of(row: FlagRow) -> date | None:
    if row.flag.expires_on is not None:
        return row.flag.expires_on
    lifetime = LIFETIMES.get(row.flag.kind)
    return (row.created_at + lifetime).date() if lifetime else None
