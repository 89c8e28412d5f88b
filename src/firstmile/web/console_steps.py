"""The console's pages about steps: those in force, how they changed, and the way to change them."""

from litestar import Response, Router, get, post
from litestar.response import Redirect

from firstmile.identity import store_people
from firstmile.kernel.languages import said
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Invalid, NotFound
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.changing import store_editions
from firstmile.onboarding.changing.editions import Edition
from firstmile.onboarding.changing.plans import Plan
from firstmile.onboarding.changing.routes import (
    applied,
    in_force,
    planned,
    planned_undo,
    undone,
)
from firstmile.onboarding.files.definitions import Definitions, parse_definitions
from firstmile.onboarding.files.linting.unwise import warnings
from firstmile.onboarding.files.writing import written
from firstmile.onboarding.permissions import STEPS_CHANGE, STEPS_READ
from firstmile.protect.guards import as_staff
from firstmile.web.confirm import confirm_first
from firstmile.web.console import console_page
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.rendering import language_of, mistakes, person_of
from firstmile.web.step_words import StepWords

Page = Response[str] | Redirect

PATH = "/console/steps"
READ, CHANGE = [as_staff(STEPS_READ)], [as_staff(STEPS_CHANGE)]
SHOWN = 20  # editions
NO_MOVES = "moves:\n"


@get(PATH, guards=READ)
async def steps_page(visit: Visiting) -> Page:
    """The steps in force with how many people are where, and how they came about."""
    words = await _words(visit)
    actor = await visit.actor()
    async with visit.reading() as db:
        editions = await store_editions.editions(db, most=SHOWN + 1)
        people = await store_editions.people_at(db)
        authors = [one.author.user_id for one in editions if one.author.user_id]
        names = await store_people.names_of(db, authors)
    definitions = visit.part(Catalogue).definitions
    now = visit.part(Works).clock()
    befores = [*editions[1:], None]
    return await console_page(
        visit,
        "console_steps.html",
        steps=[words.step(step, people.get(step.key, {})) for step in definitions.steps],
        routes=[words.route(route) for route in definitions.routes],
        edition=editions[0].number if editions else None,
        warnings=await _advice(visit, definitions, words.language),
        history=[
            words.edition(one, before, names, now)
            for one, before in list(zip(editions, befores, strict=True))[:SHOWN]
        ],
        may_change=actor.staff_role in STEPS_CHANGE.roles,
    )


@get(f"{PATH}/edit", guards=CHANGE)
async def edit_page(visit: Visiting) -> Page:
    """The steps in force as YAML, to be written anew, and what becomes of people."""
    if first := await confirm_first(visit, f"{PATH}/edit"):
        return first
    try:
        steps = written((await in_force(visit)).definitions)
    except NotFound:
        steps = "steps:\n"
    return await _form(visit, {"steps": steps, "moves": NO_MOVES})


@post(f"{PATH}/plan", guards=CHANGE)
async def plan_page(visit: Visiting, request: AnyRequest) -> Page:
    """What it would do to whom; or the form again, with what is wrong or to be changed."""
    form = await _typed(request)
    if form.pop("act", "") == "edit":
        return await _form(visit, form)
    try:
        plan = await planned(visit, form["steps"], form["moves"])
    except Invalid as refusal:
        return await _form(visit, form, refusal)
    return await _preview(visit, plan, form)


@post(f"{PATH}/apply", guards=CHANGE)
async def apply_page(visit: Visiting, request: AnyRequest) -> Page:
    """Put it into force, if it is still the plan that was shown."""
    if first := await confirm_first(visit, f"{PATH}/edit"):
        return first
    form = await _typed(request)
    try:
        await applied(
            visit, form["steps"], form["moves"], form.get("reason", ""), form.get("plan", "")
        )
    except (Invalid, Conflict) as refusal:
        try:
            plan = await planned(visit, form["steps"], form["moves"])
        except Invalid as wrong:
            return await _form(visit, form, wrong)
        return await _preview(visit, plan, form, refusal)
    return see(f"{PATH}?notice=steps-applied")


@get(f"{PATH}/undo", guards=CHANGE)
async def undo_page(visit: Visiting) -> Page:
    """What it would do to whom to undo the newest edition that stands."""
    if first := await confirm_first(visit, f"{PATH}/undo"):
        return first
    return await _preview_undo(visit, {})


@post(f"{PATH}/undo", guards=CHANGE)
async def undo(visit: Visiting, request: AnyRequest) -> Page:
    """Undo it, if it is still the plan that was shown."""
    if first := await confirm_first(visit, f"{PATH}/undo"):
        return first
    form = await fields_of(request)
    try:
        await undone(visit, form.get("reason", ""), form.get("plan", ""))
    except (Invalid, Conflict) as refusal:
        return await _preview_undo(visit, form, refusal)
    return see(f"{PATH}?notice=steps-undone")


async def _typed(request: AnyRequest) -> dict[str, str]:
    """The form, with the line ends every file has."""
    form = await fields_of(request)
    texts = {name: form.get(name, "").replace("\r\n", "\n") for name in ("steps", "moves")}
    return form | texts | ({"moves": ""} if texts["moves"].strip() in ("", "moves:") else {})


async def _form(visit: Visit, form: dict[str, str], refusal: Invalid | None = None) -> Page:
    """The form; every mistake stands above it with its line."""
    language = language_of(visit.scope, await person_of(visit))
    told = refusal.details if refusal is not None and isinstance(refusal.details, list) else []
    return await console_page(
        visit,
        "console_steps_edit.html",
        status=200 if refusal is None else status_of(refusal),
        form=form | {"moves": form["moves"] or NO_MOVES},
        wrong={
            name: [said(language, one) for one in told if one["field"] == name]
            for name in ("steps", "moves")
        },
    )


async def _preview(
    visit: Visit, plan: Plan, form: dict[str, str], refusal: Invalid | Conflict | None = None
) -> Page:
    return await _plan_page(visit, plan, form, refusal, typed=form)


async def _preview_undo(
    visit: Visit, form: dict[str, str], refusal: Invalid | Conflict | None = None
) -> Page:
    edition, plan = await planned_undo(visit)
    return await _plan_page(visit, plan, form, refusal, undoes=edition)


async def _plan_page(
    visit: Visit,
    plan: Plan,
    form: dict[str, str],
    refusal: Invalid | Conflict | None,
    *,
    typed: dict[str, str] | None = None,
    undoes: Edition | None = None,
) -> Page:
    words = await _words(visit)
    wanted = parse_definitions(typed["steps"]) if typed else Definitions()
    return await console_page(
        visit,
        "console_steps_plan.html",
        status=200 if refusal is None else status_of(refusal),
        errors={} if refusal is None else mistakes(refusal, words.language),
        form={"reason": form.get("reason", "")},
        typed={name: (typed or {}).get(name, "") for name in ("steps", "moves")},
        undoes=undoes and {"number": undoes.number, "reason": undoes.reason},
        plan=words.plan(plan),
        warnings=await _advice(visit, wanted, words.language),
    )


async def _advice(visit: Visit, definitions: Definitions, language: str) -> list[str]:
    """What is allowed and perhaps unwise, in a language."""
    async with visit.reading() as db:
        told = await store_editions.attributes_told(db)
    return [one.told(language) for one in warnings(definitions, told)]


async def _words(visit: Visit) -> StepWords:
    return StepWords(language_of(visit.scope, await person_of(visit)))


router = Router(
    path="/",
    route_handlers=[steps_page, edit_page, plan_page, apply_page, undo_page, undo],
    include_in_schema=False,
)
