"""Help articles: what they hold, where they belong, and what a change of one must be."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from firstmile.kernel.languages import DEFAULT, LANGUAGES, N_
from firstmile.kernel.refusals import Conflict, Invalid, NotFound, Stale
from firstmile.rich_text.reading import complaints

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MOST_KEY = 80
MOST_TITLE = 120
MOST_SUMMARY = 300
MOST_BODY = 20_000
MOST_NOTE = 500
MOST_CONTEXTS = 40
MOST_RELATED = 6
PATH = re.compile(r"/[A-Za-z0-9_.~*{}/-]{0,200}")
# What a context may begin with, and what may follow: pages of anybody, pages of Firstmile itself,
# and what is on them. A field may name the section of the text that is about it.
CONTEXTS = {
    "route": PATH,
    "firstmile": PATH,
    "step": re.compile(r"[a-z0-9-]{1,80}"),
    "error": re.compile(r"[a-z0-9_]{1,80}"),
    "field": re.compile(r"[A-Za-z0-9_-]{1,80}\.[A-Za-z0-9_.-]{1,80}(#[a-z0-9-]{1,80})?"),
}
FRESH = timedelta(days=270)  # after nine months nobody knows whether it still holds
FEW_VOTES = 5  # fewer say nothing about an article


class State(StrEnum):
    """Where an article is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Reason(StrEnum):
    """Why an article did not help."""

    UNCLEAR = "unclear"
    WRONG = "wrong"
    INCOMPLETE = "incomplete"
    OTHER_QUESTION = "other_question"


@dataclass(frozen=True)
class Text:
    """What an article says in one language; `body` is Markdown."""

    title: str
    summary: str
    body: str


@dataclass(frozen=True)
class Content:
    """All that a version holds. `contexts` name where it belongs, such as `firstmile:/profile`."""

    category: str
    texts: Mapping[str, Text]
    contexts: Sequence[str] = ()
    related: Sequence[str] = ()
    is_for_staff: bool = False

    def in_language(self, language: str) -> tuple[str, Text]:
        """The text for a reader of this language, and the language it is written in."""
        for one in (language, DEFAULT, *self.texts):
            if one in self.texts:
                return one, self.texts[one]
        raise ValueError("an article without a text")


@dataclass(frozen=True)
class Version:
    """A version as it was written; never changed."""

    number: int
    content: Content
    note: str
    author_id: UUID | None
    is_shipped: bool
    created_at: datetime


@dataclass(frozen=True)
class Article:
    """An article as it is kept. `head` is the version an author goes on from."""

    id: UUID
    slug: str
    head: int
    published: int | None
    shipped: int | None
    row_version: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None = None
    reviewed_at: datetime | None = None
    archived_at: datetime | None = None

    @property
    def state(self) -> State:
        """Whether it is read, was read, or is not yet."""
        if self.archived_at is not None:
            return State.ARCHIVED
        return State.DRAFT if self.published is None else State.PUBLISHED

    @property
    def has_draft(self) -> bool:
        """Whether something is written that nobody reads yet."""
        return self.published is not None and self.head != self.published

    @property
    def is_edited(self) -> bool:
        """Whether the people here made it theirs; then what Firstmile brings is only offered."""
        is_archived = self.archived_at is not None
        return self.head != self.shipped or self.published != self.shipped or is_archived

    @property
    def has_offer(self) -> bool:
        """Whether Firstmile brought a newer text that nobody took."""
        return self.shipped is not None and self.shipped > max(self.head, self.published or 0)

    def check_seen(self, row_version: int) -> None:
        """Raise Stale when it changed since somebody looked."""
        if row_version != self.row_version:
            raise Stale(
                N_("Somebody changed this article since you opened it."),
                details={"rowVersion": self.row_version, "head": self.head},
            )

    def published_as(self, number: int, now: datetime) -> "Article":
        """The article with this version in force."""
        return replace(
            self,
            head=number,
            published=number,
            published_at=now,
            reviewed_at=now,
            archived_at=None,
        )

    def archived(self, now: datetime) -> "Article":
        """The article out of everybody's sight; Conflict when it is already."""
        if self.archived_at is not None:
            raise Conflict(N_("This article is archived already."), error="already_archived")
        return replace(self, published=None, published_at=None, archived_at=now)

    def restored(self) -> "Article":
        """The article as a draft again; Conflict when it is not archived."""
        if self.archived_at is None:
            raise Conflict(N_("This article is not archived."), error="not_archived")
        return replace(self, archived_at=None)


@dataclass(frozen=True)
class Category:
    """What articles are sorted under."""

    key: str
    titles: Mapping[str, str]
    position: int

    def title(self, language: str) -> str:
        """Its name for a reader of this language."""
        return self.titles.get(language) or self.titles.get(DEFAULT) or self.key


@dataclass(frozen=True)
class Use:
    """How an article was used within a time."""

    opened: int = 0
    helpful: int = 0
    unhelpful: int = 0

    @property
    def ratio(self) -> float | None:
        """The share of votes that it helped; None when there are too few to say."""
        votes = self.helpful + self.unhelpful
        return self.helpful / votes if votes >= FEW_VOTES else None


