"""The figures as tables for spreadsheets."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from io import StringIO
from typing import Any

from firstmile.web.insights.gathering import Figures

FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run
Row = Sequence[Any]


def overview(figures: Figures) -> tuple[Row, Iterable[Row]]:
    """The cohort as a whole, a figure in each row."""
    return ("figure", "value"), asdict(figures.whole).items()


def steps(figures: Figures) -> tuple[Row, Iterable[Row]]:
    """The funnel."""
    head = ("step", "meant", "done", "skipped", "blocked", "share", "drop_off", "scope")
    rows = [
        (
            one.step, one.meant, one.done, one.skipped, one.blocked, one.share, one.drop_off,
            "project" if one.is_shared else "user",
        )
        for one in figures.steps
    ]  # fmt: skip
    return head, rows


def versions(figures: Figures) -> tuple[Row, Iterable[Row]]:
    """The versions of the steps."""
    head = ("step", "version", "done", "seconds_p50", "seconds_p90")
    rows = [
        (one.step, one.version, one.done, one.seconds_p50, one.seconds_p90)
        for one in figures.versions
    ]
    return head, rows


def cohorts(figures: Figures) -> tuple[Row, Iterable[Row]]:
    """Those who began, week by week or month by month; and who was activated then."""
    head = (
        "first_day", "people", "started", "activated", "had_a_week", "activated_in_a_week",
        "seconds_p50", "activated_then",
    )  # fmt: skip
    rows = [
        (
            one.first, one.people, one.started, one.activated, one.ripe, one.in_time,
            one.seconds_p50, figures.activations.get(one.first, 0),
        )
        for one in figures.groups
    ]  # fmt: skip
    return head, rows


def durations(figures: Figures) -> tuple[Row, Iterable[Row]]:
    """How many took how long."""
    rows = [(one.least, one.most, one.people) for one in figures.lasting]
    return ("seconds_from", "seconds_to", "people"), rows


def comparison(figures: Figures) -> tuple[Row, Iterable[Row]]:
    """Two versions of the steps: who had a week, and how many did what in it."""
    rows: list[Row] = []
    for side in figures.sides:
        for step in (None, *(one.step for one in figures.steps)):
            name = "activated" if step is None else f"step:{step}"
            rows.append((side.edition.number, name, *side.in_a_week(step)))
    return ("version", "figure", "in_a_week", "had_a_week"), rows


TABLES: dict[str, Callable[[Figures], tuple[Row, Iterable[Row]]]] = {
    "overview": overview,
    "steps": steps,
    "versions": versions,
    "cohorts": cohorts,
    "durations": durations,
    "comparison": comparison,
}


def written(head: Row, rows: Iterable[Row]) -> str:
    """A table in text, with nothing in it that a spreadsheet would run."""
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(head)
    for row in rows:
        writer.writerow([_cell(one) for one in row])
    return table.getvalue()


def _cell(one: Any) -> Any:
    if one is None:
        return ""
    return f"'{one}" if isinstance(one, str) and one.startswith(FORMULAS) else one
