"""Brings the articles that come with Firstmile, and never over what people here wrote."""

from dataclasses import dataclass, field, replace

from firstmile.help import store, store_search
from firstmile.help.files import Library, Shipped
from firstmile.help.models import Article, Version
from firstmile.help.publishing import put_into_force
from firstmile.help.store_search import SynonymRow
from firstmile.kernel.ids import new_id
from firstmile.kernel.work import Work


@dataclass
class Brought:
    """What became of the articles, by slug."""

    added: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


async def ship(work: Work, library: Library) -> Brought:
    """Bring what is new, in one transaction; a second time changes nothing.

    An article nobody here touched is replaced by its newer text. One that was edited, archived or
    set back keeps what people here made of it: the newer text becomes a version that is only
    offered. One that people here wrote under the same address is left alone.
    """
    await store.lock_shipping(work.db)
    for category in library.categories.values():
        await store.add_category(work.db, category)
    for language, groups in library.synonyms.items():
        for words in groups:
            row = SynonymRow(new_id(), language, words, is_shipped=True)
            await store_search.ship_synonyms(work.db, row, f"{language}:{words[0]}")
    brought = Brought()
    digests = await store.shipped_digests(work.db)
    for shipped in library.articles:
        if shipped.slug not in digests:
            await _add(work, shipped)
            brought.added.append(shipped.slug)
        elif digests[shipped.slug] is None:
            brought.left.append(shipped.slug)
        elif digests[shipped.slug] != shipped.digest:
            is_renewed = await _renew(work, shipped)
            (brought.renewed if is_renewed else brought.offered).append(shipped.slug)
    return brought


async def _add(work: Work, shipped: Shipped) -> None:
    article = Article(new_id(), shipped.slug, 1, None, None, 1, work.now, work.now)
    await store.add_article(work.db, article)
    await _keep(work, article, shipped, 1, is_published=True)


async def _renew(work: Work, shipped: Shipped) -> bool:
    article = await store.article_of(work.db, shipped.slug)
    if article is None:
        raise LookupError(shipped.slug)
    number = await store.next_number(work.db, article.id)
    is_published = not article.is_edited
    await _keep(work, article, shipped, number, is_published=is_published)
    return is_published


async def _keep(
    work: Work, article: Article, shipped: Shipped, number: int, *, is_published: bool
) -> None:
    version = Version(number, shipped.content, "", None, is_shipped=True, created_at=work.now)
    await store.add_version(work.db, article.id, version)
    article = replace(article, shipped=number)
    if is_published:
        article = article.published_as(number, work.now)
        await put_into_force(work.db, article, version, work.now)
    await store.save_article(work.db, article, work.now)
    await store.note_shipped(work.db, article.id, shipped.digest)