class Doubt(StrEnum):
    """Why an article may no longer be right."""

    OLD = "old"
    UNHELPFUL = "unhelpful"
    TRANSLATION_MISSING = "translation_missing"
    TRANSLATION_BEHIND = "translation_behind"
    NEWER_SHIPPED = "newer_shipped"
    PLACE_GONE = "place_gone"


@dataclass(frozen=True)
class Grounds:
    """What tells whether an article still holds, besides the article itself."""

    now: datetime
    use: Use = field(default_factory=Use)
    is_translation_behind: bool = False
    gone: Sequence[str] = ()


def doubts(article: Article, content: Content, grounds: Grounds) -> list[Doubt]:
    """Why somebody should read an article again, the gravest first."""
    ratio = grounds.use.ratio
    looked_at = article.reviewed_at or article.updated_at
    found = {
        Doubt.PLACE_GONE: bool(grounds.gone),
        Doubt.UNHELPFUL: ratio is not None and ratio < 0.5,
        Doubt.NEWER_SHIPPED: article.has_offer,
        Doubt.TRANSLATION_MISSING: bool(set(LANGUAGES) - set(content.texts)),
        Doubt.TRANSLATION_BEHIND: grounds.is_translation_behind,
        Doubt.OLD: article.state is State.PUBLISHED and grounds.now - looked_at > FRESH,
    }
    return [doubt for doubt, holds in found.items() if holds]


def is_translation_behind(versions: Sequence[Version]) -> bool:
    """Whether the source changed after a translation last did; `versions` the newest first."""
    changed: dict[str, int] = {}
    for newer, older in zip(versions, [*versions[1:], None], strict=True):
        for language, text in newer.content.texts.items():
            before = older.content.texts.get(language) if older else None
            if before != text:
                changed.setdefault(language, newer.number)
    newest = versions[0].content.texts if versions else {}
    source = changed.get(DEFAULT, 0)
    return any(changed.get(one, 0) < source for one in newest if one != DEFAULT)


def check_slug(slug: str) -> str:
    """The slug; raises Invalid for what does not fit into an address."""
    if len(slug) > MOST_KEY or not KEY.fullmatch(slug):
        raise Invalid.field("slug", N_("Write small letters and digits with hyphens between them."))
    return slug


def check_content(content: Content, categories: Mapping[str, Category]) -> Content:
    """The content, trimmed; raises Invalid with every field that does not hold."""
    trimmed = replace(
        content,
        texts={
            language: Text(one.title.strip(), one.summary.strip(), one.body.strip())
            for language, one in content.texts.items()
            if any(part.strip() for part in (one.title, one.summary, one.body))
        },
        contexts=tuple(dict.fromkeys(one.strip() for one in content.contexts if one.strip())),
        related=tuple(dict.fromkeys(one.strip() for one in content.related if one.strip())),
    )
    mistakes = [*_of_texts(trimmed), *_of_places(trimmed, categories)]
    if mistakes:
        raise Invalid(
            N_("Some fields need another look."),
            details=[{"field": name, "message": said} for name, said in mistakes],
        )
    return trimmed


def check_note(note: str) -> str:
    """What a version is for, in a sentence or not at all."""
    note = note.strip()
    if len(note) > MOST_NOTE:
        raise Invalid.field("note", N_("This text is too long."))
    return note


def no_such_article() -> NotFound:
    """The answer for an article nobody wrote, or that the asker may not read."""
    return NotFound(N_("There is no such article."), error="article_not_found")


def no_such_version() -> NotFound:
    """The answer for a version nobody wrote."""
    return NotFound(N_("There is no such version."), error="version_not_found")


def _of_texts(content: Content) -> list[tuple[str, str]]:
    if DEFAULT not in content.texts:
        return [(f"texts.{DEFAULT}.title", N_("Write the article in English at least."))]
    found = []
    for language, text in content.texts.items():
        if language not in LANGUAGES:
            found.append((f"texts.{language}", N_("We do not speak this language.")))
        for name, said, most in (
            ("title", text.title, MOST_TITLE),
            ("summary", text.summary, MOST_SUMMARY),
            ("body", text.body, MOST_BODY),
        ):
            if not said:
                found.append((f"texts.{language}.{name}", N_("This is missing.")))
            elif len(said) > most:
                found.append((f"texts.{language}.{name}", N_("This text is too long.")))
        found += [(f"texts.{language}.body", one.message) for one in complaints(text.body)]
    return found


def _of_places(content: Content, categories: Mapping[str, Category]) -> list[tuple[str, str]]:
    found = []
    if content.category not in categories:
        found.append(("category", N_("Choose a category.")))
    if len(content.contexts) > MOST_CONTEXTS or not all(map(is_context, content.contexts)):
        found.append(
            ("contexts", N_("Write a place a line, such as route:/lists/* or firstmile:/profile."))
        )
    is_slug = all(KEY.fullmatch(one) and len(one) <= MOST_KEY for one in content.related)
    if len(content.related) > MOST_RELATED or not is_slug:
        found.append(("related", N_("Name at most six articles by their addresses.")))
    return found


def is_context(text: str) -> bool:
    """Whether a text names a place: one of CONTEXTS, a colon and what may follow it."""
    kind, _, rest = text.partition(":")
    return kind in CONTEXTS and CONTEXTS[kind].fullmatch(rest) is not None
