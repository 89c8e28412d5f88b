"""The figures of the first mile in the words of a page."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date, format_skeleton, format_timedelta
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from firstmile.kernel.languages import N_, translate
from firstmile.onboarding.insights.comparing import difference
from firstmile.onboarding.insights.figures import (
    FEW,
    Group,
    Lasting,
    Overview,
    StepFigures,
    VersionDone,
)
from firstmile.onboarding.insights.store_trends import InForce
from firstmile.web.insights.gathering import DAY, EDGES, HOUR, MINUTE, Figures, Side

NONE = "–"


class Words:
    """What the page says in a language; `titles` are those of the steps."""

    def __init__(self, language: str, titles: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self._titles = titles

    def title(self, step: str) -> str:
        """What a step is called; one that is no more, by its key."""
        titles = self._titles.get(step) or {}
        return titles.get(self.language) or titles.get("en") or step

    def share(self, part: int, whole: int) -> str:
        """A part of a whole in percent."""
        return format_percent(part / whole, locale=self.language) if whole else NONE

    def lasted(self, seconds: float | None) -> str:
        """How long it took, in one unit."""
        if seconds is None:
            return NONE
        return format_timedelta(timedelta(seconds=seconds), locale=self.language, threshold=1.5)

    def length(self, seconds: float) -> str:
        """An edge of a range, in the unit it is round in."""
        units = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))
        size, unit = next((one for one in units if seconds >= one[0]), units[-1])
        return format_unit(round(seconds / size), f"duration-{unit}", "short", locale=self.language)

    def whole(self, whole: Overview) -> dict[str, Any]:
        """The cohort as a whole."""
        by_checklist = whole.activated - whole.activated_without_start
        return {
            "people": whole.people,
            "isFew": 0 < whole.people < FEW,
            "started": whole.started,
            "activated": whole.activated,
            "rate": self.share(whole.activated, whole.people),
            "inTime": self.share(whole.in_time, whole.ripe),
            "ripe": whole.ripe,
            "rateOfStarted": self.share(by_checklist, whole.started),
            "rateOfOthers": self.share(whole.activated_without_start, whole.not_started),
            "wentOn": self.share(whole.went_on, whole.people),
            "putOff": whole.put_off,
            "putOffAndBack": self.share(whole.put_off_and_back, whole.put_off),
            "times": [
                self.lasted(one)
                for one in (whole.seconds_p50, whole.seconds_p75, whole.seconds_p90)
            ],
        }

    def step(self, one: StepFigures) -> dict[str, Any]:
        """One step of the funnel."""
        return {
            "title": self.title(one.step),
            "meant": one.meant,
            "isFew": one.meant < FEW,
            "isShared": one.is_shared,
            "done": one.done,
            "skipped": one.skipped,
            "blocked": one.blocked,
            "percent": round(one.share * 100),
            "share": format_percent(one.share, locale=self.language),
            "dropOff": format_percent(one.drop_off, locale=self.language),
        }

    def version(self, one: VersionDone) -> dict[str, Any]:
        """One version of a step."""
        return {
            "title": self.title(one.step),
            "version": one.version,
            "done": one.done,
            "isFew": one.done < FEW,
            "half": self.lasted(one.seconds_p50),
            "most": self.lasted(one.seconds_p90),
        }

    def group(self, one: Group, activated_then: int, unit: str) -> dict[str, Any]:
        """Who began in a week or month, with the address that shows them alone."""
        return {
            "name": self.period(one.first, unit),
            "since": one.first.isoformat(),
            "until": last_day(one.first, unit).isoformat(),
            "people": one.people,
            "isFew": one.people < FEW,
            "started": one.started,
            "activated": one.activated,
            "rate": self.share(one.activated, one.people),
            "inTime": self.share(one.in_time, one.ripe),
            "isRipe": one.ripe == one.people,
            "half": self.lasted(one.seconds_p50),
            "then": activated_then,
        }

    def period(self, first: date, unit: str) -> str:
        """A week by its Monday, a month by its name and year."""
        moment = datetime(first.year, first.month, first.day)  # noqa: DTZ001  a name, no moment
        skeleton = "yMMM" if unit == "month" else "MMMd"
        return format_skeleton(skeleton, moment, locale=self.language)

    def lasting(self, one: Lasting) -> dict[str, Any]:
        """One range of the time it took."""
        if one.least == EDGES[0]:
            name = translate(self.language, N_("under %(edge)s")) % {"edge": self.length(one.most)}
        elif one.most == EDGES[-1]:
            name = translate(self.language, N_("over %(edge)s")) % {"edge": self.length(one.least)}
        else:
            name = f"{self.length(one.least)} – {self.length(one.most)}"
        return {"name": name, "people": one.people}

    def edition(self, one: InForce) -> dict[str, Any]:
        """A version of the steps as one chooses it."""
        since = format_date(one.since.date(), "medium", locale=self.language)
        told = translate(self.language, N_("%(number)s, since %(day)s"))
        return {"number": one.number, "name": told % {"number": one.number, "day": since}}

    def comparison(self, figures: Figures) -> dict[str, Any] | None:
        """Two versions beside each other, share by share."""
        if not figures.sides:
            return None
        one, other = figures.sides
        steps = [(self.title(step.step), step.step) for step in figures.steps]
        rows = [self._compared(translate(self.language, N_("Activated")), one, other, None)]
        rows += [self._compared(title, one, other, key) for title, key in steps]
        sides = [
            {
                "name": self.edition(side.edition)["name"],
                "reason": side.edition.reason,
                "isFew": side.whole.ripe < FEW,
                **self.whole(side.whole),
            }
            for side in figures.sides
        ]
        return {"sides": sides, "rows": rows}

    def _compared(self, title: str, one: Side, other: Side, step: str | None) -> dict[str, Any]:
        (part, whole), (other_part, other_whole) = one.in_a_week(step), other.in_a_week(step)
        apart = difference(part, whole, other_part, other_whole)
        return {
            "title": title,
            "shares": [part / whole, other_part / other_whole] if apart else None,
            "told": [self.share(part, whole), self.share(other_part, other_whole)],
            "range": apart and f"{self._points(apart.low)} … {self._points(apart.high)}",
            "isClear": apart is not None and (apart.low > 0 or apart.high < 0),
        }

    def _points(self, share: float) -> str:
        return format_decimal(round(share * 100), format="+#,##0;−#,##0", locale=self.language)


def last_day(first: date, unit: str) -> date:
    """The last day of the week or month that begins then."""
    if unit == "week":
        return first + timedelta(days=6)
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
