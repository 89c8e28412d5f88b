"""HTTP of what people search for, of synonyms, and of categories, for the authors of help."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from firstmile.help import store, store_figures, store_search
from firstmile.help.models import Category
from firstmile.help.overview import MOST_SEARCHES, SINCE, Overview
from firstmile.help.permissions import HELP_WRITE
from firstmile.help.schemas_admin import (
    AllSynonymsOut,
    CategoriesOut,
    CategoryIn,
    CategoryOut,
    SearchedOut,
    SearchesOut,
    SynonymsIn,
    SynonymsOut,
)
from firstmile.help.sorting import forget_synonyms, put_category, put_synonyms
from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.visit import Visiting
from firstmile.kernel.work import Works
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff

WRITE = [as_staff(HELP_WRITE)]
READS = problems(401, 403, 503)
CHANGES = problems(*BODY, 401, 503)


@get("/searches", guards=WRITE, responses=READS)
async def get_searches(visit: Visiting) -> SearchesOut:
    """What people searched for in 90 days: most often, and in vain; nobody knows who."""
    now = visit.part(Works).clock()
    async with visit.reading() as db:
        frequent = await store_figures.searches(db, (now - SINCE).date(), MOST_SEARCHES)
        waiting = await visit.part(Overview).wanted(db, now)
    return SearchesOut(
        frequent=[SearchedOut.of(one) for one in frequent],
        unanswered=[SearchedOut.wanted(one) for one in waiting],
    )


@post(
    "/searches/{search_id:uuid}/settle",
    status_code=204,
    guards=WRITE,
    responses=problems(400, 401, 403, 404, 503),
)
async def post_settled(visit: Visiting, search_id: FromPath[UUID]) -> None:
    """Say that something was done about a search; it comes back when it finds nothing again."""
    work = await visit.work()
    if not await store_figures.settle(work.db, search_id, work.now):
        raise NotFound(N_("Nobody searched for this."), error="search_not_found")


@get("/synonyms", guards=WRITE, responses=READS)
async def list_synonyms(visit: Visiting) -> AllSynonymsOut:
    """Every group of words that mean the same."""
    async with visit.reading() as db:
        found = await store_search.synonyms(db)
    return AllSynonymsOut(items=[SynonymsOut.of(one) for one in found])


@post("/synonyms", guards=WRITE, responses=CHANGES)
async def post_synonyms(visit: Visiting, data: JSONBody[SynonymsIn]) -> SynonymsOut:
    """Let words of a language mean the same to the search."""
    hints, work = visit.part(Hints), await visit.work()
    return SynonymsOut.of(await put_synonyms(work, hints, data.language, data.words))


@put("/synonyms/{synonym_id:uuid}", guards=WRITE, responses=problems(*BODY, 401, 404, 503))
async def change_synonyms(
    visit: Visiting, synonym_id: FromPath[UUID], data: JSONBody[SynonymsIn]
) -> SynonymsOut:
    """Change a group of words."""
    hints, work = visit.part(Hints), await visit.work()
    return SynonymsOut.of(await put_synonyms(work, hints, data.language, data.words, synonym_id))


@delete("/synonyms/{synonym_id:uuid}", guards=WRITE, responses=problems(400, 401, 403, 404, 503))
async def delete_synonyms(visit: Visiting, synonym_id: FromPath[UUID]) -> None:
    """Take words apart again."""
    await forget_synonyms(await visit.work(), visit.part(Hints), synonym_id)


@get("/categories", guards=WRITE, responses=READS)
async def list_categories(visit: Visiting) -> CategoriesOut:
    """What articles are sorted under, in order."""
    async with visit.reading() as db:
        found = await store.categories(db)
    return CategoriesOut(items=[CategoryOut.of(one) for one in found.values()])


@put("/categories/{key:str}", guards=WRITE, responses=CHANGES)
async def change_category(
    visit: Visiting, key: FromPath[str], data: JSONBody[CategoryIn]
) -> CategoryOut:
    """Make a category, or call it otherwise."""
    category = Category(key, data.titles, data.position)
    return CategoryOut.of(await put_category(await visit.work(), visit.part(Hints), category))


router = Router(
    path="/api/v1/admin/help",
    route_handlers=[
        get_searches,
        post_settled,
        list_synonyms,
        post_synonyms,
        change_synonyms,
        delete_synonyms,
        list_categories,
        change_category,
    ],
    tags=["Help for authors"],
)
