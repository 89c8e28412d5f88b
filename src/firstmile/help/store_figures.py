"""The SQL of how help is used: openings, feedback, and searches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from firstmile.help.models import Use
from firstmile.kernel.database import Connection


@dataclass(frozen=True)
class Asked:
    """A search that was made, and how often."""

    id: UUID
    language: str
    words: str
    asked: int
    empty: int


@dataclass(frozen=True)
class Searched:
    """A search over a time: how often it was made, found nothing, and led to an article."""

    id: UUID
    language: str
    words: str
    asked: int
    empty: int
    clicked: int
    last_asked_at: datetime


@dataclass(frozen=True)
class Feedback:
    """What somebody said of an article."""

    id: UUID
    number: int
    language: str
    is_helpful: bool
    reason: str | None
    comment: str | None
    created_at: datetime


async def add_openings(db: Connection, day: date, counts: Sequence[tuple[UUID, int]]) -> None:
    """Add how often articles were opened; those that are gone by now are passed over."""
    await db.execute(
        """
        INSERT INTO help_openings (article_id, day, count)
        SELECT article_id, $1, count
        FROM unnest($2::uuid[], $3::int[]) AS one (article_id, count)
        WHERE article_id IN (SELECT id FROM help_articles)
        ON CONFLICT (article_id, day) DO UPDATE
        SET count = help_openings.count + EXCLUDED.count
        """,
        day,
        [article_id for article_id, _ in counts],
        [count for _, count in counts],
    )


async def add_searches(db: Connection, now: datetime, rows: Sequence[Asked]) -> None:
    """Add searches to those of the day. Rows come sorted, so that two writers never cross."""
    await db.execute(
        """
        INSERT INTO help_searches (
            id, day, language, words, asked, empty, clicked, last_asked_at
        )
        SELECT id, $1::timestamptz::date, language, words, asked, empty, 0, $1
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::int[], $6::int[])
            AS one (id, language, words, asked, empty)
        ON CONFLICT (id, day) DO UPDATE
        SET asked = help_searches.asked + EXCLUDED.asked,
            empty = help_searches.empty + EXCLUDED.empty,
            last_asked_at = EXCLUDED.last_asked_at
        """,
        now,
        [row.id for row in rows],
        [row.language for row in rows],
        [row.words for row in rows],
        [row.asked for row in rows],
        [row.empty for row in rows],
    )


async def add_clicks(db: Connection, day: date, counts: Sequence[tuple[UUID, int]]) -> None:
    """Add clicks to the searches of the day, or of the day before around midnight."""
    await db.execute(
        """
        UPDATE help_searches
        SET clicked = clicked + count
        FROM unnest($2::uuid[], $3::int[]) AS one (id, count)
        WHERE help_searches.id = one.id
            AND day = (
                SELECT max(day)
                FROM help_searches AS latest
                WHERE latest.id = one.id AND latest.day >= $1::date - 1
            )
        """,
        day,
        [search_id for search_id, _ in counts],
        [count for _, count in counts],
    )


async def add_feedback(db: Connection, article_id: UUID, one: Feedback) -> None:
    """Keep what somebody said; not who."""
    await db.execute(
        """
        INSERT INTO help_feedback (
            id, article_id, number, language, is_helpful, reason, comment, created_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        one.id,
        article_id,
        one.number,
        one.language,
        one.is_helpful,
        one.reason,
        one.comment,
        one.created_at,
    )


async def uses(db: Connection, since: date) -> dict[UUID, Use]:
    """How every article was used since a day."""
    rows = await db.fetch(
        """
        SELECT id, coalesce(opened, 0) AS opened, coalesce(helpful, 0) AS helpful,
            coalesce(unhelpful, 0) AS unhelpful
        FROM help_articles
        LEFT JOIN (
            SELECT article_id, sum(count) AS opened
            FROM help_openings
            WHERE day >= $1
            GROUP BY article_id
        ) AS openings ON openings.article_id = id
        LEFT JOIN (
            SELECT article_id, count(*) FILTER (WHERE is_helpful) AS helpful,
                count(*) FILTER (WHERE NOT is_helpful) AS unhelpful
            FROM help_feedback
            WHERE created_at >= $1
            GROUP BY article_id
        ) AS votes ON votes.article_id = id
        """,
        since,
    )
    return {row["id"]: Use(row["opened"], row["helpful"], row["unhelpful"]) for row in rows}


async def feedback(db: Connection, article_id: UUID, most: int) -> list[Feedback]:
    """What people said of an article, the latest first."""
    rows = await db.fetch(
        """
        SELECT id, number, language, is_helpful, reason, comment, created_at
        FROM help_feedback
        WHERE article_id = $1
        ORDER BY created_at DESC, id
        LIMIT $2
        """,
        article_id,
        most,
    )
    return [Feedback(*row) for row in rows]


async def searches(db: Connection, since: date, most: int) -> list[Searched]:
    """Every search since a day, the most frequent first."""
    rows = await db.fetch(
        """
        SELECT id, language, words, sum(asked)::int AS asked, sum(empty)::int, sum(clicked)::int,
            max(last_asked_at)
        FROM help_searches
        WHERE day >= $1
        GROUP BY id, language, words
        ORDER BY asked DESC, words
        LIMIT $2
        """,
        since,
        most,
    )
    return [Searched(*row) for row in rows]


async def unanswered(db: Connection, since: date, most: int) -> list[Searched]:
    """Searches that found nothing, the most frequent first, but for those that were settled."""
    rows = await db.fetch(
        """
        SELECT id, language, words, sum(asked)::int, sum(empty)::int AS empty, sum(clicked)::int,
            max(last_asked_at)
        FROM help_searches
        LEFT JOIN help_settled_searches AS settled USING (id)
        WHERE day >= $1
            AND (settled_at IS NULL OR last_asked_at > settled_at)
        GROUP BY id, language, words
        HAVING sum(empty) > 0
        ORDER BY empty DESC, words
        LIMIT $2
        """,
        since,
        most,
    )
    return [Searched(*row) for row in rows]


async def settle(db: Connection, search_id: UUID, now: datetime) -> bool:
    """Note that something was done about a search; False when nobody searched for it."""
    settled = await db.fetchval(
        """
        INSERT INTO help_settled_searches (id, settled_at)
        SELECT id, $2
        FROM help_searches
        WHERE id = $1
        LIMIT 1
        ON CONFLICT (id) DO UPDATE
        SET settled_at = EXCLUDED.settled_at
        RETURNING true
        """,
        search_id,
        now,
    )
    return settled is True


async def forget_before(db: Connection, words_before: datetime, votes_before: datetime) -> int:
    """Delete searches and what people wrote before one moment, and votes before another."""
    searched = await db.fetch(
        "DELETE FROM help_searches WHERE day < $1::timestamptz::date RETURNING 1", words_before
    )
    written = await db.fetch(
        """
        UPDATE help_feedback
        SET comment = NULL
        WHERE created_at < $1 AND comment IS NOT NULL
        RETURNING 1
        """,
        words_before,
    )
    voted = await db.fetch(
        "DELETE FROM help_feedback WHERE created_at < $1 RETURNING 1", votes_before
    )
    opened = await db.fetch(
        "DELETE FROM help_openings WHERE day < $1::timestamptz::date RETURNING 1", votes_before
    )
    await db.execute(
        """
        DELETE FROM help_settled_searches
        WHERE id NOT IN (SELECT id FROM help_searches)
        """
    )
    return len(searched) + len(written) + len(voted) + len(opened)
