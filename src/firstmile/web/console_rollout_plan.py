"""The console's forms that plan a rollout, or a flag to go on or off at a moment."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Response, Router, get, post
from litestar.response import Redirect

from firstmile.kernel.languages import N_, translate
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Invalid, NotFound, Refusal
from firstmile.kernel.visit import Visit, Visiting
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff
from firstmile.release import store
from firstmile.release.permissions import FLAGS_CHANGE
from firstmile.release.ramping import Plan, plan
from firstmile.release.rollouts import LIMIT_MS, STAGES, Guard, Stage, Watch, share_of
from firstmile.release.routes_flags import author_of
from firstmile.release.sayings import percent
from firstmile.release.schedules import Wish, schedule
from firstmile.web.confirm import confirm_first
from firstmile.web.console import console_page
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.rendering import language_of, mistakes, person_of, query_of
from firstmile.web.rollout_words import GUARDS as WATCHES

Page = Response[str] | Redirect

PATH = "/console/rollouts"
NEW, SCHEDULE = f"{PATH}/new", f"{PATH}/schedule"
GUARDS = [as_staff(FLAGS_CHANGE)]
ROWS = 6  # stages that the form has room for; the API takes 20
UNITS = {"minutes": 1, "hours": 60, "days": 1440}
UNIT_NAMES = {"minutes": N_("minutes"), "hours": N_("hours"), "days": N_("days")}
MARGINS = {Watch.ERRORS: "1", Watch.SLOW: "5", Watch.COMPLETION: "5"}
PRESET = (
    {f"share.{row}": f"{share:g}" for row, share in enumerate(STAGES)}
    | {f"time.{row}": "1" for row in range(ROWS)}
    | {f"unit.{row}": "days" for row in range(ROWS)}
    | {f"margin.{watch}": margin for watch, margin in MARGINS.items()}
    | {"limit": str(LIMIT_MS), "guard.errors": "on", "guard.slow": "on"}
)


@get(NEW, guards=GUARDS)
async def new_page(visit: Visiting) -> Page:
    """The form of a rollout, filled with the usual stages and guards."""
    if first := await confirm_first(visit, _here(visit, NEW)):
        return first
    return await _form(visit, "console_rollout_new.html", PRESET | {"flag": _asked(visit)})


@post(NEW, guards=GUARDS)
async def plan_it(visit: Visiting, request: AnyRequest) -> Page:
    """Plan it; without a start its first stage begins at once."""
    form = await fields_of(request)
    if first := await confirm_first(visit, NEW):
        return first
    try:
        author = await author_of(visit)
        wanted = await _plan(visit, form)
        rollout = await plan(await visit.work(), visit.part(Hints), wanted, author)
    except (Invalid, Conflict, NotFound) as refusal:
        return await _again(visit, "console_rollout_new.html", refusal, form)
    return see(f"{PATH}/{rollout.id}?notice=rollout-planned")


@get(SCHEDULE, guards=GUARDS)
async def schedule_page(visit: Visiting) -> Page:
    """The form of a flag that is to go on or off."""
    if first := await confirm_first(visit, _here(visit, SCHEDULE)):
        return first
    return await _form(visit, "console_schedule.html", {"flag": _asked(visit), "enabled": "off"})


@post(SCHEDULE, guards=GUARDS)
async def schedule_it(visit: Visiting, request: AnyRequest) -> Page:
    """Plan that a flag goes on or off."""
    form = await fields_of(request)
    if first := await confirm_first(visit, SCHEDULE):
        return first
    try:
        author = await author_of(visit)
        due_at = await _moment(visit, form, "dueAt")
        if due_at is None:
            raise Invalid.field("dueAt", N_("Say when."))
        environment, key = _flag(form)
        wish = Wish(environment, key, form.get("enabled") == "on", due_at, form.get("reason", ""))
        await schedule(await visit.work(), wish, author)
    except (Invalid, Conflict, NotFound) as refusal:
        return await _again(visit, "console_schedule.html", refusal, form)
    return see(f"{PATH}?notice=schedule-planned")


async def _again(
    visit: Visit, template: str, refusal: Refusal, form: dict[str, str]
) -> Response[str]:
    errors = mistakes(refusal, language_of(visit.scope, await person_of(visit)))
    return await _form(visit, template, form, status=status_of(refusal), errors=errors)


async def _form(
    visit: Visit, template: str, form: dict[str, str], *, status: int = 200, **words: Any
) -> Response[str]:
    person = await person_of(visit)
    language = language_of(visit.scope, person)
    return await console_page(
        visit,
        template,
        status=status,
        form=form,
        flags=await _flags(visit, language),
        rows=range(ROWS),
        units=[{"code": code, "name": translate(language, UNIT_NAMES[code])} for code in UNITS],
        watches=[{"code": str(one), "name": translate(language, WATCHES[one])} for one in Watch],
        zone=(person and person.time_zone) or "UTC",
        **words,
    )


async def _flags(visit: Visit, language: str) -> list[dict[str, str]]:
    """Every flag in use, with where it is now."""
    found = []
    async with visit.reading() as db:
        for environment in await store.environments(db):
            for row in await store.flags(db, environment.name):
                share = percent(share_of(row.flag), language)
                code = f"{environment.name}/{row.flag.key}"
                name = f"{row.flag.key} ({environment.name}, {share})"
                found.append({"code": code, "name": name})
    return found


async def _plan(visit: Visit, form: dict[str, str]) -> Plan:
    environment, key = _flag(form)
    return Plan(
        environment=environment,
        key=key,
        stages=_stages(form),
        guards=tuple(_guard(form, watch) for watch in Watch if f"guard.{watch}" in form),
        reason=form.get("reason", ""),
        starts_at=await _moment(visit, form, "startsAt"),
    )


def _flag(form: dict[str, str]) -> tuple[str, str]:
    environment, _, key = form.get("flag", "").partition("/")
    if not key:
        raise Invalid.field("flag", N_("Choose a flag."))
    return environment, key


def _stages(form: dict[str, str]) -> tuple[Stage, ...]:
    """The rows that have a share, in their order."""
    stages = []
    for row in range(ROWS):
        if form.get(f"share.{row}", "").strip():
            share = _number(form, f"share.{row}", "stages")
            time = _number(form, f"time.{row}", "stages")
            minutes = time * UNITS.get(form.get(f"unit.{row}", ""), 1)
            stages.append(Stage(share, round(minutes)))
    return tuple(stages)


def _guard(form: dict[str, str], watch: Watch) -> Guard:
    margin = _number(form, f"margin.{watch}", "guards")
    if watch is not Watch.SLOW:
        return Guard(watch, margin)
    return Guard(watch, margin, round(_number(form, "limit", "guards")))


def _number(form: dict[str, str], name: str, field: str) -> float:
    text = form.get(name, "").strip().removesuffix("%").replace(",", ".").strip()
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1_000_000:
        raise Invalid.field(field, N_("Write numbers, such as 5 or 0.5."))
    return number


async def _moment(visit: Visit, form: dict[str, str], name: str) -> datetime | None:
    """A moment of the form, as it is where the person is; None when it says none."""
    text = form.get(name, "").strip()
    if not text:
        return None
    person = await person_of(visit)
    zone = ZoneInfo((person and person.time_zone) or "UTC")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid.field(name, N_("Write a day and a time.")) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _asked(visit: Visit) -> str:
    query = query_of(visit.scope)
    if "flag" not in query:
        return ""
    return f"{query.get('environment', 'production')}/{query['flag']}"


def _here(visit: Visit, path: str) -> str:
    query = visit.scope.get("query_string", b"").decode("latin-1")
    return f"{path}?{query}" if query else path


router = Router(
    path="/",
    route_handlers=[new_page, plan_it, schedule_page, schedule_it],
    include_in_schema=False,
)
