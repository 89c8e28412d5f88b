"""The JSON of help as its authors have it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from firstmile.help.diffs import Change, Difference
from firstmile.help.models import (
    MOST_BODY,
    MOST_CONTEXTS,
    MOST_NOTE,
    Article,
    Category,
    Content,
    Doubt,
    State,
    Text,
    Version,
)
from firstmile.help.overview import Standing, Wanted
from firstmile.help.schemas import Asked, Wire
from firstmile.help.store_figures import Feedback, Searched
from firstmile.help.store_search import SynonymRow

Short = Annotated[str, msgspec.Meta(max_length=500)]
Key = Annotated[str, msgspec.Meta(max_length=200)]
Note = Annotated[str, msgspec.Meta(max_length=MOST_NOTE)]
MOST_SYNONYMS = 20


class TextIn(Asked):
    """What an article says in one language; `body` is Markdown."""

    title: Short
    summary: Short
    body: Annotated[str, msgspec.Meta(max_length=MOST_BODY)]


class ContentIn(Asked):
    """All that a version holds, by language `en` and `fr`.

    `contexts` say where it belongs: `route:/lists/*`, `firstmile:/profile`,
    `step:verify-email`, `error:rate_limited` or `field:sign-up.password`.
    """

    category: Key
    texts: dict[str, TextIn]
    contexts: Annotated[list[Key], msgspec.Meta(max_length=MOST_CONTEXTS)] = msgspec.field(
        default_factory=list
    )
    related: Annotated[list[Key], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=list)
    for_staff: bool = False

    def content(self) -> Content:
        """The content as the rules know it."""
        texts = {key: Text(one.title, one.summary, one.body) for key, one in self.texts.items()}
        return Content(
            self.category, texts, tuple(self.contexts), tuple(self.related), self.for_staff
        )


class NewArticleIn(Asked):
    """A new article, as a draft."""

    slug: Key
    content: ContentIn
    note: Note = ""


class SaveIn(Asked):
    """Another version; `rowVersion` is that of the article one looked at."""

    content: ContentIn
    row_version: int
    note: Note = ""


class SeenIn(Asked):
    """What to do is in the address; `rowVersion` is that of the article one looked at."""

    row_version: int


class PublishIn(Asked):
    """Which version it is about, of whatever age."""

    version: int
    row_version: int


class TextOut(Wire):
    """What an article says in one language."""

    title: str
    summary: str
    body: str


class ContentOut(Wire):
    """All that a version holds."""

    category: str
    texts: dict[str, TextOut]
    contexts: list[str]
    related: list[str]
    for_staff: bool

    @classmethod
    def of(cls, content: Content) -> "ContentOut":
        """The content on the wire."""
        return cls(
            category=content.category,
            texts={
                key: TextOut(title=one.title, summary=one.summary, body=one.body)
                for key, one in content.texts.items()
            },
            contexts=list(content.contexts),
            related=list(content.related),
            for_staff=content.is_for_staff,
        )


class StandOut(Wire):
    """An article as it is kept. `head` is the version to go on from, `published` what is read."""

    id: UUID
    slug: str
    state: State
    head: int
    published: int | None
    shipped: int | None
    row_version: int
    has_draft: bool
    has_offer: bool
    updated_at: datetime
    published_at: datetime | None
    reviewed_at: datetime | None

    @classmethod
    def of(cls, one: Article) -> "StandOut":
        """The article on the wire."""
        return cls(
            id=one.id,
            slug=one.slug,
            state=one.state,
            head=one.head,
            published=one.published,
            shipped=one.shipped,
            row_version=one.row_version,
            has_draft=one.has_draft,
            has_offer=one.has_offer,
            updated_at=one.updated_at,
            published_at=one.published_at,
            reviewed_at=one.reviewed_at,
        )


class ListedOut(Wire):
    """An article in the list of authors, with its figures of 90 days."""

    article: StandOut
    title: str
    category: str
    languages: list[str]
    opened: int
    helpful: int
    unhelpful: int
    doubts: list[Doubt]

    @classmethod
    def of(cls, one: Standing) -> "ListedOut":
        """The standing of an article on the wire."""
        return cls(
            article=StandOut.of(one.article),
            title=one.content.in_language("en")[1].title,
            category=one.content.category,
            languages=sorted(one.content.texts),
            opened=one.use.opened,
            helpful=one.use.helpful,
            unhelpful=one.use.unhelpful,
            doubts=one.doubts,
        )


class ListOut(Wire):
    """Every article."""

    items: list[ListedOut]


class VersionOut(Wire):
    """A version as it was written."""

    number: int
    note: str
    author_id: UUID | None
    is_shipped: bool
    created_at: datetime
    content: ContentOut

    @classmethod
    def of(cls, one: Version) -> "VersionOut":
        """The version on the wire."""
        return cls(
            number=one.number,
            note=one.note,
            author_id=one.author_id,
            is_shipped=one.is_shipped,
            created_at=one.created_at,
            content=ContentOut.of(one.content),
        )


class WholeOut(Wire):
    """An article with its versions, the newest first."""

    article: StandOut
    versions: list[VersionOut]


class LineOut(Wire):
    """A line of one or both of two versions."""

    change: Change
    text: str


class DifferenceOut(Wire):
    """A part that differs, such as `en.body`."""

    part: str
    lines: list[LineOut]

    @classmethod
    def of(cls, one: Difference) -> "DifferenceOut":
        """The difference on the wire."""
        return cls(
            part=one.part,
            lines=[LineOut(change=line.change, text=line.text) for line in one.lines],
        )


class DifferencesOut(Wire):
    """What differs between two versions."""

    differences: list[DifferenceOut]


class PreviewIn(Asked):
    """Markdown to look at."""

    body: Annotated[str, msgspec.Meta(max_length=MOST_BODY)]


class PreviewOut(Wire):
    """The same as blocks."""

    body: list[Any]


class SaidOut(Wire):
    """What somebody said of an article; nobody knows who."""

    version: int
    language: str
    helpful: bool
    reason: str | None
    comment: str | None
    at: datetime

    @classmethod
    def of(cls, one: Feedback) -> "SaidOut":
        """The feedback on the wire."""
        return cls(
            version=one.number,
            language=one.language,
            helpful=one.is_helpful,
            reason=one.reason,
            comment=one.comment,
            at=one.created_at,
        )


class AllSaidOut(Wire):
    """What people said, the latest first."""

    items: list[SaidOut]


class SearchedOut(Wire):
    """A search over 90 days; `findsNow` are the articles it leads to by now."""

    id: UUID
    language: str
    words: str
    asked: int
    empty: int
    clicked: int
    last_asked_at: datetime
    finds_now: list[str] = msgspec.field(default_factory=list)

    @classmethod
    def of(cls, one: Searched) -> "SearchedOut":
        """The search on the wire."""
        return cls(
            id=one.id,
            language=one.language,
            words=one.words,
            asked=one.asked,
            empty=one.empty,
            clicked=one.clicked,
            last_asked_at=one.last_asked_at,
        )

    @classmethod
    def wanted(cls, one: Wanted) -> "SearchedOut":
        """The same as work to do."""
        told = cls.of(one.searched)
        told.finds_now = one.found
        return told


class SearchesOut(Wire):
    """Searches: all of them, and those that found nothing and wait for somebody."""

    frequent: list[SearchedOut]
    unanswered: list[SearchedOut]


class SynonymsIn(Asked):
    """Words or short phrases of one language that mean the same."""

    language: Annotated[str, msgspec.Meta(max_length=10)]
    words: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=80)]], msgspec.Meta(max_length=MOST_SYNONYMS)
    ]


class SynonymsOut(Wire):
    """Words that mean the same, as they are kept."""

    id: UUID
    language: str
    words: list[str]
    is_shipped: bool

    @classmethod
    def of(cls, one: SynonymRow) -> "SynonymsOut":
        """The words on the wire."""
        return cls(
            id=one.id, language=one.language, words=list(one.words), is_shipped=one.is_shipped
        )


class AllSynonymsOut(Wire):
    """Every group of words that mean the same."""

    items: list[SynonymsOut]


class CategoryIn(Asked):
    """What a category is called, by language, and where it stands."""

    titles: dict[str, Annotated[str, msgspec.Meta(min_length=1, max_length=80)]]
    position: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 100


class CategoryOut(Wire):
    """A category as it is kept."""

    key: str
    titles: dict[str, str]
    position: int

    @classmethod
    def of(cls, one: Category) -> "CategoryOut":
        """The category on the wire."""
        return cls(key=one.key, titles=dict(one.titles), position=one.position)


class CategoriesOut(Wire):
    """Every category, in order."""

    items: list[CategoryOut]
