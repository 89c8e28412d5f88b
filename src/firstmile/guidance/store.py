"""The SQL of contents: drafts, editions, what is published, and the ledger."""

from datetime import datetime
from typing import Any

import msgspec

from firstmile.guidance.models import Act, Author, Content, Draft, Edition, Entry
from firstmile.kernel.database import Connection


async def draft(db: Connection, key: str) -> Draft | None:
    """What is being written of a content."""
    row = await db.fetchrow(
        """
        SELECT document::text, row_version, author, saved_at, archived_at
        FROM guidance_drafts
        WHERE key = $1
        """,
        key,
    )
    return None if row is None else _draft(row)


async def lock_draft(db: Connection, key: str) -> Draft | None:
    """The same, held until the transaction ends."""
    row = await db.fetchrow(
        """
        SELECT document::text, row_version, author, saved_at, archived_at
        FROM guidance_drafts
        WHERE key = $1
        FOR UPDATE
        """,
        key,
    )
    return None if row is None else _draft(row)


async def drafts(db: Connection, *, archived: bool = False) -> list[Draft]:
    """Every content by its key; those in use, or the archived ones."""
    rows = await db.fetch(
        """
        SELECT document::text, row_version, author, saved_at, archived_at
        FROM guidance_drafts
        WHERE (archived_at IS NOT NULL) = $1
        ORDER BY key
        """,
        archived,
    )
    return [_draft(row) for row in rows]


async def save_draft(
    db: Connection, content: Content, seen: int, author: Author, now: datetime
) -> bool:
    """Write a draft over the one that was `seen`, 0 for none; False when it is another by now."""
    saved = await db.fetchval(
        """
        INSERT INTO guidance_drafts AS draft (
            key, document, row_version, author, author_id, saved_at
        )
        SELECT $1, $2::jsonb, 1, $4, $5, $6
        WHERE $3 = 0 OR EXISTS (SELECT FROM guidance_drafts WHERE key = $1)
        ON CONFLICT (key) DO UPDATE
        SET document = EXCLUDED.document,
            row_version = draft.row_version + 1,
            author = EXCLUDED.author,
            author_id = EXCLUDED.author_id,
            saved_at = EXCLUDED.saved_at,
            archived_at = NULL
        WHERE draft.row_version = $3
        RETURNING row_version
        """,
        content.key,
        _json(content),
        seen,
        author.name,
        author.user_id,
        now,
    )
    return saved is not None


async def archive_draft(db: Connection, key: str, now: datetime) -> None:
    """Put a content away; its editions and the ledger stay."""
    await db.execute(
        """
        UPDATE guidance_drafts
        SET archived_at = $2, row_version = row_version + 1
        WHERE key = $1
        """,
        key,
        now,
    )


async def editions(db: Connection, key: str) -> list[Edition]:
    """The versions of a content, the newest first."""
    rows = await db.fetch(
        """
        SELECT document::text, version, author, made_at
        FROM guidance_editions
        WHERE key = $1
        ORDER BY version DESC
        """,
        key,
    )
    return [_edition(row) for row in rows]


async def edition(db: Connection, key: str, version: int) -> Edition | None:
    """One version of a content."""
    row = await db.fetchrow(
        """
        SELECT document::text, version, author, made_at
        FROM guidance_editions
        WHERE key = $1 AND version = $2
        """,
        key,
        version,
    )
    return None if row is None else _edition(row)


async def add_edition(db: Connection, edition: Edition, author: Author) -> None:
    """Keep a version for good."""
    await db.execute(
        """
        INSERT INTO guidance_editions (key, version, document, author, author_id, made_at)
        VALUES ($1, $2, $3::jsonb, $4, $5, $6)
        """,
        edition.content.key,
        edition.version,
        _json(edition.content),
        author.name,
        author.user_id,
        edition.made_at,
    )


async def published_version(db: Connection, environment: str, key: str) -> int | None:
    """The version that is in force."""
    version: int | None = await db.fetchval(
        """
        SELECT version
        FROM guidance_published
        WHERE environment = $1 AND key = $2
        """,
        environment,
        key,
    )
    return version


