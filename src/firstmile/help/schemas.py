"""The JSON of help as its readers have it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from firstmile.help.excerpts import excerpt
from firstmile.help.models import Reason
from firstmile.help.store_search import Hit, Published

MOST_COMMENT = 1000


class Wire(msgspec.Struct, rename="camel", kw_only=True):
    """camelCase on the wire."""


class Asked(Wire, forbid_unknown_fields=True):
    """What is sent to us: a member nobody knows is a mistake."""


class HeadingOut(Wire):
    """An article in a list."""

    slug: str
    title: str
    summary: str

    @classmethod
    def of(cls, one: Published) -> "HeadingOut":
        """An article without its text."""
        return cls(slug=one.slug, title=one.title, summary=one.summary)


class HeadingsOut(Wire):
    """The articles that belong to a place, the closest first."""

    articles: list[HeadingOut]

    @classmethod
    def of(cls, found: Iterable[Published]) -> "HeadingsOut":
        """These articles, in their order."""
        return cls(articles=[HeadingOut.of(one) for one in found])


class ShelfOut(Wire):
    """What stands under one category."""

    key: str
    title: str
    articles: list[HeadingOut]


class ShelvesOut(Wire):
    """Everything there is to read, sorted."""

    categories: list[ShelfOut]


class PieceOut(Wire):
    """Some plain text; `hit` when it is a word that was asked for."""

    text: str
    hit: bool = False


class ResultOut(Wire):
    """An article that answers; `marked` is the place of it that does, in pieces of plain text."""

    slug: str
    title: str
    summary: str
    marked: list[PieceOut]

    @classmethod
    def of(cls, hit: Hit) -> "ResultOut":
        """What was found, with its place."""
        pieces = excerpt(hit.text, hit.stems)
        return cls(
            slug=hit.slug,
            title=hit.title,
            summary=hit.summary,
            marked=[PieceOut(text=one.text, hit=one.is_hit) for one in pieces],
        )


class ResultsOut(Wire):
    """What answers a question, the best first; `id` names the search when one is opened."""

    id: UUID
    results: list[ResultOut]


class ArticleOut(Wire):
    """An article; `language` is what it is written in, and `body` are blocks of text, no HTML."""

    slug: str
    title: str
    summary: str
    language: str
    category: str
    version: int
    updated_at: datetime
    body: list[Any]
    related: list[HeadingOut]

    @classmethod
    def of(
        cls, one: Published, category: str, body: list[Any], related: Sequence[Published]
    ) -> "ArticleOut":
        """An article with its text."""
        return cls(
            slug=one.slug,
            title=one.title,
            summary=one.summary,
            language=one.written_in,
            category=category,
            version=one.number,
            updated_at=one.published_at,
            body=body,
            related=[HeadingOut.of(other) for other in related],
        )


class FeedbackIn(Asked):
    """Whether an article helped, and if not why; nothing of who says so is kept."""

    helpful: bool
    reason: Reason | None = None
    comment: Annotated[str, msgspec.Meta(max_length=MOST_COMMENT)] | None = None


class ClickIn(Asked):
    """That an article was opened out of what a search found."""

    search: UUID
    slug: Annotated[str, msgspec.Meta(max_length=100)]
