"""The SQL of what is read and searched: published articles, their words, and synonyms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from firstmile.help.words import Saying
from firstmile.kernel.database import Connection

# What PostgreSQL calls the grammar of each language.
GRAMMARS = {"en": "english", "fr": "french"}
MOST_RESULTS = 8


# Parameters: language, places, sayings, typed words, grammar, the words together, whether staff
# ask, how many, whether a saying is literal.
SEARCH = """
    WITH asked AS MATERIALIZED (
        SELECT place, said, typed, literal
        FROM unnest($2::int[], $3::text[], $4::text[], $9::bool[])
            AS one (place, said, typed, literal)
    ),
    unknown AS MATERIALIZED (
        SELECT place, typed
        FROM asked
        WHERE typed IS NOT NULL
            AND (
                SELECT word
                FROM help_words
                WHERE language = $1 AND word >= typed AND word < typed || '{'
                    AND (word = typed OR said LIKE '%:*')
                LIMIT 1
            ) IS NULL
    ),
    longer AS MATERIALIZED (
        SELECT place, longest.word AS said
        FROM asked
        CROSS JOIN LATERAL (
            SELECT word
            FROM help_words
            WHERE language = $1 AND word > typed AND word < typed || '{'
            ORDER BY articles DESC, word
            LIMIT 8
        ) AS longest
        WHERE said LIKE '%:*' AND typed IS NOT NULL
    ),
    near AS MATERIALIZED (
        SELECT place, nearest.word AS said
        FROM unknown
        CROSS JOIN LATERAL (
            SELECT word
            FROM help_words
            WHERE language = $1 AND word % typed
                AND similarity(word, typed) >= CASE WHEN length(typed) < 6 THEN 0.35 ELSE 0.42 END
            ORDER BY similarity(word, typed) DESC, word
            LIMIT 3
        ) AS nearest
    ),
    places AS MATERIALIZED (
        SELECT place, to_tsquery(
            $5::text::regconfig,
            coalesce(string_agg(said, ' | ') FILTER (WHERE NOT literal), '')
        ) || to_tsquery('simple', string_agg(said, ' | ')) AS query
        FROM (
            SELECT place, said, literal FROM asked
            UNION ALL SELECT place, said, false FROM near
            UNION ALL SELECT place, said, false FROM longer
        ) AS said
        GROUP BY place
    ),
    whole AS MATERIALIZED (
        SELECT string_agg('(' || query::text || ')', ' | ')::tsquery AS query,
            count(*) AS places
        FROM places
        WHERE numnode(query) > 0
    ),
    covered AS MATERIALIZED (
        SELECT article_id, count(*) AS covered
        FROM places
        CROSS JOIN LATERAL (
            SELECT article_id
            FROM help_published
            WHERE language = $1 AND document @@ places.query
        ) AS holding
        GROUP BY article_id
        HAVING count(*) * 2 > (SELECT places FROM whole)
    ),
    promising AS MATERIALIZED (
        SELECT slug, title, summary, text, letters, document, covered, whole.query, places
        FROM covered
        JOIN help_published USING (article_id)
        CROSS JOIN whole
        WHERE language = $1 AND ($7 OR NOT is_for_staff)
        ORDER BY covered DESC, ts_rank('{0, 0, 0.5, 1}', heading, whole.query) DESC, slug
        LIMIT 40
    )
    SELECT slug, title, summary, text, query::text AS query
    FROM promising
    ORDER BY covered::float / places
        + 2 * ts_rank('{0.05, 0.2, 0.5, 1}', document, query, 1)
        + 0.5 * greatest(word_similarity($6, letters) - 0.4, 0) DESC, slug
    LIMIT $8
"""


PUBLISH = """
    INSERT INTO help_published (
        article_id, language, written_in, number, slug, category, title, summary, body, text,
        contexts, related, is_for_staff, published_at, words, letters, heading, document
    )
    VALUES (
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
        setweight(to_tsvector($17::text::regconfig, $16) || to_tsvector('simple', $16), 'A')
        || setweight(
            to_tsvector($17::text::regconfig, $18) || to_tsvector('simple', $18), 'B'
        ),
        setweight(to_tsvector($17::text::regconfig, $16) || to_tsvector('simple', $16), 'A')
        || setweight(
            to_tsvector($17::text::regconfig, $18) || to_tsvector('simple', $18), 'B'
        )
        || setweight(to_tsvector($17::text::regconfig, $19), 'D')
    )
