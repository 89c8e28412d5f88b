"""The console's page that tells why a step or a route is open to somebody, or closed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.response import Redirect

from firstmile.identity import store_people, store_projects
from firstmile.identity.store_people import Found
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Invalid, Malformed, NotFound, Refusal
from firstmile.kernel.visit import Visit, Visiting
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.explaining.replaying import HistoryNotKept
from firstmile.onboarding.explaining.routes import past_scene, scene_now
from firstmile.onboarding.explaining.store_project_history import standings_at
from firstmile.onboarding.permissions import JOURNEYS_EXPLAIN
from firstmile.onboarding.routes import journey_of
from firstmile.protect.guards import as_staff
from firstmile.web.console import console_page, told_found
from firstmile.web.explain_words import ExplainWords
from firstmile.web.moments import on
from firstmile.web.rendering import language_of, mistakes, person_of, query_of

Page = Response[str] | Redirect

PATH = "/console/explain"
MANY = 20  # people of one name to choose among
FIELDS = ("person", "step", "route", "at", "project")


@get(PATH, guards=[as_staff(JOURNEYS_EXPLAIN)])
async def explain_page(visit: Visiting) -> Page:
    """A form for a person with a step or a route, and the decision as a tree."""
    words = ExplainWords(language_of(visit.scope, await person_of(visit)))
    query = query_of(visit.scope)
    form = {name: query.get(name, "").strip()[:2000] for name in FIELDS}
    status, errors, told, people, projects = 200, {}, None, [], {}
    try:
        people = await _people(visit, form["person"])
        if len(people) == 1:
            moment = _moment(form["at"])
            projects = await _projects(visit, people[0], moment)
            told = await _told(visit, words, people[0], form, moment, projects)
    except (Invalid, Malformed, NotFound, HistoryNotKept) as refusal:
        status, errors = status_of(refusal), _mistakes(refusal, words)
    titles = visit.part(Catalogue).titles() if told is None else told["titles"]
    return await console_page(
        visit,
        "console_explain.html",
        status=status,
        form=form,
        errors=errors,
        steps=[
            {"key": key, "title": title.get(words.language) or title["en"]}
            for key, title in titles.items()
        ],
        people=[told_found(one, words.language) for one in people] if len(people) > 1 else [],
        projects=projects if len(projects) > 1 else {},
        told=told,
    )


async def _people(visit: Visit, person: str) -> list[Found]:
    """Whoever is meant; raises Invalid when it is nobody."""
    if not person:
        return []
    async with visit.reading() as db:
        found = await store_people.people(db, person, MANY)
    if not found:
        raise Invalid.field("person", N_("There is nobody of this name or address."))
    exact = [one for one in found if one.email.casefold() == person.casefold()]
    return exact or found


async def _projects(visit: Visit, found: Found, moment: datetime | None) -> dict[str, str]:
    """The names, by id, of the projects whose steps they may share, or could at a moment."""
    user_id, catalogue = UserId(found.id), visit.part(Catalogue)
    async with visit.reading() as db:
        if moment is not None:
            standings = await standings_at(db, user_id, moment)
            held = [one.membership for one in standings if not one.is_ending]
            return {str(one.project_id): one.project for one in held if one.project}
        if not any(catalogue.is_shared(key) for key in catalogue.titles()):
            return {}
        projects = await store_projects.projects_of(db, user_id)
    return {str(one.id): one.name for one in projects if one.deletion_at is None}


async def _told(
    visit: Visit,
    words: ExplainWords,
    found: Found,
    form: dict[str, str],
    moment: datetime | None,
    projects: Mapping[str, str],
) -> dict[str, Any]:
    user_id = UserId(found.id)
    named = UUID(form["project"]) if form["project"] in projects else None
    if moment is None:
        async with visit.reading() as db:
            roles = frozenset(await store_projects.roles_of(db, user_id))
            scene = scene_now(visit, await journey_of(visit, db, user_id, roles, named))
    else:
        scene = await past_scene(visit, user_id, moment, named)
    told = scene.explained(form["step"], form["route"])
    return {
        "person": told_found(found, words.language),
        "titles": {step.key: step.titles for step in scene.journey.definitions},
        "at": on(moment, words.language, None) if moment else None,
        **words.explanation(told, scene.journey),
    }


def _moment(text: str) -> datetime | None:
    """The moment somebody typed, in UTC as staff and logs speak of them."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid.field("at", N_("Write the moment as 2026-03-01 12:00.")) from None


def _mistakes(refusal: Refusal, words: ExplainWords) -> dict[str, str]:
    """What is wrong, beside the field it is about."""
    if isinstance(refusal, Invalid):
        return mistakes(refusal, words.language)
    fields = {Malformed: "route", HistoryNotKept: "at", NotFound: "step"}
    return {fields[type(refusal)]: words.say(refusal.message)}


router = Router(path="/", route_handlers=[explain_page], include_in_schema=False)
