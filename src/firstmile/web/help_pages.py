"""Help as pages that need no script: what there is to read, a search, and whether it helped."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.help.counting import Figures, search_id
from firstmile.help.excerpts import excerpt
from firstmile.help.models import Reason
from firstmile.help.reading import is_staff, open_article, say, search
from firstmile.help.schemas import MOST_COMMENT
from firstmile.help.shelf import Shelf
from firstmile.kernel.languages import translate
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.limits import limit, limit_only
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.help_words import REASONS, shown
from firstmile.web.rendering import Pages, language_of, query_of

PATH = "/help"
MOST_ASKED = 200  # characters of a question that are read
READS: dict[str, Any] = limit_only("help")


@get(PATH, opt=READS)
async def help_page(visit: Visiting) -> Response[str]:
    """What answers a question, or everything there is to read."""
    language = await _language(visit)
    asked = query_of(visit.scope).get("q", "")[:MOST_ASKED].strip()
    return await visit.part(Pages).page(
        visit,
        "help.html",
        asked=asked,
        found=await _found(visit, language, asked) if asked else None,
        shelves=await _shelves(visit, language),
    )


@get(f"{PATH}/{{slug:str}}", opt=READS)
async def article_page(visit: Visiting, slug: FromPath[str]) -> Response[str]:
    """An article, what belongs to it, and the question whether it helped."""
    language, shelf = await _language(visit), visit.part(Shelf)
    one = await open_article(visit, language, slug)
    _note_click(visit)
    with_staff = is_staff(await visit.visitor())
    related = [shelf.titled(language, other, with_staff=with_staff) for other in one.related]
    category = shelf.categories.get(one.category)
    return await visit.part(Pages).page(
        visit,
        "help_article.html",
        article=one,
        body=shown(one.body, top=2, has_anchors=True),
        category=category.title(language) if category else one.category,
        related=[other for other in related if other],
        reasons={key.value: translate(language, said) for key, said in REASONS.items()},
        most_comment=MOST_COMMENT,
    )


@post(f"{PATH}/{{slug:str}}", opt=limit("feedback"))
async def tell(visit: Visiting, slug: FromPath[str], request: AnyRequest) -> Redirect:
    """Keep whether an article helped, and if not why; not who says so."""
    form = await fields_of(request)
    is_helpful, reason = form.get("helpful") == "yes", form.get("reason")
    await say(
        visit,
        await _language(visit),
        slug,
        is_helpful=is_helpful,
        reason=Reason(reason) if reason in set(Reason) and not is_helpful else None,
        comment=None if is_helpful else form.get("comment"),
    )
    return see(f"{PATH}/{slug}?notice=help-thanks")


async def _language(visit: Visit) -> str:
    return language_of(visit.scope, await visit.visitor())


async def _found(visit: Visit, language: str, asked: str) -> dict[str, Any]:
    """What answers, each with the place that does; `id` goes along to who opens one."""
    # A space after the last word: whoever pressed Enter has written it out.
    question, hits = await search(visit, language, f"{asked} ", is_typing=False)
    return {
        "id": str(search_id(language, question.text)),
        "hits": [{"article": one, "pieces": excerpt(one.text, one.stems)} for one in hits],
    }


async def _shelves(visit: Visit, language: str) -> list[dict[str, Any]]:
    """The articles this visitor may read, by category."""
    shelf = visit.part(Shelf)
    known = shelf.all(language, with_staff=is_staff(await visit.visitor()))
    shelves = [
        {
            "key": category.key,
            "title": category.title(language),
            "articles": [one for one in known if one.category == category.key],
        }
        for category in shelf.categories.values()
    ]
    return [one for one in shelves if one["articles"]]


def _note_click(visit: Visit) -> None:
    """Count that a search of ours led here; an address somebody made up counts nothing."""
    try:
        visit.part(Figures).note_click(UUID(query_of(visit.scope).get("search", "")))
    except ValueError:
        return


router = Router(path="/", route_handlers=[help_page, article_page, tell], include_in_schema=False)
