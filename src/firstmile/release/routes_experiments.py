"""HTTP of experiments, for those who run them and those who read what they show."""

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from firstmile.kernel.asgi import header_of
from firstmile.kernel.languages import accepted, best_of
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import as_staff, fresh_actor
from firstmile.release import store_experiments as store
from firstmile.release.experiment_actions import Laboratory
from firstmile.release.experiment_models import Experiment, no_such_experiment
from firstmile.release.funnel import Funnel
from firstmile.release.models import Author
from firstmile.release.permissions import EXPERIMENTS_CHANGE, EXPERIMENTS_READ
from firstmile.release.planning import needed
from firstmile.release.results import Results, results
from firstmile.release.results_csv import as_csv
from firstmile.release.schemas_experiments import (
    DecideIn,
    ExperimentOut,
    ExperimentsOut,
    MoveIn,
    NeededOut,
    NewIn,
    NoteOut,
    ReadOutOut,
    RedesignIn,
    ResultsOut,
)

READ, CHANGE = [as_staff(EXPERIMENTS_READ)], [as_staff(EXPERIMENTS_CHANGE)]
CHANGES = problems(*BODY, 401, 404, 409, 503)
ONE = "/experiments/{experiment_id:uuid}"

Share = Annotated[float, QueryParameter(description="What it is now, from 0 to 1")]
Difference = Annotated[float, QueryParameter(description="What would matter: 0.02 is two points")]
Arms = Annotated[int | None, QueryParameter(description="Variants, the control among them")]
Pace = Annotated[float | None, QueryParameter(name="aDay", description="People who come a day")]
Days = Annotated[int | None, QueryParameter(name="windowDays", description="Days followed")]


@get("/experiments", guards=READ, responses=problems(401, 403, 503))
async def list_experiments(visit: Visiting) -> ExperimentsOut:
    """Every experiment: those that run first, then the newest."""
    async with visit.reading() as db:
        found = await store.experiments(db)
    return ExperimentsOut(items=[ExperimentOut.of(one) for one in found])


@get("/experiments/plan", guards=READ, responses=problems(400, 401, 403, 422, 503))
async def plan_experiment(
    visit: Visiting,  # noqa: ARG001  every route of ours is handed one
    base: Share,
    difference: Difference,
    arms: Arms = None,
    a_day: Pace = None,
    window_days: Days = None,
) -> NeededOut:
    """How many people it takes to find a difference of a share, looking at any time."""
    found = needed(base, difference, arms=arms or 2, a_day=a_day, window=window_days or 7)
    return NeededOut.of(found)


@get(ONE, guards=READ, responses=problems(400, 401, 403, 404, 503))
async def get_experiment(visit: Visiting, experiment_id: FromPath[UUID]) -> ReadOutOut:
    """An experiment, what it shows now and what may be concluded, in sentences."""
    language = _language(visit)
    one, found = await read(visit, experiment_id, language)
    async with visit.reading() as db:
        notes = await store.history(db, one.id)
    return ReadOutOut(
        experiment=ExperimentOut.of(one),
        results=None if found is None else ResultsOut.of(found, language),
        history=[NoteOut.of(note) for note in notes],
    )


@get(f"{ONE}/results.csv", guards=READ, responses=problems(400, 401, 403, 404, 503))
async def get_table(visit: Visiting, experiment_id: FromPath[UUID]) -> Response[str]:
    """What it shows as a table for spreadsheets; a draft has no lines."""
    one, found = await read(visit, experiment_id, "en")
    headers = {"content-disposition": f'attachment; filename="experiment-{one.id}.csv"'}
    table = "" if found is None else as_csv(found)
    return Response(table, media_type="text/csv; charset=utf-8", headers=headers)


@post("/experiments", guards=CHANGE, responses=problems(*BODY, 401, 409, 503))
async def design_experiment(visit: Visiting, data: JSONBody[NewIn]) -> ExperimentOut:
    """Write a draft: what it is to find out, settled before anybody meets it."""
    author = await author_of(visit)
    laboratory = visit.part(Laboratory)
    return ExperimentOut.of(
        await laboratory.design(await visit.work(), data.design.design(), author, data.reason)
    )


@put(ONE, guards=CHANGE, responses=CHANGES)
async def redesign_experiment(
    visit: Visiting, experiment_id: FromPath[UUID], data: JSONBody[RedesignIn]
) -> ExperimentOut:
    """Change a draft; what has begun keeps the design it began with."""
    author = await author_of(visit)
    return ExperimentOut.of(
        await visit.part(Laboratory).redesign(
            await visit.work(),
            experiment_id,
            data.design.design(),
            author,
            data.reason,
            data.row_version,
        )
    )


@post(f"{ONE}/start", guards=CHANGE, status_code=200, responses=CHANGES)
async def start_experiment(
    visit: Visiting, experiment_id: FromPath[UUID], data: JSONBody[MoveIn]
) -> ExperimentOut:
    """Begin: whoever is shown the flag from now on takes part."""
    author, laboratory = await author_of(visit), visit.part(Laboratory)
    return ExperimentOut.of(
        await laboratory.start(
            await visit.work(), experiment_id, author, data.reason, data.row_version
        )
    )


@post(f"{ONE}/stop", guards=CHANGE, status_code=200, responses=CHANGES)
async def stop_experiment(
    visit: Visiting, experiment_id: FromPath[UUID], data: JSONBody[MoveIn]
) -> ExperimentOut:
    """Let nobody new in; who is in keeps their variant and is followed to the end."""
    author, laboratory = await author_of(visit), visit.part(Laboratory)
    return ExperimentOut.of(
        await laboratory.stop(
            await visit.work(), experiment_id, author, data.reason, data.row_version
        )
    )


@post(f"{ONE}/decide", guards=CHANGE, status_code=200, responses=CHANGES)
async def decide_experiment(
    visit: Visiting, experiment_id: FromPath[UUID], data: JSONBody[DecideIn]
) -> ExperimentOut:
    """End it: the flag serves the variant, or the control, to everybody from now on."""
    author, laboratory = await author_of(visit), visit.part(Laboratory)
    return ExperimentOut.of(
        await laboratory.decide(
            await visit.work(), experiment_id, data.shipped, author, data.reason, data.row_version
        )
    )


async def read(
    visit: Visit, experiment_id: UUID, language: str
) -> tuple[Experiment, Results | None]:
    """An experiment with what it shows now; NotFound when there is none."""
    now = visit.part(Works).clock()
    async with visit.reading() as db:
        one = await store.experiment(db, experiment_id)
        if one is None:
            raise no_such_experiment()
        return one, await results(db, one, visit.part(Funnel), language, now)


async def author_of(visit: Visit) -> Author:
    """Who changes something now, and has just confirmed that it is them."""
    actor = await fresh_actor(visit)
    return Author("staff", actor.user_id)


def _language(visit: Visit) -> str:
    return best_of(accepted(header_of(visit.scope, b"accept-language")))


router = Router(
    path="/api/v1/admin",
    route_handlers=[
        list_experiments,
        plan_experiment,
        get_experiment,
        get_table,
        design_experiment,
        redesign_experiment,
        start_experiment,
        stop_experiment,
        decide_experiment,
    ],
    tags=["Experiments"],
)
