"""The console's pages that publish a content, roll it back, withdraw it, and keep things quiet."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.guidance.lint import Level, findings
from firstmile.guidance.models import Author
from firstmile.guidance.permissions import GUIDANCE_CHANGE
from firstmile.guidance.publishing import Wish, publish, roll_back, withdraw
from firstmile.guidance.quieting import begin_quiet, end_quiet
from firstmile.guidance.registry import Registry
from firstmile.kernel.languages import N_
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Invalid, NotFound
from firstmile.kernel.visit import Visiting
from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff, fresh_actor
from firstmile.web.confirm import confirm_first
from firstmile.web.console_guidance import ONE, PATH, Desk, desk_of, known_draft
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.rendering import mistakes

Page = Response[str] | Redirect
Form = dict[str, str]

CHANGE = [as_staff(GUIDANCE_CHANGE)]
ACTING = f"{ONE}/{{act:str}}/{{environment:str}}"
TITLES = {
    "publish": N_("Publish in %(environment)s"),
    "roll-back": N_("Roll back in %(environment)s"),
    "withdraw": N_("Withdraw from %(environment)s"),
}
HOURS = (1, 4, 24)


@get(ACTING, guards=CHANGE)
async def act_page(
    visit: Visiting, key: FromPath[str], act: FromPath[str], environment: FromPath[str]
) -> Page:
    """What will happen, the reason to give, and the button."""
    desk = await _desk(visit, act, environment)
    if first := await confirm_first(visit, f"{PATH}/contents/{key}/{act}/{environment}"):
        return first
    return await _form(desk, key, act, environment)


@post(ACTING, guards=CHANGE)
async def do_act(
    visit: Visiting,
    key: FromPath[str],
    act: FromPath[str],
    environment: FromPath[str],
    request: AnyRequest,
) -> Page:
    """Do it, or say what is in the way."""
    desk, form = await _desk(visit, act, environment), await fields_of(request)
    actor = await fresh_actor(visit)
    wish = Wish(environment, key, Author("staff", actor.user_id), form.get("reason", ""))
    try:
        await VERBS[act](desk, await visit.work(), wish, form)
    except (Invalid, Conflict) as refusal:
        errors = _told(refusal, desk.words.language)
        return await _form(
            desk, key, act, environment, status=status_of(refusal), form=form, errors=errors
        )
    return see(f"{PATH}/contents/{key}?notice=guidance-done")


@get(f"{PATH}/quiet/{{environment:str}}", guards=CHANGE)
async def quiet_page(visit: Visiting, environment: FromPath[str]) -> Page:
    """For how long nothing interrupts, and why."""
    desk = await _desk(visit, "publish", environment)
    if first := await confirm_first(visit, f"{PATH}/quiet/{environment}"):
        return first
    return await desk.page("console_guidance_quiet.html", environment=environment, hours=HOURS)


@post(f"{PATH}/quiet/{{environment:str}}", guards=CHANGE)
async def keep_quiet(visit: Visiting, environment: FromPath[str], request: AnyRequest) -> Page:
    """Let nothing interrupt, or again."""
    desk, form = await _desk(visit, "publish", environment), await fields_of(request)
    actor = await fresh_actor(visit)
    author, work, hints = Author("staff", actor.user_id), await visit.work(), visit.part(Hints)
    hours = form.get("hours", "")
    if hours == "0":
        await end_quiet(work, hints, environment, author)
        return see(f"{PATH}?notice=guidance-loud")
    try:
        if hours not in map(str, HOURS):
            raise Invalid.field("hours", N_("Choose one of these."))
        until = desk.now + timedelta(hours=int(hours))
        await begin_quiet(work, hints, environment, until, form.get("reason", ""), author)
    except Invalid as refusal:
        return await desk.page(
            "console_guidance_quiet.html",
            status=status_of(refusal),
            environment=environment,
            hours=HOURS,
            form=form,
            errors=mistakes(refusal, desk.words.language),
        )
    return see(f"{PATH}?notice=guidance-quiet")


async def _desk(visit: Visiting, act: str, environment: str) -> Desk:
    desk = await desk_of(visit)
    if act not in TITLES or environment not in desk.environments:
        raise NotFound(N_("There is no such environment."), error="environment_not_found")
    return desk


async def _form(
    desk: Desk, key: str, act: str, environment: str, *, status: int = 200, **words: Any
) -> Page:
    async with desk.visit.reading() as db:
        draft = await known_draft(db, key)
    around = desk.visit.part(Registry).around(environment, desk.now)
    found = findings(draft.content, around) if act == "publish" else []
    errors = [one for one in found if one.level is not Level.WARNING]
    return await desk.page(
        "console_guidance_act.html",
        status=status,
        act=act,
        environment=environment,
        title=desk.words.say(TITLES[act], environment=environment),
        content=desk.words.content(draft.content),
        seen=draft.row_version,
        findings=[desk.words.finding(one) for one in found],
        may_override=bool(errors) and all(one.may_be_overridden for one in errors),
        is_in_the_way=any(not one.may_be_overridden for one in errors),
        **words,
    )


async def _publish(desk: Desk, work: Work, wish: Wish, form: Form) -> None:
    around = desk.visit.part(Registry).around(wish.environment, desk.now)
    seen = int(form["seen"]) if form.get("seen", "").isdecimal() else 0
    await publish(
        work,
        desk.visit.part(Hints),
        wish,
        seen=seen,
        around=around,
        override=form.get("override", ""),
    )


async def _roll_back(desk: Desk, work: Work, wish: Wish, _: Form) -> None:
    await roll_back(work, desk.visit.part(Hints), wish)


async def _withdraw(desk: Desk, work: Work, wish: Wish, _: Form) -> None:
    await withdraw(work, desk.visit.part(Hints), wish)


VERBS: dict[str, Callable[[Desk, Work, Wish, Form], Awaitable[None]]] = {
    "publish": _publish,
    "roll-back": _roll_back,
    "withdraw": _withdraw,
}


def _told(refusal: Invalid | Conflict, language: str) -> dict[str, str]:
    """What is in the way: beside the reason where it is about that, else above the form."""
    found = mistakes(refusal, language)
    if "reason" in found or "form" in found:
        return found
    return {"form": " ".join(found.values())}


router = Router(
    path="/",
    route_handlers=[act_page, do_act, quiet_page, keep_quiet],
    include_in_schema=False,
)
