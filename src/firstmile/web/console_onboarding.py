"""The console's page of insights: what became of those who began, and where they stop."""

from litestar import Response, Router, get
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.insights import store as store_insights
from firstmile.onboarding.insights import store_trends
from firstmile.onboarding.permissions import ONBOARDING_READ
from firstmile.protect.guards import as_staff
from firstmile.web.console import console_page
from firstmile.web.experimenting import ROLES
from firstmile.web.insights.asking import DAY, Asked, asked_of
from firstmile.web.insights.charts import charts_of, met
from firstmile.web.insights.gathering import Figures, figures_of
from firstmile.web.insights.tables import TABLES, written
from firstmile.web.insights.telling import Words
from firstmile.web.rendering import language_of, person_of, query_of

Page = Response[str] | Redirect

PATH = "/console/onboarding"


@get(PATH, guards=[as_staff(ONBOARDING_READ)])
async def insights_page(visit: Visiting) -> Page:
    """The figures of a cohort as tables, each with its chart."""
    async with visit.reading() as db:
        markets = await store_insights.markets(db)
        editions = await store_trends.in_force(db)
    asked, figures = await _asked(visit)
    titles = visit.part(Catalogue).titles()
    words = Words(language_of(visit.scope, await person_of(visit)), titles)
    return await console_page(
        visit,
        "console_onboarding.html",
        asked=_chosen(asked),
        markets=markets,
        roles=ROLES,
        editions=[words.edition(one) for one in editions],
        whole=words.whole(figures.whole),
        steps=[words.step(one) for one in figures.steps],
        is_any_shared=any(one.is_shared for one in figures.steps),
        versions=[words.version(one) for one in figures.versions],
        groups=[
            words.group(one, figures.activations.get(one.first, 0), asked.unit)
            for one in figures.groups
        ],
        lasting=[words.lasting(one) for one in met(list(figures.lasting))],
        comparison=words.comparison(figures),
        charts=charts_of(figures, words, asked.unit),
    )


@get(f"{PATH}/{{file:str}}", guards=[as_staff(ONBOARDING_READ)])
async def insights_csv(visit: Visiting, file: FromPath[str]) -> Response[str]:
    """A table for spreadsheets: `overview.csv`, steps, versions, cohorts, durations, comparison."""
    table, _, ending = file.partition(".")
    if table not in TABLES or ending != "csv":
        raise NotFound(N_("There is no such table."))
    _, figures = await _asked(visit)
    return Response(
        written(*TABLES[table](figures)),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="onboarding-{table}.csv"'},
    )


async def _asked(visit: Visit) -> tuple[Asked, Figures]:
    now = visit.part(Works).clock()
    steps = visit.part(Catalogue).definitions.steps
    async with visit.reading() as db:
        editions = await store_trends.in_force(db)
        asked = asked_of(query_of(visit.scope), editions, now.date())
        return asked, await figures_of(db, asked, steps, now)


def _chosen(asked: Asked) -> dict[str, str | int]:
    """What the form of the page shows as chosen."""
    return {
        "since": asked.wide.since.date().isoformat(),
        "until": (asked.wide.until - DAY).date().isoformat(),
        "market": asked.wide.market or "",
        "role": asked.wide.role or "",
        "version": asked.edition.number if asked.edition else "",
        "by": asked.unit,
        "first": asked.first.number if asked.first else "",
        "second": asked.second.number if asked.second else "",
    }


router = Router(path="/", route_handlers=[insights_page, insights_csv], include_in_schema=False)
