"""The SQL of articles, their versions and their categories."""

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from firstmile.help.models import Article, Category, Content, Version
from firstmile.kernel.database import Connection

ARTICLE = """
    id, slug, head, published, shipped, row_version, created_at, updated_at, published_at,
    reviewed_at, archived_at
"""
VERSION = "number, content, note, author_id, is_shipped, created_at"


async def articles(db: Connection) -> list[tuple[Article, Content]]:
    """Every article with what its head holds, by slug."""
    rows = await db.fetch(
        f"""
        SELECT {ARTICLE}, (
            SELECT content FROM help_versions WHERE article_id = id AND number = head
        ) AS content
        FROM help_articles
        ORDER BY slug
        """
    )
    return [(_article(row), _content(row["content"])) for row in rows]


async def article(db: Connection, article_id: UUID) -> Article | None:
    """One article."""
    row = await db.fetchrow(f"SELECT {ARTICLE} FROM help_articles WHERE id = $1", article_id)
    return None if row is None else _article(row)


async def article_of(db: Connection, slug: str) -> Article | None:
    """The article of an address, published or not."""
    row = await db.fetchrow(f"SELECT {ARTICLE} FROM help_articles WHERE slug = $1", slug)
    return None if row is None else _article(row)


async def lock_article(db: Connection, article_id: UUID) -> Article | None:
    """One article, for those who change it."""
    row = await db.fetchrow(
        f"SELECT {ARTICLE} FROM help_articles WHERE id = $1 FOR UPDATE", article_id
    )
    return None if row is None else _article(row)


async def add_article(db: Connection, one: Article) -> bool:
    """Keep a new article; False when another has its address."""
    added = await db.fetchval(
        """
        INSERT INTO help_articles (id, slug, head, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT (slug) DO NOTHING
        RETURNING true
        """,
        one.id,
        one.slug,
        one.head,
        one.created_at,
    )
    return added is True


async def save_article(db: Connection, one: Article, now: datetime) -> None:
    """Write what an article is now; its row version moves on."""
    await db.execute(
        """
        UPDATE help_articles
        SET head = $2, published = $3, shipped = $4, published_at = $5, reviewed_at = $6,
            archived_at = $7, updated_at = $8, row_version = row_version + 1
        WHERE id = $1
        """,
        one.id,
        one.head,
        one.published,
        one.shipped,
        one.published_at,
        one.reviewed_at,
        one.archived_at,
        now,
    )


async def delete_article(db: Connection, article_id: UUID) -> None:
    """Delete an article with all that hangs on it."""
    await db.execute("DELETE FROM help_articles WHERE id = $1", article_id)


async def shipped_digests(db: Connection) -> dict[str, str | None]:
    """What the files of every article were when it was last brought, by slug."""
    rows = await db.fetch("SELECT slug, shipped_digest FROM help_articles")
    return {row["slug"]: row["shipped_digest"] for row in rows}


async def note_shipped(db: Connection, article_id: UUID, digest: str) -> None:
    """Note what the files of an article were."""
    await db.execute(
        "UPDATE help_articles SET shipped_digest = $2 WHERE id = $1", article_id, digest
    )


async def lock_shipping(db: Connection) -> None:
    """Let one process at a time bring what ships with Firstmile."""
    await db.execute("LOCK TABLE help_categories IN SHARE ROW EXCLUSIVE MODE")


async def add_version(db: Connection, article_id: UUID, version: Version) -> None:
    """Keep a version for good."""
    await db.execute(
        """
        INSERT INTO help_versions (
            article_id, number, content, note, author_id, is_shipped, created_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        article_id,
        version.number,
        msgspec.json.encode(version.content).decode(),
        version.note,
        version.author_id,
        version.is_shipped,
        version.created_at,
    )


async def next_number(db: Connection, article_id: UUID) -> int:
    """The number of the version to come."""
    number: int = await db.fetchval(
        "SELECT coalesce(max(number), 0) + 1 FROM help_versions WHERE article_id = $1", article_id
    )
    return number


async def versions(db: Connection, article_id: UUID, most: int = 100) -> list[Version]:
    """The versions of an article, the newest first."""
    rows = await db.fetch(
        f"""
        SELECT {VERSION}
        FROM help_versions
        WHERE article_id = $1
        ORDER BY number DESC
        LIMIT $2
        """,
        article_id,
        most,
    )
    return [_version(row) for row in rows]


async def all_versions(db: Connection) -> dict[UUID, list[Version]]:
    """The versions of every article, the newest first."""
    rows = await db.fetch(
        f"SELECT article_id, {VERSION} FROM help_versions ORDER BY article_id, number DESC"
    )
    found: dict[UUID, list[Version]] = {}
    for row in rows:
        found.setdefault(row["article_id"], []).append(_version(row))
    return found


async def version(db: Connection, article_id: UUID, number: int) -> Version | None:
    """One version."""
    row = await db.fetchrow(
        f"SELECT {VERSION} FROM help_versions WHERE article_id = $1 AND number = $2",
        article_id,
        number,
    )
    return None if row is None else _version(row)


async def categories(db: Connection) -> dict[str, Category]:
    """What articles are sorted under, in order."""
    rows = await db.fetch(
        "SELECT key, titles, position FROM help_categories ORDER BY position, key"
    )
    return {
        row["key"]: Category(row["key"], msgspec.json.decode(row["titles"]), row["position"])
        for row in rows
    }


async def put_category(db: Connection, one: Category) -> None:
    """Keep a category, or what it is called now."""
    await db.execute(
        """
        INSERT INTO help_categories (key, titles, position)
        VALUES ($1, $2, $3)
        ON CONFLICT (key) DO UPDATE
        SET titles = EXCLUDED.titles, position = EXCLUDED.position
        """,
        one.key,
        msgspec.json.encode(dict(one.titles)).decode(),
        one.position,
    )


async def add_category(db: Connection, one: Category) -> None:
    """Keep a category unless there is one of its key."""
    await db.execute(
        """
        INSERT INTO help_categories (key, titles, position)
        VALUES ($1, $2, $3)
        ON CONFLICT (key) DO NOTHING
        """,
        one.key,
        msgspec.json.encode(dict(one.titles)).decode(),
        one.position,
    )


def _article(row: asyncpg.Record) -> Article:
    return Article(
        id=row["id"],
        slug=row["slug"],
        head=row["head"],
        published=row["published"],
        shipped=row["shipped"],
        row_version=row["row_version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        published_at=row["published_at"],
        reviewed_at=row["reviewed_at"],
        archived_at=row["archived_at"],
    )


def _version(row: asyncpg.Record) -> Version:
    return Version(
        number=row["number"],
        content=_content(row["content"]),
        note=row["note"],
        author_id=row["author_id"],
        is_shipped=row["is_shipped"],
        created_at=row["created_at"],
    )


def _content(document: str) -> Content:
    return msgspec.json.decode(document, type=Content)