"""


@dataclass(frozen=True)
class Published:
    """An article as readers of one language have it."""

    article_id: UUID
    language: str
    written_in: str
    number: int
    slug: str
    category: str
    title: str
    summary: str
    body: str
    contexts: Sequence[str]
    related: Sequence[str]
    is_for_staff: bool
    published_at: datetime


@dataclass(frozen=True)
class Folded:
    """The same for the search: plain text, and folded words by how much they weigh."""

    text: str
    title: str
    summary: str
    body: str
    words: Sequence[str]


@dataclass(frozen=True)
class Hit:
    """An article that answers a question; `stems` are the beginnings of words it was found by."""

    slug: str
    title: str
    summary: str
    text: str
    stems: Sequence[str]


@dataclass(frozen=True)
class SynonymRow:
    """Words that mean the same, as they are kept."""

    id: UUID
    language: str
    words: Sequence[str]
    is_shipped: bool


async def search(
    db: Connection, language: str, sayings: Sequence[Saying], text: str, *, with_staff: bool
) -> list[Hit]:
    """The articles that answer a question, the best first; one statement.

    A word that stands in no article is also taken for those that are written nearly like it. An
    article has to hold more than half of what was asked for. Titles weigh more than summaries,
    and those more than the rest.
    """
    rows = await db.fetch(
        SEARCH,
        language,
        [one.place for one in sayings],
        [one.said for one in sayings],
        [one.typed for one in sayings],
        GRAMMARS[language],
        text,
        with_staff,
        MOST_RESULTS,
        [one.is_literal for one in sayings],
    )
    return [
        Hit(row["slug"], row["title"], row["summary"], row["text"], _stems(row["query"]))
        for row in rows
    ]


async def put_published(db: Connection, one: Published, plain: Folded) -> None:
    """Let readers of one language have this article."""
    await db.execute(
        PUBLISH,
        one.article_id,
        one.language,
        one.written_in,
        one.number,
        one.slug,
        one.category,
        one.title,
        one.summary,
        one.body,
        plain.text,
        one.contexts,
        one.related,
        one.is_for_staff,
        one.published_at,
        plain.words,
        plain.title,
        GRAMMARS[one.written_in],
        plain.summary,
        plain.body,
    )
    await _count_words(db, one.language, plain.words)


async def lock_words(db: Connection) -> None:
    """Let one process at a time change what is searched; those who search go on."""
    await db.execute("LOCK TABLE help_words IN SHARE ROW EXCLUSIVE MODE")


async def take_away(db: Connection, article_id: UUID) -> None:
    """Let nobody read an article any more."""
    gone = await db.fetch(
        "DELETE FROM help_published WHERE article_id = $1 RETURNING language, words", article_id
    )
    for row in gone:
        await db.execute(
            """
            UPDATE help_words
            SET articles = articles - 1
            WHERE language = $1 AND word = ANY($2::text[])
            """,
            row["language"],
            row["words"],
        )
        await db.execute("DELETE FROM help_words WHERE articles <= 0")


async def published(db: Connection) -> list[Published]:
    """Every published article in every language, by title.

    Without its body, but where a section of it is about a field.
    """
    rows = await db.fetch(
        """
        SELECT article_id, language, written_in, number, slug, category, title, summary,
            CASE WHEN array_to_string(contexts, ' ') ~ 'field:[^ ]*#' THEN body ELSE '' END,
            contexts, related, is_for_staff, published_at
        FROM help_published
        ORDER BY title, slug
        """
    )
    return [Published(*row) for row in rows]


async def published_one(db: Connection, language: str, slug: str) -> Published | None:
    """An article as readers of a language have it."""
    row = await db.fetchrow(
        """
        SELECT article_id, language, written_in, number, slug, category, title, summary, body,
            contexts, related, is_for_staff, published_at
        FROM help_published
        WHERE language = $1 AND slug = $2
        """,
        language,
        slug,
    )
    return None if row is None else Published(*row)


async def synonyms(db: Connection) -> list[SynonymRow]:
    """Every group of words that mean the same, in the order they were written."""
    rows = await db.fetch(
        """
        SELECT id, language, words, shipped IS NOT NULL
        FROM help_synonyms
        WHERE words <> '{}'
        ORDER BY language, words
        """
    )
    return [SynonymRow(*row) for row in rows]


async def put_synonyms(db: Connection, row: SynonymRow) -> None:
    """Keep a group of words, or what it is now."""
    await db.execute(
        """
        INSERT INTO help_synonyms (id, language, words)
        VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE
        SET language = EXCLUDED.language, words = EXCLUDED.words
        """,
        row.id,
        row.language,
        row.words,
    )


async def ship_synonyms(db: Connection, row: SynonymRow, key: str) -> None:
    """Bring a group of words that comes with Firstmile, once."""
    await db.execute(
        """
        INSERT INTO help_synonyms (id, language, words, shipped)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (shipped) DO NOTHING
        """,
        row.id,
        row.language,
        row.words,
        key,
    )


async def forget_synonyms(db: Connection, synonym_id: UUID) -> bool:
    """Take a group away; one that came with Firstmile stays as an empty row, so it stays away."""
    emptied = await db.fetchval(
        "UPDATE help_synonyms SET words = '{}' WHERE id = $1 AND words <> '{}' RETURNING true",
        synonym_id,
    )
    await db.execute("DELETE FROM help_synonyms WHERE id = $1 AND shipped IS NULL", synonym_id)
    return emptied is True


async def _count_words(db: Connection, language: str, words: Sequence[str]) -> None:
    await db.execute(
        """
        INSERT INTO help_words (language, word, articles)
        SELECT $1, word, 1
        FROM unnest($2::text[]) AS word
        ON CONFLICT (language, word) DO UPDATE
        SET articles = help_words.articles + 1
        """,
        language,
        words,
    )


def _stems(query: str) -> list[str]:
    """The words in the text of a tsquery, without their quotes and marks."""
    return [part for at, part in enumerate(query.split("'")) if at % 2 == 1]
