"""The console's page that tells why a step or a route is open to somebody, or closed."""

from typing import Any

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
from firstmile.onboarding.permissions import JOURNEYS_EXPLAIN
from firstmile.onboarding.routes import journey_of
from firstmile.onboarding.routes_explaining import explained
from firstmile.protect.guards import as_staff
from firstmile.web.console import console_page, told_found
from firstmile.web.explain_words import ExplainWords
from firstmile.web.rendering import language_of, mistakes, person_of, query_of

Page = Response[str] | Redirect

PATH = "/console/explain"
MANY = 20  # people of one name to choose among
FIELDS = ("person", "step", "route")


@get(PATH, guards=[as_staff(JOURNEYS_EXPLAIN)])
async def explain_page(visit: Visiting) -> Page:
    """A form for a person with a step or a route, and the decision as a tree."""
    words = ExplainWords(language_of(visit.scope, await person_of(visit)))
    query = query_of(visit.scope)
    form = {name: query.get(name, "").strip()[:2000] for name in FIELDS}
    status, errors, told, people = 200, {}, None, []
    try:
        people = await _people(visit, form["person"])
        if len(people) == 1:
            told = await _told(visit, words, people[0], form)
    except (Invalid, Malformed, NotFound) as refusal:
        status, errors = status_of(refusal), _mistakes(refusal, words)
    titles = visit.part(Catalogue).titles()
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
        people=[told_found(one, words.language) for one in people] if told is None else [],
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


async def _told(
    visit: Visit, words: ExplainWords, found: Found, form: dict[str, str]
) -> dict[str, Any]:
    user_id = UserId(found.id)
    async with visit.reading() as db:
        roles = frozenset(await store_projects.roles_of(db, user_id))
        journey = await journey_of(visit, db, user_id, roles)
    told = explained(visit, journey, form["step"], form["route"])
    return {"person": told_found(found, words.language), **words.explanation(told, journey)}


def _mistakes(refusal: Refusal, words: ExplainWords) -> dict[str, str]:
    """What is wrong, beside the field it is about."""
    if isinstance(refusal, Invalid):
        return mistakes(refusal, words.language)
    field = "route" if isinstance(refusal, Malformed) else "step"
    return {field: words.say(refusal.message)}


router = Router(path="/", route_handlers=[explain_page], include_in_schema=False)
