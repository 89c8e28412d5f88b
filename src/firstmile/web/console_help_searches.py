"""The console's pages about what people search for: in vain, often, and by other words."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.help import store_figures, store_search
from firstmile.help.overview import MOST_SEARCHES, SINCE, Overview
from firstmile.help.sorting import forget_synonyms, put_synonyms
from firstmile.help.store_figures import Searched
from firstmile.kernel.languages import LANGUAGES
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.visit import Visiting
from firstmile.outside.hints import Hints
from firstmile.web.console_help import WRITE, Desk, desk_of
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.help_words import PATH
from firstmile.web.rendering import mistakes

Page = Response[str] | Redirect

SEARCHES = f"{PATH}/searches"
SYNONYMS = f"{PATH}/synonyms"


@get(SEARCHES, guards=WRITE)
async def searches_page(visit: Visiting) -> Page:
    """What people looked for in 90 days: in vain, as work to do, and most often."""
    desk = await desk_of(visit)
    async with visit.reading() as db:
        waiting = await visit.part(Overview).wanted(db, desk.now)
        frequent = await store_figures.searches(db, (desk.now - SINCE).date(), MOST_SEARCHES)
    return await desk.page(
        "console_help_searches.html",
        waiting=[_told(desk, one.searched) | {"found": one.found} for one in waiting],
        frequent=[_told(desk, one) for one in frequent],
    )


@post(f"{SEARCHES}/{{search_id:uuid}}/settle", guards=WRITE)
async def settle(visit: Visiting, search_id: FromPath[UUID]) -> Redirect:
    """Say that something was done about a search; it comes back when it finds nothing again."""
    work = await visit.work()
    await store_figures.settle(work.db, search_id, work.now)
    return see(f"{SEARCHES}?notice=help-settled")


@get(SYNONYMS, guards=WRITE)
async def synonyms_page(visit: Visiting) -> Page:
    """Words that mean the same to the search."""
    return await _synonyms(await desk_of(visit), {}, None)


@post(SYNONYMS, guards=WRITE)
async def add_synonyms(visit: Visiting, request: AnyRequest) -> Page:
    """Let words mean the same from now on."""
    desk, form = await desk_of(visit), await fields_of(request)
    try:
        await put_synonyms(
            await visit.work(),
            visit.part(Hints),
            form.get("language", ""),
            form.get("words", "").splitlines(),
        )
    except Invalid as refusal:
        return await _synonyms(desk, form, refusal)
    return see(f"{SYNONYMS}?notice=saved")


@post(f"{SYNONYMS}/{{synonym_id:uuid}}/delete", guards=WRITE)
async def take_apart(visit: Visiting, synonym_id: FromPath[UUID]) -> Redirect:
    """Let words that meant the same mean what each says."""
    await forget_synonyms(await visit.work(), visit.part(Hints), synonym_id)
    return see(f"{SYNONYMS}?notice=saved")


def _told(desk: Desk, one: Searched) -> dict[str, Any]:
    query = urlencode({"title": one.words.capitalize(), "language": one.language})
    return {
        "words": one.words,
        "code": one.language,
        "language": LANGUAGES.get(one.language, one.language),
        "asked": one.asked,
        "empty": one.empty,
        "clicked": one.clicked,
        "write": f"{PATH}/new?{query}",
        "settle": f"{SEARCHES}/{one.id}/settle",
        "last": desk.moment(one.last_asked_at),
    }


async def _synonyms(desk: Desk, form: dict[str, str], refusal: Invalid | None) -> Page:
    async with desk.visit.reading() as db:
        found = await store_search.synonyms(db)
    return await desk.page(
        "console_help_synonyms.html",
        status=200 if refusal is None else status_of(refusal),
        errors={} if refusal is None else mistakes(refusal, desk.words.language),
        form=form,
        spoken=[{"code": code, "name": name} for code, name in LANGUAGES.items()],
        groups=[
            {
                "id": one.id,
                "words": list(one.words),
                "language": LANGUAGES.get(one.language, one.language),
                "code": one.language,
                "is_shipped": one.is_shipped,
            }
            for one in found
        ],
    )


router = Router(
    path="/",
    route_handlers=[searches_page, settle, synonyms_page, add_synonyms, take_apart],
    include_in_schema=False,
)
