"""What help announces."""

from uuid import UUID

from firstmile.kernel.events import Event


class ArticlePublished(Event, frozen=True):
    """A version of an article is what everybody reads from now on."""

    article_id: UUID
    slug: str
    version: int
    author_id: UUID | None


class ArticleArchived(Event, frozen=True):
    """Nobody reads an article any more."""

    article_id: UUID
    slug: str
    author_id: UUID | None


class ArticleDeleted(Event, frozen=True):
    """An article is gone with all its versions."""

    article_id: UUID
    slug: str
    author_id: UUID | None
