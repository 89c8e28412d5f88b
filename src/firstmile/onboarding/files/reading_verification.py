"""Reads who says that a step is done, for whom it is, and until when; says what is wrong."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from firstmile.onboarding.deadlines import After, Due
from firstmile.onboarding.files.fields import DUE, FACTS, VERIFICATION, complaints
from firstmile.onboarding.files.lined_yaml import Lined
from firstmile.onboarding.files.reading_needs import Wrong
from firstmile.onboarding.verifying import Called, Counted
from firstmile.targeting.checking import complaints as condition_complaints
from firstmile.targeting.conditions import Condition, segments_in, shares_in

WAYS = ("person", "fact", "event", "call")
SPAN = re.compile(r"([1-9][0-9]{0,4}) (minute|hour|day)s?")
ADDRESS = re.compile(r"https?://[\x21-\x7e]+")
SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
MOST_COUNT, MOST_DAYS = 1000, 3650
YEAR = 365 * 86_400  # events are kept for a year


def check_verification(verification: Lined, wrong: Wrong) -> None:
    """Say what is wrong with the verification of a step."""
    for line, message in (*complaints(verification, VERIFICATION), *_wrong_in(verification)):
        wrong(line, message)


def counted_in(verification: Lined) -> Counted | None:
    """The events that complete the step, of a verification that was checked."""
    if verification["by"] != "event":
        return None
    within = verification.get("within")
    return Counted(
        verification["event"], verification.get("count", 1), _seconds(within) if within else None
    )


def called_in(verification: Lined) -> Called | None:
    """Which server says so, of a verification that was checked."""
    return Called(verification.get("url")) if verification["by"] == "call" else None


def read_condition(where: Lined, wrong: Wrong) -> Condition | None:
    """For whom `when` says that it is."""
    given = where.get("when")
    if not isinstance(given, Lined):
        return None
    try:
        condition = msgspec.convert(_plain(given), Condition)
    except msgspec.ValidationError as refused:
        wrong(given.line, f"when is no condition: {refused}")
        return None
    found = [f"{at} {what}" for at, what in condition_complaints(condition, "when")]
    if any(segments_in(condition)) or any(shares_in(condition)):
        found.append("when asks for attributes; segments and shares are for flags")
    for message in found:
        wrong(given.line, message)
    return None if found else condition


def read_due(where: Lined, wrong: Wrong) -> Due | None:
    """Until when it is to be done."""
    given = where.get("due")
    if not isinstance(given, Lined):
        return None
    found = list(complaints(given, DUE))
    days, after, on = given.get("days"), given.get("after", "start"), given.get("date")
    if (days is None) == (on is None):
        found.append((given.line, "due has either `days:` or `date:`"))
    if isinstance(days, int) and not 1 <= days <= MOST_DAYS:
        found.append((given.line_of("days"), f"days is from 1 to {MOST_DAYS}"))
    if after not in tuple(After):
        found.append((given.line_of("after"), "days count after `start` or after `open`"))
    if isinstance(on, datetime):
        found.append((given.line_of("date"), "date is a day such as 2026-12-24"))
    for line, message in found:
        wrong(line, message)
    return None if found else Due(days, After(after), on)


def written_span(seconds: int) -> str:
    """A time as it is read, in the largest unit that it is whole in: `7 days`."""
    unit = next(unit for unit in ("day", "hour", "minute") if seconds % SECONDS[unit] == 0)
    number = seconds // SECONDS[unit]
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _wrong_in(verification: Lined) -> Iterator[tuple[int, str]]:
    by, fact = verification.get("by"), verification.get("fact")
    if by not in WAYS:
        yield verification.line, f"verification is by one of: {', '.join(WAYS)}"
    elif fact is None and by == "fact":
        yield verification.line, "'fact' is missing"
    elif isinstance(fact, str) and fact not in FACTS:
        yield verification.line_of("fact"), f"the fact is one of: {', '.join(FACTS)}"
    yield from _misplaced(verification, by)
    yield from _wrong_numbers(verification)


def _misplaced(verification: Lined, by: Any) -> Iterator[tuple[int, str]]:
    if by == "event" and not verification.get("event"):
        yield verification.line, "'event' is missing"
    places = {"event": "event", "count": "event", "within": "event", "url": "call"}
    for name, place in places.items():
        if name in verification and by != place:
            yield verification.line_of(name), f"{name} is for a step by `{place}`"


def _wrong_numbers(verification: Lined) -> Iterator[tuple[int, str]]:
    count, within = verification.get("count"), verification.get("within")
    if isinstance(count, int) and not 1 <= count <= MOST_COUNT:
        yield verification.line_of("count"), f"count is from 1 to {MOST_COUNT}"
    if isinstance(within, str) and not 0 < _seconds(within) <= YEAR:
        yield verification.line_of("within"), "within is a time such as `7 days`, a year at most"
    url = verification.get("url")
    if isinstance(url, str) and not _is_address(url):
        yield verification.line_of("url"), "url is an https address"


def _is_address(url: str) -> bool:
    try:
        return ADDRESS.fullmatch(url) is not None and urlsplit(url).port != 0
    except ValueError:  # a port that is none, brackets around no address
        return False


def _seconds(span: str) -> int:
    found = SPAN.fullmatch(span)
    return int(found[1]) * SECONDS[found[2]] if found else 0


def _plain(value: Any) -> Any:
    """Values as JSON has them: YAML reads some texts as dates."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
