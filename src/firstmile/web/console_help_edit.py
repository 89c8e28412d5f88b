"""The console's form that writes a help article, with how it would look."""

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.help import store
from firstmile.help.actions import save_version, write_article
from firstmile.help.models import Article, Content, check_content, no_such_version
from firstmile.help.shelf import Shelf
from firstmile.kernel.languages import DEFAULT, LANGUAGES
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Invalid
from firstmile.kernel.visit import Visiting
from firstmile.protect.guards import own_actor
from firstmile.web.console_help import ONE, WRITE, Desk, desk_of, known_article
from firstmile.web.form_rows import Fields
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.help_forms import article_of, fields_of_article
from firstmile.web.help_words import PATH
from firstmile.web.rendering import mistakes, query_of

Page = Response[str] | Redirect

NEW = f"{PATH}/new"
LOOK = "look"  # the button that only shows how it would look


@get(NEW, guards=WRITE)
async def new_page(visit: Visiting) -> Page:
    """An empty form, or one that begins with what somebody looked for in vain."""
    query = query_of(visit.scope)
    language = query["language"] if query.get("language") in LANGUAGES else DEFAULT
    return await _form(
        await desk_of(visit), None, {f"texts.{language}.title": query.get("title", "")}, 0
    )


@post(NEW, guards=WRITE)
async def make(visit: Visiting, request: AnyRequest) -> Page:
    """Write the first draft."""
    return await _taken(await desk_of(visit), None, await fields_of(request))


@get(f"{ONE}/edit", guards=WRITE)
async def edit_page(visit: Visiting, slug: FromPath[str]) -> Page:
    """All of an article, in fields."""
    desk = await desk_of(visit)
    async with visit.reading() as db:
        article = await known_article(db, slug)
        head = await store.version(db, article.id, article.head)
    if head is None:
        raise no_such_version()
    return await _form(desk, article, fields_of_article(head.content), article.row_version)


@post(f"{ONE}/edit", guards=WRITE)
async def edit(visit: Visiting, slug: FromPath[str], request: AnyRequest) -> Page:
    """Look, or save another version, as the button says."""
    desk = await desk_of(visit)
    async with visit.reading() as db:
        article = await known_article(db, slug)
    return await _taken(desk, article, await fields_of(request))


async def _taken(desk: Desk, before: Article | None, fields: Fields) -> Page:
    text, act = fields.pop("seen", ""), fields.pop("act", "")
    seen, content = int(text) if text.isdecimal() else 0, article_of(fields)
    try:
        content = check_content(content, desk.visit.part(Shelf).categories)
        if act == LOOK:
            return await _form(desk, before, fields, seen, look=content)
        article = await _saved(desk, before, content, fields, seen)
    except Conflict as refusal:
        return await _form(desk, before, fields, seen, refusal=_in_the_way(refusal))
    except Invalid as refusal:
        return await _form(desk, before, fields, seen, refusal=refusal)
    return see(f"{PATH}/articles/{article.slug}?notice=help-saved")


async def _saved(
    desk: Desk, before: Article | None, content: Content, fields: Fields, seen: int
) -> Article:
    author, note = await own_actor(desk.visit), fields.get("note", "")
    work = await desk.visit.work()
    if before is None:
        return await write_article(work, fields.get("slug", ""), content, author.user_id, note)
    return await save_version(work, before.id, content, author.user_id, seen=seen, note=note)


def _in_the_way(refusal: Conflict) -> Invalid:
    """An address that is taken beside its field; what somebody else changed above the form."""
    field = "slug" if refusal.error == "slug_taken" else "form"
    return Invalid(refusal.message, details=[{"field": field, "message": refusal.message}])


async def _form(
    desk: Desk,
    before: Article | None,
    fields: Fields,
    seen: int,
    *,
    refusal: Invalid | None = None,
    look: Content | None = None,
) -> Page:
    categories = desk.visit.part(Shelf).categories.values()
    return await desk.page(
        "console_help_edit.html",
        status=200 if refusal is None else status_of(refusal),
        errors={} if refusal is None else mistakes(refusal, desk.words.language),
        slug=before.slug if before else None,
        form=fields,
        seen=seen,
        spoken=LANGUAGES,
        categories=[
            {"code": one.key, "name": one.title(desk.words.language)} for one in categories
        ],
        looks=desk.words.looks(look) if look else [],
    )


router = Router(path="/", route_handlers=[new_page, make, edit_page, edit], include_in_schema=False)
