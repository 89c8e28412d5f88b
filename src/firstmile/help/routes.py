"""HTTP of help for its readers: what belongs to a place, search, articles, and what they say."""

from hashlib import blake2b
from typing import Annotated, Any

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from firstmile.help.counting import Figures, search_id
from firstmile.help.places import Place
from firstmile.help.reading import is_staff, open_article, say
from firstmile.help.reading import search as searched
from firstmile.help.schemas import (
    ArticleOut,
    ClickIn,
    FeedbackIn,
    HeadingOut,
    HeadingsOut,
    ResultOut,
    ResultsOut,
    ShelfOut,
    ShelvesOut,
)
from firstmile.help.shelf import Shelf
from firstmile.kernel.asgi import header_of
from firstmile.kernel.languages import LANGUAGES, accepted, best_of
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Ready, Visit, Visiting
from firstmile.protect.limits import limit, limit_only
from firstmile.rich_text.reading import read
from firstmile.rich_text.showing import json_of

Language = Annotated[str | None, QueryParameter(name="lang", max_length=10)]
Route = Annotated[
    str | None, QueryParameter(max_length=2000, description="`/lists`, or `firstmile:/profile`")
]
Key = Annotated[str | None, QueryParameter(max_length=200)]
Words = Annotated[str, QueryParameter(name="q", max_length=500, description="What is asked for")]
Typing = Annotated[
    bool | None, QueryParameter(description="Half written: answered, but not counted")
]
READS: dict[str, Any] = limit_only("help")


@get("/context", responses=problems(400, 422, 503), opt=READS)
async def get_context(
    visit: Visiting,
    *,
    route: Route = None,
    step: Key = None,
    error: Key = None,
    field: Key = None,
    lang: Language = None,
) -> Ready[HeadingsOut]:
    """The articles that belong to a page, a step, the code of an error or a field of a form."""
    actor = await visit.visitor()
    found = visit.part(Shelf).here(
        await language_for(visit, lang),
        Place(route, step, error, field),
        with_staff=is_staff(actor),
    )
    return _tagged(visit, HeadingsOut.of(found))


@get("/articles", responses=problems(400, 422, 503), opt=READS)
async def list_articles(visit: Visiting, lang: Language = None) -> Ready[ShelvesOut]:
    """Everything there is to read, by category."""
    language, shelf = await language_for(visit, lang), visit.part(Shelf)
    found = shelf.all(language, with_staff=is_staff(await visit.visitor()))
    shelves = [
        ShelfOut(
            key=category.key,
            title=category.title(language),
            articles=[HeadingOut.of(one) for one in found if one.category == category.key],
        )
        for category in shelf.categories.values()
    ]
    return _tagged(visit, ShelvesOut(categories=[one for one in shelves if one.articles]))


@get("/search", responses=problems(400, 422, 503), opt=READS)
async def get_search(
    visit: Visiting, q: Words, lang: Language = None, typing: Typing = None
) -> Ready[ResultsOut]:
    """The articles that answer a question, mistyped or half written as it may be."""
    language = await language_for(visit, lang)
    asked, found = await searched(visit, language, q, is_typing=bool(typing))
    return _tagged(
        visit,
        ResultsOut(
            id=search_id(language, asked.text), results=[ResultOut.of(hit) for hit in found]
        ),
    )


@get("/articles/{slug:str}", responses=problems(400, 404, 422, 503), opt=READS)
async def get_article(
    visit: Visiting, slug: FromPath[str], lang: Language = None
) -> Ready[ArticleOut]:
    """An article in one's language, or in English where it is not translated."""
    language, shelf = await language_for(visit, lang), visit.part(Shelf)
    with_staff = is_staff(await visit.visitor())
    one = await open_article(visit, language, slug)
    related = [shelf.titled(language, other, with_staff=with_staff) for other in one.related]
    category = shelf.categories.get(one.category)
    return _tagged(
        visit,
        ArticleOut.of(
            one,
            category.title(language) if category else one.category,
            json_of(read(one.body)),
            [other for other in related if other],
        ),
    )


@post(
    "/articles/{slug:str}/feedback",
    status_code=204,
    responses=problems(*BODY, 404, 503),
    opt=limit("feedback"),
)
async def post_feedback(
    visit: Visiting, slug: FromPath[str], data: JSONBody[FeedbackIn], lang: Language = None
) -> None:
    """Say whether an article helped. Nobody's name is kept, and a comment for 90 days."""
    await say(
        visit,
        await language_for(visit, lang),
        slug,
        is_helpful=data.helpful,
        reason=None if data.helpful else data.reason,
        comment=data.comment,
    )


@post("/clicks", status_code=204, responses=problems(*BODY, 503), opt=READS)
async def post_click(visit: Visiting, data: JSONBody[ClickIn]) -> None:
    """Say that a search led to an article; counted, about nobody."""
    visit.part(Figures).note_click(data.search)


async def language_for(visit: Visit, asked: str | None) -> str:
    """The language asked for, of the person, or of the browser."""
    if asked in LANGUAGES:
        return asked
    actor = await visit.visitor()
    if actor is not None and actor.locale in LANGUAGES:
        return actor.locale
    return best_of(accepted(header_of(visit.scope, b"accept-language")))


def _tagged(visit: Visit, told: msgspec.Struct) -> Ready[Any]:
    """An answer with its entity tag; 304 to who has it already (RFC 9110, 13.1.2)."""
    body = msgspec.json.encode(told)
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = [
        (b"etag", tag.encode()),
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"accept-language, authorization, cookie"),
    ]
    known = (header_of(visit.scope, b"if-none-match") or "").split(",")
    if any(one.strip().removeprefix("W/") == tag for one in known):
        return Ready(b"", headers, status=304)
    kind, length = (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))
    return Ready(body, [*headers, kind, length])


router = Router(
    path="/api/v1/help",
    route_handlers=[
        get_context,
        get_search,
        list_articles,
        get_article,
        post_feedback,
        post_click,
    ],
    tags=["Help"],
)
