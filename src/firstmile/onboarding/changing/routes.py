"""HTTP of the steps for those who change them: plan, apply, history, undo, export."""

from typing import Any

from litestar import Router, get, post
from litestar.params import JSONBody

from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.refusals import Invalid, NotFound
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.onboarding.catalogue import TOPIC
from firstmile.onboarding.changing import store_editions
from firstmile.onboarding.changing.applying import (
    apply_definitions,
    plan_definitions,
    plan_undo,
    undo_edition,
)
from firstmile.onboarding.changing.editions import (
    Author,
    Edition,
    Order,
    Wanted,
    check_reason,
    check_seen,
)
from firstmile.onboarding.changing.folders import wanted_of
from firstmile.onboarding.changing.plans import Plan
from firstmile.onboarding.changing.schemas import (
    ApplyIn,
    EditionOut,
    EditionsOut,
    ExportOut,
    PlanOut,
    UndoIn,
    WantedIn,
)
from firstmile.onboarding.files.definitions import DefinitionsRefused, Mistake
from firstmile.onboarding.files.schema import schema
from firstmile.onboarding.files.writing import written, written_moves
from firstmile.onboarding.permissions import STEPS_CHANGE, STEPS_READ
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff, fresh_actor

READ, CHANGE = [as_staff(STEPS_READ)], [as_staff(STEPS_CHANGE)]


@get("/steps", guards=READ, responses=problems(401, 403, 404, 503))
async def export_steps(visit: Visiting) -> ExportOut:
    """The steps in force as YAML, with the migrations made by now. Comments are not kept."""
    edition = await in_force(visit)
    return ExportOut(
        edition=edition.number,
        steps=written(edition.definitions),
        migrations={name: written_moves(moves) for name, moves in edition.made.items()},
    )


@get("/steps/schema", guards=READ, responses=problems(401, 403, 503))
async def get_schema() -> dict[str, Any]:
    """The JSON Schema of the files of steps."""
    return schema()


@get("/steps/history", guards=READ, responses=problems(401, 403, 503))
async def list_editions(visit: Visiting) -> EditionsOut:
    """Every edition with who made it and why, the newest first."""
    async with visit.reading() as db:
        found = await store_editions.editions(db)
    return EditionsOut(items=[EditionOut.of(one) for one in found])


@post("/steps/plan", guards=CHANGE, status_code=200, responses=problems(*BODY, 401, 503))
async def plan_steps(visit: Visiting, data: JSONBody[WantedIn]) -> PlanOut:
    """What these steps would do to whom. Changes nothing."""
    return PlanOut.of(await planned(visit, data.steps, data.moves))


@post("/steps/apply", guards=CHANGE, status_code=200, responses=problems(*BODY, 401, 409, 503))
async def apply_steps(visit: Visiting, data: JSONBody[ApplyIn]) -> PlanOut:
    """Put these steps into force and move everybody, in one transaction."""
    return PlanOut.of(await applied(visit, data.steps, data.moves, data.reason, data.plan))


@get("/steps/undo", guards=CHANGE, responses=problems(401, 403, 404, 409, 503))
async def plan_undo_steps(visit: Visiting) -> PlanOut:
    """What it would do to whom to undo the newest edition that stands. Changes nothing."""
    edition, plan = await planned_undo(visit)
    return PlanOut.of(plan, edition.number)


@post("/steps/undo", guards=CHANGE, status_code=200, responses=problems(*BODY, 401, 404, 409, 503))
async def undo_steps(visit: Visiting, data: JSONBody[UndoIn]) -> PlanOut:
    """Undo the newest edition that stands, definitions and people."""
    return PlanOut.of(await undone(visit, data.reason, data.plan))


async def in_force(visit: Visit) -> Edition:
    """The edition in force; NotFound when there is none."""
    async with visit.reading() as db:
        found = await store_editions.editions(db, most=1)
    if not found:
        raise NotFound(N_("No steps were ever applied."))
    return found[0]


async def planned(visit: Visit, steps: str, moves: str) -> Plan:
    """The plan of what somebody typed; raises Invalid with every mistake in it."""
    wanted = await _wanted(visit, steps, moves)
    try:
        # Not the Work of the visit: it may have moved people before it was refused.
        async with visit.part(Works).begin() as work:
            return await plan_definitions(work, wanted)
    except DefinitionsRefused as refused:
        raise _told(refused) from refused


async def applied(visit: Visit, steps: str, moves: str, reason: str, seen: str) -> Plan:
    """The same put into force by who asks, who has just confirmed that it is them."""
    order = await _order(visit, reason, seen)
    work = await visit.work()
    wanted = await _wanted(visit, steps, moves)
    try:
        plan = await apply_definitions(work, wanted, order, check=check_seen)
    except DefinitionsRefused as refused:
        raise _told(refused) from refused
    await visit.part(Hints).tell_with(work, TOPIC, "applied")
    return plan


async def planned_undo(visit: Visit) -> tuple[Edition, Plan]:
    """The newest edition that stands, and the plan of undoing it."""
    async with visit.part(Works).begin() as work:
        return await plan_undo(work)


async def undone(visit: Visit, reason: str, seen: str) -> Plan:
    """The newest edition that stands, undone by who asks."""
    order = await _order(visit, reason, seen)
    work = await visit.work()
    plan = await undo_edition(work, order, check=check_seen)
    await visit.part(Hints).tell_with(work, TOPIC, "undone")
    return plan


async def _order(visit: Visit, reason: str, seen: str) -> Order:
    actor = await fresh_actor(visit)
    return Order(Author("staff", actor.user_id), check_reason(reason), seen)


async def _wanted(visit: Visit, steps: str, moves: str) -> Wanted:
    """What was typed, with its moves as a migration named after the edition it leads to."""
    async with visit.reading() as db:
        number = await store_editions.edition_in_force(db) + 1
    try:
        return wanted_of(steps, moves, f"console-{number}")
    except DefinitionsRefused as refused:
        raise _told(refused) from refused


def _told(refused: DefinitionsRefused) -> Invalid:
    """Every mistake beside the text it is in, with its line."""
    return Invalid(
        N_("Something is wrong with these steps."),
        details=[_detail(one) for one in refused.mistakes],
    )


def _detail(mistake: Mistake) -> dict[str, Any]:
    told = {"line": mistake.line, "code": mistake.code, "about": mistake.about}
    return {
        "field": "steps" if mistake.file == "steps.yaml" else "moves",
        "message": mistake.message,
        **{name: one for name, one in told.items() if one},
    }


router = Router(
    path="/api/v1/admin",
    route_handlers=[
        export_steps,
        get_schema,
        list_editions,
        plan_steps,
        apply_steps,
        plan_undo_steps,
        undo_steps,
    ],
    tags=["Steps"],
)
