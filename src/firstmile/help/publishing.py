"""What becomes of a version when it is published: its rows for readers and for the search."""

from datetime import datetime

from firstmile.help import store_search
from firstmile.help.models import Article, Text, Version
from firstmile.help.store_search import Folded, Published
from firstmile.help.words import folded, words_of
from firstmile.kernel.database import Connection
from firstmile.kernel.languages import LANGUAGES
from firstmile.rich_text.reading import read
from firstmile.rich_text.showing import words_of as plain_words

MOST_WORDS = 2000  # of an article that can be put right when mistyped


async def put_into_force(db: Connection, article: Article, version: Version, now: datetime) -> None:
    """Let everybody read and find this version, each in their language or else in English."""
    await store_search.lock_words(db)
    await store_search.take_away(db, article.id)
    for language in LANGUAGES:
        content = version.content
        written_in, text = content.in_language(language)
        one = Published(
            article_id=article.id,
            language=language,
            written_in=written_in,
            number=version.number,
            slug=article.slug,
            category=content.category,
            title=text.title,
            summary=text.summary,
            body=text.body,
            contexts=list(content.contexts),
            related=list(content.related),
            is_for_staff=content.is_for_staff,
            published_at=now,
        )
        await store_search.put_published(db, one, folded_text(text))


async def take_out_of_force(db: Connection, article: Article) -> None:
    """Let nobody read or find an article any more."""
    await store_search.lock_words(db)
    await store_search.take_away(db, article.id)


def folded_text(text: Text) -> Folded:
    """What the search needs of a text."""
    plain = plain_words(read(text.body))
    words = dict.fromkeys(words_of(f"{text.title} {text.summary} {plain}"))
    return Folded(
        text=f"{text.summary} {plain}",
        title=folded(text.title),
        summary=folded(text.summary),
        body=folded(plain),
        words=[word for word in words if not word.isdigit()][:MOST_WORDS],
    )
