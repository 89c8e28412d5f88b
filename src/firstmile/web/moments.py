"""Moments in the words of a page."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, format_timedelta

from firstmile.kernel.languages import N_, translate

MINUTE = timedelta(minutes=1)


def ago(moment: datetime, now: datetime, language: str) -> str:
    """How long ago it was, as one would say it: `2 hours ago`."""
    if now - moment < MINUTE:
        return translate(language, N_("just now"))
    return format_timedelta(moment - now, add_direction=True, locale=language)


def ahead(wait: timedelta, language: str) -> str:
    """How long until then: `in 15 minutes`."""
    return format_timedelta(wait, add_direction=True, locale=language)


def on(moment: datetime, language: str, zone: str | None) -> str:
    """The day and the time where the person is, or in UTC when they did not say."""
    there = moment.astimezone(ZoneInfo(zone or "UTC"))
    told = f"{format_date(there, 'long', locale=language)}, "
    return told + format_time(there, "short", locale=language)


def told_moment(
    moment: datetime, now: datetime, language: str, zone: str | None = None
) -> dict[str, str]:
    """A moment as the macro `moment` of templates takes it."""
    return {
        "at": moment.isoformat(),
        "on": on(moment, language, zone),
        "ago": ago(moment, now, language),
    }


def day(moment: datetime, language: str, zone: str | None) -> str:
    """The day where the person is."""
    there = moment.astimezone(ZoneInfo(zone or "UTC"))
    return format_date(there, "long", locale=language)