async def published(db: Connection) -> dict[str, dict[str, int]]:
    """The versions in force: by key, then by environment."""
    rows = await db.fetch("SELECT key, environment, version FROM guidance_published")
    found: dict[str, dict[str, int]] = {}
    for key, environment, version in rows:
        found.setdefault(key, {})[environment] = version
    return found


async def in_force(db: Connection, environment: str) -> list[tuple[Content, int]]:
    """Everything that is published in an environment, with its version."""
    rows = await db.fetch(
        """
        SELECT document::text, version
        FROM guidance_published
        JOIN guidance_editions USING (key, version)
        WHERE environment = $1
        """,
        environment,
    )
    return [(_content(row[0]), row[1]) for row in rows]


async def put_in_force(db: Connection, environment: str, key: str, version: int) -> None:
    """Publish a version."""
    await db.execute(
        """
        INSERT INTO guidance_published (environment, key, version)
        VALUES ($1, $2, $3)
        ON CONFLICT (environment, key) DO UPDATE
        SET version = EXCLUDED.version
        """,
        environment,
        key,
        version,
    )


async def withdraw(db: Connection, environment: str, key: str) -> None:
    """Publish nothing under a key."""
    await db.execute(
        "DELETE FROM guidance_published WHERE environment = $1 AND key = $2", environment, key
    )


async def add_entry(db: Connection, entry: Entry) -> None:
    """Write a line of the ledger; its number is given by the table."""
    await db.execute(
        """
        INSERT INTO guidance_ledger (
            environment, key, act, version, before, author, author_id, reason, override, at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        entry.environment,
        entry.key,
        entry.act,
        entry.version,
        entry.before,
        entry.author,
        entry.author_id,
        entry.reason,
        entry.override,
        entry.at,
    )


async def ledger(
    db: Connection,
    *,
    key: str | None = None,
    environment: str | None = None,
    before: int | None = None,
    most: int = 50,
) -> list[Entry]:
    """What was published, the newest first: of one content, of one environment, or of all."""
    rows = await db.fetch(
        """
        SELECT number, environment, key, act, version, before, author, author_id, reason, at,
            override
        FROM guidance_ledger
        WHERE ($1::text IS NULL OR key = $1)
            AND ($2::text IS NULL OR environment = $2)
            AND ($3::bigint IS NULL OR number < $3)
        ORDER BY number DESC
        LIMIT $4
        """,
        key,
        environment,
        before,
        most,
    )
    return [Entry(row[0], row[1], row[2], Act(row[3]), *row[4:]) for row in rows]


async def revisions(db: Connection) -> dict[str, int]:
    """How many lines the ledger has, by environment: each act is one more."""
    rows = await db.fetch(
        "SELECT environment, count(*) AS lines FROM guidance_ledger GROUP BY environment"
    )
    return {row["environment"]: row["lines"] for row in rows}


async def set_quiet(
    db: Connection, environment: str, until: datetime, reason: str, staff_id: Any, now: datetime
) -> None:
    """Let nothing interrupt until a moment."""
    await db.execute(
        """
        INSERT INTO guidance_quiet (environment, until, reason, staff_id, set_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (environment) DO UPDATE
        SET until = EXCLUDED.until,
            reason = EXCLUDED.reason,
            staff_id = EXCLUDED.staff_id,
            set_at = EXCLUDED.set_at
        """,
        environment,
        until,
        reason,
        staff_id,
        now,
    )


async def end_quiet(db: Connection, environment: str) -> None:
    """Let things interrupt again."""
    await db.execute("DELETE FROM guidance_quiet WHERE environment = $1", environment)


async def quiet(db: Connection) -> dict[str, tuple[datetime, str]]:
    """Until when nothing interrupts and why, by environment."""
    rows = await db.fetch("SELECT environment, until, reason FROM guidance_quiet")
    return {row[0]: (row[1], row[2]) for row in rows}


def _json(content: Content) -> str:
    return msgspec.json.encode(content).decode()


def _content(text: str) -> Content:
    return msgspec.json.decode(text, type=Content)


def _draft(row: Any) -> Draft:
    return Draft(_content(row[0]), *row[1:])


def _edition(row: Any) -> Edition:
    return Edition(_content(row[0]), *row[1:])
