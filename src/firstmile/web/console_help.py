"""The console's pages that show help: every article, and one with all that is known of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Response, Router, get
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.help import store, store_figures
from firstmile.help.diffs import differences
from firstmile.help.models import Article, Version, no_such_article
from firstmile.help.overview import Overview, Standing
from firstmile.help.permissions import HELP_PUBLISH, HELP_WRITE
from firstmile.help.shelf import Shelf
from firstmile.help.store_figures import Feedback
from firstmile.identity import store_people
from firstmile.kernel.database import Connection
from firstmile.kernel.languages import LANGUAGES
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import as_staff
from firstmile.web.console import console_page
from firstmile.web.help_words import PATH, REASONS, HelpWords
from firstmile.web.moments import told_moment
from firstmile.web.rendering import language_of, person_of, query_of

Page = Response[str] | Redirect

ONE = f"{PATH}/articles/{{slug:str}}"
WRITE = [as_staff(HELP_WRITE)]
MOST_VERSIONS = 20  # on the page; the API has a hundred
MOST_SAID = 30


@dataclass(frozen=True)
class Desk:
    """What every page about help begins with."""

    visit: Visit
    words: HelpWords
    now: datetime
    may_publish: bool

    async def page(self, template: str, *, status: int = 200, **words: Any) -> Response[str]:
        """A page in the frame of the console."""
        frame = {"may_publish": self.may_publish}
        return await console_page(self.visit, template, status=status, **(frame | words))

    def moment(self, at: datetime) -> dict[str, str]:
        """A moment as templates know it."""
        return told_moment(at, self.now, self.words.language)


async def desk_of(visit: Visit) -> Desk:
    """The desk of who asks."""
    actor = await visit.actor()
    words = HelpWords(language_of(visit.scope, await person_of(visit)))
    may_publish = actor.staff_role in HELP_PUBLISH.roles
    return Desk(visit, words, visit.part(Works).clock(), may_publish)


async def known_article(db: Connection, slug: str) -> Article:
    """An article by its address; NotFound when there is none."""
    article = await store.article_of(db, slug)
    if article is None:
        raise no_such_article()
    return article


@get(PATH, guards=WRITE)
async def list_page(visit: Visiting) -> Page:
    """Every article by category: what it is about, how it does, and what speaks against it."""
    desk, sought = await desk_of(visit), query_of(visit.scope).get("filter", "").strip()
    async with visit.reading() as db:
        found = await visit.part(Overview).standings(db, desk.now)
        waiting = await visit.part(Overview).wanted(db, desk.now)
    fitting = [one for one in found if _fits(one, sought)]
    return await desk.page(
        "console_help.html",
        sought=sought,
        shelves=_shelves(desk, fitting),
        waiting=len(waiting),
        doubtful=sum(bool(one.doubts) for one in found),
    )


@get(ONE, guards=WRITE)
async def article_page(visit: Visiting, slug: FromPath[str]) -> Page:
    """One article: how it looks, where it is offered, how it does, and how it came about."""
    desk = await desk_of(visit)
    async with visit.reading() as db:
        article = await known_article(db, slug)
        standing = await visit.part(Overview).standing(db, article, desk.now)
        versions = await store.versions(db, article.id, MOST_VERSIONS + 1)
        said = await store_figures.feedback(db, article.id, MOST_SAID)
        writers = [one.author_id for one in versions if one.author_id]
        names = await store_people.names_of(db, writers)
    category = visit.part(Shelf).categories.get(standing.content.category)
    return await desk.page(
        "console_help_article.html",
        article=desk.words.standing(standing),
        kept=article,
        category=category.title(desk.words.language) if category else standing.content.category,
        related=standing.content.related,
        looks=desk.words.looks(standing.content),
        said=[_told_feedback(desk, one) for one in said],
        versions=[
            _told_version(desk, one, older, article)
            | {"by": names.get(one.author_id) if one.author_id else None}
            for one, older in zip(versions, [*versions[1:], None], strict=True)
        ][:MOST_VERSIONS],
    )


def _fits(one: Standing, sought: str) -> bool:
    told = [one.article.slug, *one.content.contexts]
    told += [text.title for text in one.content.texts.values()]
    return sought.casefold() in " ".join(told).casefold()


def _shelves(desk: Desk, found: list[Standing]) -> list[dict[str, Any]]:
    """The articles by category; those of a category that is gone stand under its key."""
    known = desk.visit.part(Shelf).categories
    keys = dict.fromkeys([*known, *(one.content.category for one in found)])
    shelves = [
        {
            "key": key,
            "title": known[key].title(desk.words.language) if key in known else key,
            "articles": [desk.words.standing(one) for one in found if one.content.category == key],
        }
        for key in keys
    ]
    return [shelf for shelf in shelves if shelf["articles"]]


def _told_version(
    desk: Desk, one: Version, older: Version | None, article: Article
) -> dict[str, Any]:
    """A version with what differs from the one before."""
    found = [] if older is None else differences(older.content, one.content)
    return {
        "number": one.number,
        "note": one.note,
        "is_shipped": one.is_shipped,
        "is_published": one.number == article.published,
        "is_head": one.number == article.head,
        "changes": [desk.words.difference(part) for part in found],
        **desk.moment(one.created_at),
    }


def _told_feedback(desk: Desk, one: Feedback) -> dict[str, Any]:
    reasons = {str(key): said for key, said in REASONS.items()}
    return {
        "is_helpful": one.is_helpful,
        "version": one.number,
        "language": LANGUAGES.get(one.language, one.language),
        "reason": desk.words.say(reasons[one.reason]) if one.reason in reasons else None,
        "comment": one.comment,
        **desk.moment(one.created_at),
    }


router = Router(path="/", route_handlers=[list_page, article_page], include_in_schema=False)
