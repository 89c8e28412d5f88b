"""The console's pages about experiments: what may be concluded, and the way to a decision."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.kernel.access import Actor
from firstmile.kernel.languages import N_
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Invalid, Refusal, Stale
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import as_staff, fresh_actor
from firstmile.release import store_experiments as store
from firstmile.release.catalogue import Flags
from firstmile.release.estimates import Scale
from firstmile.release.experiment_actions import Laboratory
from firstmile.release.experiment_models import Design, Limit, State, Unit
from firstmile.release.funnel import Funnel, metric_of
from firstmile.release.models import Author
from firstmile.release.permissions import EXPERIMENTS_CHANGE, EXPERIMENTS_READ
from firstmile.release.planning import Needed, needed
from firstmile.release.routes_experiments import read
from firstmile.targeting.flags import Kind
from firstmile.web.confirm import confirm_first
from firstmile.web.console import console_page
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.rendering import language_of, mistakes, person_of, query_of
from firstmile.web.telling_experiments import Words

Page = Response[str] | Redirect

PATH = "/console/experiments"
ONE = f"{PATH}/{{experiment_id:uuid}}"
READ, CHANGE = [as_staff(EXPERIMENTS_READ)], [as_staff(EXPERIMENTS_CHANGE)]
GOAL, GUARD, MARGIN = "goal.", "guard.", "margin."
NOTHING_NEW = "-"  # what the form says for a decision that keeps the control


@get(PATH, guards=READ)
async def list_page(visit: Visiting) -> Page:
    """Every experiment: those that run first."""
    async with visit.reading() as db:
        found = await store.experiments(db)
    words = await _words(visit)
    return await console_page(
        visit,
        "console_experiments.html",
        experiments=[words.experiment(one) for one in found],
        may_change=await _may_change(visit),
    )


@get(f"{PATH}/new", guards=CHANGE)
async def new_page(visit: Visiting) -> Page:
    """The form of a new one, and how many people it would take."""
    query = query_of(visit.scope)
    if first := await confirm_first(visit, f"{PATH}/new"):
        return first
    plan, errors = None, {}
    if "base" in query:
        try:
            plan = _plan(query)
        except Invalid as refusal:
            errors = mistakes(refusal, await _language(visit))
    form = {"windowDays": "7", "hopedFor": "5000", "unit": "user", **query}
    return await _form(visit, form=form, errors=errors, plan=plan)


@post(f"{PATH}/new", guards=CHANGE)
async def design(visit: Visiting, request: AnyRequest) -> Page:
    """Write it down as a draft."""
    form = await fields_of(request)
    if first := await confirm_first(visit, f"{PATH}/new"):
        return first
    try:
        one = await visit.part(Laboratory).design(
            await visit.work(),
            _wanted(form, visit.part(Flags).environment),
            await _author(visit),
            form.get("reason", ""),
        )
    except Invalid as refusal:
        errors = mistakes(refusal, await _language(visit))
        return await _form(visit, status=status_of(refusal), form=form, errors=errors, plan=None)
    return see(f"{PATH}/{one.id}?notice=experiment-designed")


@get(ONE, guards=READ)
async def experiment_page(visit: Visiting, experiment_id: FromPath[UUID]) -> Page:
    """What may be concluded, in words first."""
    return await _page(visit, experiment_id)


@post(f"{ONE}/start", guards=CHANGE)
async def start(visit: Visiting, request: AnyRequest, experiment_id: FromPath[UUID]) -> Page:
    """Let people in."""
    return await _move(visit, request, experiment_id, "started")


@post(f"{ONE}/stop", guards=CHANGE)
async def stop(visit: Visiting, request: AnyRequest, experiment_id: FromPath[UUID]) -> Page:
    """Let nobody new in."""
    return await _move(visit, request, experiment_id, "stopped")


@post(f"{ONE}/decide", guards=CHANGE)
async def decide(visit: Visiting, request: AnyRequest, experiment_id: FromPath[UUID]) -> Page:
    """End it with what everybody gets."""
    return await _move(visit, request, experiment_id, "decided")


async def _move(visit: Visit, request: AnyRequest, experiment_id: UUID, what: str) -> Page:
    form, path = await fields_of(request), f"{PATH}/{experiment_id}"
    if first := await confirm_first(visit, path):
        return first
    laboratory, author, reason = (
        visit.part(Laboratory),
        await _author(visit),
        form.get("reason", ""),
    )
    text = form.get("rowVersion", "")
    seen, work = int(text) if text.isascii() and text.isdecimal() else 0, await visit.work()
    try:
        if what == "started":
            await laboratory.start(work, experiment_id, author, reason, seen)
        elif what == "stopped":
            await laboratory.stop(work, experiment_id, author, reason, seen)
        else:
            told = form.get("shipped", "")
            shipped = None if told == NOTHING_NEW else told
            await laboratory.decide(work, experiment_id, shipped, author, reason, seen)
    except (Invalid, Conflict, Stale) as refusal:
        return await _page(visit, experiment_id, refusal)
    return see(f"{path}?notice=experiment-{what}")


async def _page(visit: Visit, experiment_id: UUID, refusal: Refusal | None = None) -> Page:
    language = await _language(visit)
    one, found = await read(visit, experiment_id, language)
    async with visit.reading() as db:
        notes = await store.history(db, experiment_id)
    words = await _words(visit)
    return await console_page(
        visit,
        "console_experiment.html",
        status=200 if refusal is None else status_of(refusal),
        errors={} if refusal is None else mistakes(refusal, language),
        experiment=words.experiment(one),
        results=None if found is None else words.results(found),
        history=[words.note(note) for note in notes],
        may_change=await _may_change(visit) and one.state is not State.DECIDED,
    )


async def _form(visit: Visit, *, plan: Needed | None, status: int = 200, **words: Any) -> Page:
    language, funnel, flags = await _language(visit), visit.part(Funnel), visit.part(Flags)
    metrics = [
        {
            "key": metric.key,
            "name": funnel.told(metric.key, language),
            "is_share": metric.scale is Scale.SHARE,
        }
        for metric in funnel.metrics()
    ]
    say = await _words(visit)
    known = flags.snapshot().flags.values()
    return await console_page(
        visit,
        "console_experiment_new.html",
        status=status,
        metrics=metrics,
        flags=[
            {"code": flag.key, "name": f"{flag.key} ({', '.join(flag.variants)})"}
            for flag in known
            if flag.kind is Kind.EXPERIMENT
        ],
        plan=None
        if plan is None
        else {
            "one_look": say.count(plan.one_look),
            "any_look": say.count(plan.any_look),
            "days": None if plan.days is None else say.count(plan.days),
        },
        **words,
    )


def _plan(query: Mapping[str, str]) -> Needed:
    pace = query.get("aDay", "").strip()
    return needed(
        _number(query.get("base", ""), "base") / 100,
        _number(query.get("difference", ""), "difference") / 100,
        a_day=_number(pace, "aDay") if pace else None,
    )


def _wanted(form: Mapping[str, str], environment: str) -> Design:
    goals = tuple(name.removeprefix(GOAL) for name in form if name.startswith(GOAL))
    guards = [name.removeprefix(GUARD) for name in form if name.startswith(GUARD)]
    matters = form.get("matters", "").strip()
    unit = Unit.VISITOR if form.get("unit") == Unit.VISITOR else Unit.USER
    return Design(
        environment=environment,
        flag_key=form.get("flagKey", ""),
        name=form.get("name", ""),
        hypothesis=form.get("hypothesis", ""),
        control=form.get("control", "").strip(),
        goals=goals,
        guardrails=tuple(
            Limit(key, _in_unit(form.get(f"{MARGIN}{key}", "") or "0", key, f"{MARGIN}{key}"))
            for key in guards
        ),
        unit=unit,
        needs_consent=unit is Unit.VISITOR or "needsConsent" in form,
        window_days=round(_number(form.get("windowDays", ""), "windowDays")),
        matters=_in_unit(matters, goals[0], "matters") if matters and goals else None,
        hoped_for=round(_number(form.get("hopedFor", ""), "hopedFor")),
    )


def _in_unit(text: str, metric: str, field: str) -> float:
    """A difference as people write it, in points or days, in the unit of the figure."""
    number = _number(text, field)
    return number / 100 if metric_of(metric).scale is Scale.SHARE else number


def _number(text: str, field: str) -> float:
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e9:  # neither too large, nor no number at all
        raise Invalid.field(field, N_("Write a number."))
    return number


async def _author(visit: Visit) -> Author:
    actor = await fresh_actor(visit)
    return Author("staff", actor.user_id)


async def _may_change(visit: Visit) -> bool:
    actor: Actor = await visit.actor()
    return actor.staff_role in EXPERIMENTS_CHANGE.roles


async def _words(visit: Visit) -> Words:
    return Words(visit.part(Funnel), await _language(visit), visit.part(Works).clock())


async def _language(visit: Visit) -> str:
    return language_of(visit.scope, await person_of(visit))


router = Router(
    path="/",
    route_handlers=[list_page, new_page, design, experiment_page, start, stop, decide],
    include_in_schema=False,
)
