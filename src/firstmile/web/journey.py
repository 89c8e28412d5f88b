"""The pages of the first mile: the checklist, its steps, and arriving."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.identity import store_projects
from firstmile.identity.cookies import Cookies
from firstmile.identity.models import Project
from firstmile.kernel.access import Actor
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Forbidden, Invalid, Refusal, Stale
from firstmile.kernel.visit import Visit, Visiting
from firstmile.onboarding.actions import settle_step, snooze_step
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.insights.refused import Refused
from firstmile.onboarding.models import Definition, Journey, Status
from firstmile.onboarding.routes import InProject, own_journey
from firstmile.onboarding.settings import OnboardingSettings
from firstmile.protect.limits import limit
from firstmile.web.experimenting import JOURNEY_ENCOURAGEMENT, shown
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.moments import day
from firstmile.web.rendering import Pages, language_cookie, language_of, mistakes, person_of
from firstmile.web.steps import STEPS, SUBMITS, Form, known_of
from firstmile.web.telling import (
    is_hidden,
    locale_choices,
    market_choices,
    shown_journey,
    time_zone_choices,
    told_journey,
    told_link,
    told_step,
)

Page = Response[str] | Redirect
Change = Callable[[Visit, Actor, str, Form, UUID | None], Awaitable[None]]

GENERIC = "step_generic.html"
ROW_VERSION = re.compile(r"[0-9]{1,9}")


@get("/onboarding")
async def checklist(visit: Visiting) -> Page:
    """Every step, how far one is, and the one thing to do next."""
    if is_hidden(visit):
        return see("/home")
    journey = await own_journey(visit, await visit.actor())
    return await _checklist(visit, journey)


@get("/onboarding/{key:str}")
async def step_page(visit: Visiting, key: FromPath[str], in_project: InProject = None) -> Page:
    """The page of a step, or why it is not its turn."""
    actor = await visit.actor()
    if is_hidden(visit):
        return see("/home")
    form = await known_of(visit, actor, key)
    return await _step(visit, actor, key, in_project, form=form)


@post("/onboarding/{key:str}", opt=limit("steps"))
async def step_form(
    visit: Visiting, request: AnyRequest, key: FromPath[str], in_project: InProject = None
) -> Page:
    """Do what the step asks for; it completes by that very fact."""
    actor = await visit.actor()
    form = await fields_of(request)
    journey = await own_journey(visit, actor, in_project)
    closed = await _closed(visit, actor, journey, key)
    if closed is not None:
        return see("/home") if is_hidden(visit) else closed
    submit = SUBMITS.get(key)
    try:
        if submit is not None:
            await submit(visit, actor, form)
        else:
            await _change(visit, actor, key, form, Status.DONE, in_project)
    except Invalid as refusal:
        language = await _language(visit)
        return await _step(
            visit,
            actor,
            key,
            in_project,
            form=form,
            errors=mistakes(refusal, language),
            status=status_of(refusal),
        )
    if journey.step(key).is_shared and in_project is not None:
        return see(f"/projects/{in_project}?notice=step-done")
    return _done(visit, journey, form)


@post("/onboarding/{key:str}/skip", opt=limit("steps"))
async def skip(
    visit: Visiting, request: AnyRequest, key: FromPath[str], in_project: InProject = None
) -> Page:
    """Leave an optional step out."""
    return await _tool(visit, request, key, in_project, _skip, "skipped")


@post("/onboarding/{key:str}/snooze", opt=limit("steps"))
async def snooze(
    visit: Visiting, request: AnyRequest, key: FromPath[str], in_project: InProject = None
) -> Page:
    """Put a step off for a week."""
    return await _tool(visit, request, key, in_project, _snooze, "snoozed")


@get("/home")
async def home(visit: Visiting) -> Page:
    """Where an activated person arrives; the others are shown what is left, unless it is hidden."""
    actor = await visit.actor()
    language = await _language(visit)
    told = await shown_journey(visit, actor, language)
    if told and not told["activated"]:
        return see("/onboarding")
    async with visit.reading() as db:
        projects = await store_projects.projects_of(db, actor.user_id)
    shown = [_told_project(one, language) for one in projects]
    return await visit.part(Pages).page(visit, "home.html", journey=told, projects=shown)


async def _checklist(visit: Visit, journey: Journey, *, status: int = 200, **words: Any) -> Page:
    told = told_journey(journey, await _language(visit))
    is_warm = False
    if not told["activated"]:
        is_warm = (await shown(visit, JOURNEY_ENCOURAGEMENT)).is_warm
    return await visit.part(Pages).page(
        visit, "onboarding.html", status=status, journey=told, is_warm=is_warm, **words
    )


async def _step(
    visit: Visit,
    actor: Actor,
    key: str,
    project_id: UUID | None,
    *,
    form: Form,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Page:
    journey = await own_journey(visit, actor, project_id)
    closed = await _closed(visit, actor, journey, key)
    if closed is not None:
        return closed
    language = await _language(visit)
    step = journey.step(key)
    template = f"step_{key.replace('-', '_')}.html" if key in STEPS else GENERIC
    return await visit.part(Pages).page(
        visit,
        template,
        status=status,
        form=form,
        errors=errors or {},
        **await _step_words(visit, actor, journey, step, language),
    )


async def _step_words(
    visit: Visit, actor: Actor, journey: Journey, step: Definition, language: str
) -> dict[str, Any]:
    async with visit.reading() as db:
        projects = await store_projects.projects_of(db, actor.user_id)
    return {
        "step": told_step(journey, step, language),
        "journey": told_journey(journey, language),
        "project": next((_told_project(one, language) for one in projects if one.is_run), None),
        "time_zones": time_zone_choices(),
        "markets": market_choices(language),
        "locales": locale_choices(),
    }


async def _closed(visit: Visit, actor: Actor, journey: Journey, key: str) -> Page | None:
    """The page that says why a step cannot be worked on, or None when it can."""
    language = await _language(visit)
    pages = visit.part(Pages)
    told = told_journey(journey, language)
    try:
        step = journey.step(key)
    except Forbidden as refusal:
        async with visit.reading() as db:
            owners = await store_projects.owners_beside(db, actor)
        other = next(one for one in journey.definitions if one.key == key)
        words = {"title": other.title(language), "href": other.href}
        return await pages.page(
            visit,
            "step_forbidden.html",
            status=status_of(refusal),
            step=words,
            owners=owners,
            journey=told,
        )
    words = told_step(journey, step, language)
    if journey.status(step) is Status.DONE:
        after = told_link(journey, journey.next_step, language)
        return await pages.page(visit, "step_done.html", step=words, next_step=after, journey=told)
    if words["blockedBy"] or not words["hasPlace"]:
        visit.part(Refused).note(journey.blockers(step), journey.traveller)
        before = told_link(journey, journey.next_toward([key]), language)
        return await pages.page(
            visit,
            "step_locked.html",
            status=409,
            step=words,
            next_step=before,
            journey=told,
        )
    return None


async def _tool(
    visit: Visit,
    request: AnyRequest,
    key: str,
    project_id: UUID | None,
    change: Change,
    notice: str,
) -> Page:
    actor = await visit.actor()
    try:
        await change(visit, actor, key, await fields_of(request), project_id)
    except Stale:
        return see("/onboarding")
    except Refusal as refusal:
        if is_hidden(visit):
            return see("/home")
        journey = await own_journey(visit, actor)
        errors = {"form": mistakes(refusal, await _language(visit)).get("form", "")}
        return await _checklist(visit, journey, status=status_of(refusal), errors=errors)
    return see(f"/onboarding?notice={notice}")


async def _skip(visit: Visit, actor: Actor, key: str, form: Form, project_id: UUID | None) -> None:
    await _change(visit, actor, key, form, Status.SKIPPED, project_id)


async def _change(
    visit: Visit, actor: Actor, key: str, form: Form, status: Status, project_id: UUID | None
) -> None:
    seen = form.get("rowVersion", "")
    await settle_step(
        await visit.work(),
        visit.part(Catalogue),
        actor.user_id,
        key,
        status=status,
        seen=int(seen) if ROW_VERSION.fullmatch(seen) else -1,
        project_id=project_id,
    )


async def _snooze(visit: Visit, actor: Actor, key: str, _: Form, project_id: UUID | None) -> None:
    await snooze_step(
        await visit.work(),
        visit.part(Catalogue),
        visit.part(OnboardingSettings),
        actor.user_id,
        key,
        None,
        project_id=project_id,
    )


def _done(visit: Visit, before: Journey, form: Form) -> Page:
    cookies = [language_cookie(form["locale"], visit.part(Cookies))] if "locale" in form else []
    left = [step for step in before.steps if step.required and not before.is_done(step.key)]
    return see("/onboarding" if len(left) <= 1 else "/onboarding?notice=step-done", *cookies)


async def _language(visit: Visit) -> str:
    return language_of(visit.scope, await person_of(visit))


def _told_project(project: Project, language: str) -> dict[str, Any]:
    return {
        "id": str(project.id),
        "name": project.name,
        "role": str(project.role),
        "billingEmail": project.billing_email,
        "deletion": day(project.deletion_at, language, None) if project.deletion_at else None,
    }


router = Router(
    path="/",
    route_handlers=[checklist, step_page, step_form, skip, snooze, home],
    include_in_schema=False,
)
