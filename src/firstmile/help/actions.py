"""What authors do with articles, each in one transaction."""

from dataclasses import replace
from uuid import UUID

from firstmile.help import store
from firstmile.help.events import ArticleArchived, ArticleDeleted, ArticlePublished
from firstmile.help.models import (
    Article,
    Content,
    Version,
    check_content,
    check_note,
    check_slug,
    no_such_article,
    no_such_version,
)
from firstmile.help.publishing import put_into_force, take_out_of_force
from firstmile.help.shelf import TOPIC
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict
from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints


async def write_article(
    work: Work, slug: str, content: Content, author_id: UserId, note: str = ""
) -> Article:
    """A new article as a draft; Invalid for what does not hold, Conflict when the slug is taken."""
    slug = check_slug(slug.strip())
    content = check_content(content, await store.categories(work.db))
    article = Article(new_id(), slug, 1, None, None, 1, work.now, work.now)
    if not await store.add_article(work.db, article):
        raise Conflict(N_("Another article has this address."), error="slug_taken")
    version = Version(
        1, content, check_note(note), author_id, is_shipped=False, created_at=work.now
    )
    await store.add_version(work.db, article.id, version)
    return article


async def save_version(
    work: Work, article_id: UUID, content: Content, author_id: UserId, *, seen: int, note: str = ""
) -> Article:
    """A new version to go on from; nobody reads it before it is published.

    To save what the head holds already changes nothing. Raises Invalid, NotFound, and Stale when
    the article changed since `seen`, its row version then.
    """
    article = await _locked(work, article_id, seen)
    content = check_content(content, await store.categories(work.db))
    head = await known_version(work, article, article.head)
    if head.content == content:
        return article
    number = await store.next_number(work.db, article.id)
    version = Version(
        number, content, check_note(note), author_id, is_shipped=False, created_at=work.now
    )
    await store.add_version(work.db, article.id, version)
    return await _saved(work, replace(article, head=number))


async def publish_version(
    work: Work, hints: Hints, article_id: UUID, number: int, author_id: UserId, *, seen: int
) -> Article:
    """Let everybody read a version, of whatever age; it is also the one authors go on from."""
    article = await _locked(work, article_id, seen)
    version = await known_version(work, article, number)
    article = article.published_as(number, work.now)
    await put_into_force(work.db, article, version, work.now)
    work.announce(
        ArticlePublished(
            article_id=article.id, slug=article.slug, version=number, author_id=author_id
        )
    )
    await hints.tell_with(work, TOPIC, article.slug)
    return await _saved(work, article)


async def go_on_from(
    work: Work, article_id: UUID, number: int, author_id: UserId, *, seen: int
) -> Article:
    """Take up what an older version held as a new one; nobody reads it before it is published."""
    article = await _locked(work, article_id, seen)
    old = await known_version(work, article, number)
    new = await store.next_number(work.db, article.id)
    note = f"Version {number}"
    await store.add_version(
        work.db,
        article.id,
        Version(new, old.content, note, author_id, is_shipped=False, created_at=work.now),
    )
    return await _saved(work, replace(article, head=new))


async def archive_article(
    work: Work, hints: Hints, article_id: UUID, author_id: UserId, *, seen: int
) -> Article:
    """Let nobody read an article any more; it keeps its versions."""
    article = (await _locked(work, article_id, seen)).archived(work.now)
    await take_out_of_force(work.db, article)
    work.announce(ArticleArchived(article_id=article.id, slug=article.slug, author_id=author_id))
    await hints.tell_with(work, TOPIC, article.slug)
    return await _saved(work, article)


async def restore_article(work: Work, article_id: UUID, *, seen: int) -> Article:
    """Make an archived article a draft again."""
    article = (await _locked(work, article_id, seen)).restored()
    return await _saved(work, article)


async def note_review(work: Work, article_id: UUID, *, seen: int) -> Article:
    """Note that somebody read an article and found it right."""
    article = await _locked(work, article_id, seen)
    return await _saved(work, replace(article, reviewed_at=work.now))


async def delete_article(
    work: Work, hints: Hints, article_id: UUID, author_id: UserId, *, seen: int
) -> None:
    """Delete an article with its versions and figures.

    Raises Conflict for one that came with Firstmile: the next start would bring it again.
    """
    article = await _locked(work, article_id, seen)
    if article.shipped is not None:
        raise Conflict(
            N_("This article came with Firstmile and would come again. Archive it instead."),
            error="shipped_article",
        )
    await take_out_of_force(work.db, article)
    await store.delete_article(work.db, article.id)
    work.announce(ArticleDeleted(article_id=article.id, slug=article.slug, author_id=author_id))
    await hints.tell_with(work, TOPIC, article.slug)


async def known_version(work: Work, article: Article, number: int) -> Version:
    """A version of an article; NotFound when there is none of this number."""
    version = await store.version(work.db, article.id, number)
    if version is None:
        raise no_such_version()
    return version


async def _locked(work: Work, article_id: UUID, seen: int) -> Article:
    article = await store.lock_article(work.db, article_id)
    if article is None:
        raise no_such_article()
    article.check_seen(seen)
    return article


async def _saved(work: Work, article: Article) -> Article:
    await store.save_article(work.db, article, work.now)
    return replace(article, row_version=article.row_version + 1, updated_at=work.now)
