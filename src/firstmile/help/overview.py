"""Every article with how it does and what speaks against it, for those who look after them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from firstmile.help import store, store_figures
from firstmile.help.models import (
    Article,
    Content,
    Doubt,
    Grounds,
    Use,
    Version,
    doubts,
    is_translation_behind,
)
from firstmile.help.shelf import Shelf, answers
from firstmile.help.store_figures import Searched
from firstmile.kernel.database import Connection

SINCE = timedelta(days=90)
MOST_SEARCHES = 50


@dataclass(frozen=True)
class Standing:
    """An article, what its head holds, its figures of 90 days, and the doubts about it."""

    article: Article
    content: Content
    use: Use
    doubts: list[Doubt]
    gone: list[str]


@dataclass(frozen=True)
class Wanted:
    """A search that found nothing, and what it would find now."""

    searched: Searched
    found: list[str]


class Overview:
    """Tells how articles do; `steps` are the keys of the steps there are."""

    def __init__(self, shelf: Shelf, steps: Callable[[], Collection[str]]) -> None:
        self._shelf = shelf
        self._steps = steps

    async def standings(self, db: Connection, now: datetime) -> list[Standing]:
        """Every article, by slug."""
        uses = await store_figures.uses(db, (now - SINCE).date())
        versions = await store.all_versions(db)
        found = []
        for article, content in await store.articles(db):
            use, ours = uses.get(article.id, Use()), versions.get(article.id, [])
            found.append(self._standing(article, content, use, ours, now))
        return found

    async def standing(self, db: Connection, article: Article, now: datetime) -> Standing:
        """One article."""
        use = (await store_figures.uses(db, (now - SINCE).date())).get(article.id, Use())
        versions = await store.versions(db, article.id)
        head = await store.version(db, article.id, article.head)
        if head is None:
            raise LookupError(article.slug)
        return self._standing(article, head.content, use, versions, now)

    async def wanted(self, db: Connection, now: datetime) -> list[Wanted]:
        """The searches of 90 days that found nothing and that nobody settled, as work to do."""
        found = []
        for one in await store_figures.unanswered(db, (now - SINCE).date(), MOST_SEARCHES):
            words = f"{one.words} "  # whole words, none of them half typed
            _, hits = await answers(db, self._shelf, words, one.language, with_staff=True)
            found.append(Wanted(one, [hit.slug for hit in hits]))
        return found

    def _standing(
        self,
        article: Article,
        content: Content,
        use: Use,
        versions: Sequence[Version],
        now: datetime,
    ) -> Standing:
        gone = self._gone(content)
        behind = is_translation_behind([one for one in versions if one.number <= article.head])
        grounds = Grounds(now, use, is_translation_behind=behind, gone=gone)
        return Standing(article, content, use, doubts(article, content, grounds), gone)

    def _gone(self, content: Content) -> list[str]:
        """The steps it was written for that are no more; pages may be of another application."""
        steps = self._steps()
        named = [one for one in content.contexts if one.startswith("step:")]
        return [one for one in named if one.removeprefix("step:") not in steps]
