"""The console's page of insights: what became of those who began, and where they stop."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

from babel.dates import format_timedelta
from babel.numbers import format_percent
from litestar import Response, Router, get
from litestar.response import Redirect

from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.onboarding import store_insights as store
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.insights import Cohort, Overview, StepFigures, VersionDone, funnel
from firstmile.protect.guards import as_staff
from firstmile.release.permissions import EXPERIMENTS_READ
from firstmile.web.console import console_page
from firstmile.web.experimenting import ROLES
from firstmile.web.rendering import language_of, person_of, query_of

Page = Response[str] | Redirect

PATH = "/console/onboarding"
USUAL = timedelta(days=90)
DAY = timedelta(days=1)
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


@get(PATH, guards=[as_staff(EXPERIMENTS_READ)])
async def insights_page(visit: Visiting) -> Page:
    """The figures of a cohort as tables, each with its bar."""
    cohort = cohort_of(visit)
    whole, steps, versions = await _figures(visit, cohort)
    async with visit.reading() as db:
        markets = await store.markets(db)
    language = language_of(visit.scope, await person_of(visit))
    return await console_page(
        visit,
        "console_onboarding.html",
        since=cohort.since.date().isoformat(),
        until=(cohort.until - DAY).date().isoformat(),
        market=cohort.market or "",
        role=cohort.role or "",
        markets=markets,
        roles=ROLES,
        whole=_told(whole, language),
        steps=[_told_step(visit, one, language) for one in steps],
        versions=[_told_version(visit, one, language) for one in versions],
    )


@get(f"{PATH}/steps.csv", guards=[as_staff(EXPERIMENTS_READ)])
async def steps_csv(visit: Visiting) -> Response[str]:
    """The steps as a table for spreadsheets."""
    _, steps, _ = await _figures(visit, cohort_of(visit))
    head = ("step", "done", "skipped", "blocked", "share", "drop_off")
    rows = [
        (one.step, one.done, one.skipped, one.blocked, one.share, one.drop_off) for one in steps
    ]
    return _csv("steps", head, rows)


@get(f"{PATH}/versions.csv", guards=[as_staff(EXPERIMENTS_READ)])
async def versions_csv(visit: Visiting) -> Response[str]:
    """The versions of the steps as a table for spreadsheets."""
    _, _, versions = await _figures(visit, cohort_of(visit))
    head = ("step", "version", "done", "seconds_p50", "seconds_p90")
    rows = [(one.step, one.version, one.done, one.seconds_p50, one.seconds_p90) for one in versions]
    return _csv("versions", head, rows)


def cohort_of(visit: Visit) -> Cohort:
    """Who is meant by the address; what cannot be read counts as left out."""
    query, today = query_of(visit.scope), visit.part(Works).clock().date()
    until = _day(query.get("until")) or today
    since = _day(query.get("since")) or until - USUAL
    return Cohort(
        _midnight(min(since, until)),
        _midnight(max(since, until)) + DAY,
        query.get("market") or None,
        query.get("role") or None,
    )


async def _figures(
    visit: Visit, cohort: Cohort
) -> tuple[Overview, list[StepFigures], list[VersionDone]]:
    async with visit.reading() as db:
        whole = await store.overview(db, cohort)
        stand = await store.statuses(db, cohort)
        versions = await store.versions(db, cohort)
        blocked = await store.blocked(db, cohort.since.date(), cohort.until.date())
    done = {key: count for (key, status), count in stand.items() if status == "done"}
    skipped = {key: count for (key, status), count in stand.items() if status == "skipped"}
    order = list(visit.part(Catalogue).titles())
    return whole, funnel(order, whole.people, done, skipped, blocked), versions


def _told(whole: Overview, language: str) -> dict[str, Any]:
    return {
        "people": whole.people,
        "started": whole.started,
        "activated": whole.activated,
        "rate": _share(whole.activated, whole.people, language),
        "rateOfStarted": _share(
            whole.activated - whole.activated_without_start, whole.started, language
        ),
        "rateOfOthers": _share(whole.activated_without_start, whole.not_started, language),
        "wentOn": _share(whole.went_on, whole.people, language),
        "times": [
            _lasted(one, language)
            for one in (whole.seconds_p50, whole.seconds_p75, whole.seconds_p90)
        ],
    }


def _told_step(visit: Visit, one: StepFigures, language: str) -> dict[str, Any]:
    return {
        "title": _title(visit, one.step, language),
        "done": one.done,
        "skipped": one.skipped,
        "blocked": one.blocked,
        "percent": round(one.share * 100),
        "share": format_percent(one.share, locale=language),
        "dropOff": format_percent(one.drop_off, locale=language),
    }


def _told_version(visit: Visit, one: VersionDone, language: str) -> dict[str, Any]:
    return {
        "title": _title(visit, one.step, language),
        "version": one.version,
        "done": one.done,
        "half": _lasted(one.seconds_p50, language),
        "most": _lasted(one.seconds_p90, language),
    }


def _title(visit: Visit, step: str, language: str) -> str:
    titles = visit.part(Catalogue).titles().get(step) or {}
    return titles.get(language) or titles.get("en") or step


def _share(part: int, whole: int, language: str) -> str:
    return format_percent(part / whole, locale=language) if whole else "–"


def _lasted(seconds: float | None, language: str) -> str:
    if seconds is None:
        return "–"
    return format_timedelta(timedelta(seconds=seconds), locale=language, threshold=1.5)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _csv(name: str, head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Response[str]:
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(head)
    for first, *rest in rows:
        step = f"'{first}" if str(first).startswith(FORMULAS) else first
        writer.writerow([step, *("" if one is None else one for one in rest)])
    return Response(
        table.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="onboarding-{name}.csv"'},
    )


router = Router(
    path="/", route_handlers=[insights_page, steps_csv, versions_csv], include_in_schema=False
)
