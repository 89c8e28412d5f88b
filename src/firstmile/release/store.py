"""The SQL of flags, segments, environments and their revisions."""

from collections.abc import Mapping
from datetime import datetime

import asyncpg
import msgspec

from firstmile.kernel.database import Connection
from firstmile.release.models import (
    Author,
    Change,
    Environment,
    FlagRow,
    Oversight,
    Revision,
    SegmentRow,
    Subject,
    Subjected,
)
from firstmile.targeting.flags import Flag, Segment
from firstmile.targeting.snapshots import Contents

TYPES: Mapping[Subject, type[Flag] | type[Segment] | type[Oversight]] = {
    Subject.FLAG: Flag,
    Subject.SEGMENT: Segment,
    Subject.ENVIRONMENT: Oversight,
}


async def environments(db: Connection) -> list[Environment]:
    """The environments, in their order."""
    rows = await db.fetch(
        """
        SELECT name, revision, four_eyes
        FROM flag_environments
        ORDER BY position
        """
    )
    return [Environment(*row) for row in rows]


async def contents_after(db: Connection, known: Mapping[str, int]) -> list[Contents]:
    """All there is of every environment whose revision is not the one that is known."""
    rows = await db.fetch(
        """
        SELECT
            json_build_object(
                'environment', name,
                'revision', revision,
                'changedAt', (
                    SELECT changed_at
                    FROM flag_revisions
                    WHERE environment = name AND revision = flag_environments.revision
                ),
                'flags', COALESCE((
                    SELECT json_agg(document ORDER BY key)
                    FROM flags
                    WHERE environment = name AND archived_at IS NULL
                ), '[]'),
                'segments', COALESCE((
                    SELECT json_agg(document ORDER BY key)
                    FROM flag_segments
                    WHERE environment = name
                ), '[]')
            )::text AS contents
        FROM flag_environments
        WHERE revision <> COALESCE(($1::jsonb ->> name)::bigint, -1)
        """,
        msgspec.json.encode(dict(known)).decode(),
    )
    return [msgspec.json.decode(row["contents"], type=Contents) for row in rows]


async def lock_environment(db: Connection, environment: str) -> Environment | None:
    """An environment, whose revisions are ours alone until the transaction ends."""
    row = await db.fetchrow(
        """
        SELECT name, revision, four_eyes
        FROM flag_environments
        WHERE name = $1
        FOR NO KEY UPDATE
        """,
        environment,
    )
    return None if row is None else Environment(*row)


async def set_revision(db: Connection, environment: str, revision: int) -> None:
    """Note the number of an environment's last change."""
    await db.execute(
        "UPDATE flag_environments SET revision = $2 WHERE name = $1",
        environment,
        revision,
    )


async def set_four_eyes(db: Connection, environment: str, *, four_eyes: bool) -> None:
    """Say whether an environment asks for a second person."""
    await db.execute(
        "UPDATE flag_environments SET four_eyes = $2 WHERE name = $1",
        environment,
        four_eyes,
    )


async def flags(db: Connection, environment: str, *, archived: bool = False) -> list[FlagRow]:
    """The flags of an environment by their keys: those in use, or those that were archived."""
    rows = await db.fetch(
        """
        SELECT environment, document::text, revision, created_at, updated_at, archived_at
        FROM flags
        WHERE environment = $1 AND (archived_at IS NOT NULL) = $2
        ORDER BY key
        """,
        environment,
        archived,
    )
    return [_flag_row(row) for row in rows]


async def flag(db: Connection, environment: str, key: str) -> FlagRow | None:
    """A flag, archived or not."""
    row = await db.fetchrow(
        """
        SELECT environment, document::text, revision, created_at, updated_at, archived_at
        FROM flags
        WHERE environment = $1 AND key = $2
        """,
        environment,
        key,
    )
    return None if row is None else _flag_row(row)


async def segments(db: Connection, environment: str) -> list[SegmentRow]:
    """The segments of an environment, by their keys."""
    rows = await db.fetch(
        """
        SELECT environment, document::text, revision, created_at, updated_at
        FROM flag_segments
        WHERE environment = $1
        ORDER BY key
        """,
        environment,
    )
    return [_segment_row(row) for row in rows]


async def segment(db: Connection, environment: str, key: str) -> SegmentRow | None:
    """A segment."""
    row = await db.fetchrow(
        """
        SELECT environment, document::text, revision, created_at, updated_at
        FROM flag_segments
        WHERE environment = $1 AND key = $2
        """,
        environment,
        key,
    )
    return None if row is None else _segment_row(row)


async def put_flag(
    db: Connection, environment: str, flag: Flag, revision: int, now: datetime
) -> None:
    """Write a flag; one that was archived is in use again."""
    await db.execute(
        """
        INSERT INTO flags (environment, key, revision, document, created_at, updated_at)
        VALUES ($1, $2, $3, $4::jsonb, $5, $5)
        ON CONFLICT (environment, key) DO UPDATE
        SET revision = EXCLUDED.revision,
            document = EXCLUDED.document,
            updated_at = EXCLUDED.updated_at,
            archived_at = NULL
        """,
        environment,
        flag.key,
        revision,
        json_of(flag),
        now,
    )


async def archive_flag(
    db: Connection, environment: str, key: str, revision: int, now: datetime
) -> None:
    """Take a flag out of use; it stays readable."""
    await db.execute(
        """
        UPDATE flags
        SET archived_at = $4, updated_at = $4, revision = $3
        WHERE environment = $1 AND key = $2
        """,
        environment,
        key,
        revision,
        now,
    )


async def put_segment(
    db: Connection, environment: str, segment: Segment, revision: int, now: datetime
) -> None:
    """Write a segment."""
    await db.execute(
        """
        INSERT INTO flag_segments (environment, key, revision, document, created_at, updated_at)
        VALUES ($1, $2, $3, $4::jsonb, $5, $5)
        ON CONFLICT (environment, key) DO UPDATE
        SET revision = EXCLUDED.revision,
            document = EXCLUDED.document,
            updated_at = EXCLUDED.updated_at
        """,
        environment,
        segment.key,
        revision,
        json_of(segment),
        now,
    )


async def delete_segment(db: Connection, environment: str, key: str) -> None:
    """Delete a segment; its history stays."""
    await db.execute(
        "DELETE FROM flag_segments WHERE environment = $1 AND key = $2",
        environment,
        key,
    )


async def add_revision(
    db: Connection,
    change: Change,
    before: Subjected | None,
    revision: int,
    now: datetime,
    *,
    emergency: bool,
) -> None:
    """Keep a change for the history."""
    await db.execute(
        """
        INSERT INTO flag_revisions (
            environment, revision, subject, key, before, after,
            author_id, author, reason, changed_at, approver_id, approver, is_emergency
        )
        VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7, $8, $9, $10, $11, $12, $13)
        """,
        change.environment,
        revision,
        change.subject,
        change.key,
        json_of(before),
        json_of(change.after),
        change.author.user_id,
        change.author.name,
        change.reason,
        now,
        change.approver and change.approver.user_id,
        change.approver and change.approver.name,
        emergency,
    )


async def revisions(
    db: Connection,
    environment: str,
    *,
    subject: Subject | None = None,
    key: str | None = None,
    before: int | None = None,
    most: int = 50,
) -> list[Revision]:
    """Changes, the newest first: of an environment, or of one flag or segment in it."""
    rows = await db.fetch(
        """
        SELECT environment, revision, subject, key, before::text, after::text,
            author_id, author, reason, changed_at, approver_id, approver, is_emergency
        FROM flag_revisions
        WHERE environment = $1
            AND ($2::text IS NULL OR subject = $2)
            AND ($3::text IS NULL OR key = $3)
            AND ($4::bigint IS NULL OR revision < $4)
        ORDER BY revision DESC
        LIMIT $5
        """,
        environment,
        subject,
        key,
        before,
        most,
    )
    return [_revision(row) for row in rows]


async def revision(db: Connection, environment: str, number: int) -> Revision | None:
    """One change by its number."""
    row = await db.fetchrow(
        """
        SELECT environment, revision, subject, key, before::text, after::text,
            author_id, author, reason, changed_at, approver_id, approver, is_emergency
        FROM flag_revisions
        WHERE environment = $1 AND revision = $2
        """,
        environment,
        number,
    )
    return None if row is None else _revision(row)


async def latest_of_each(db: Connection, environment: str, subject: Subject) -> list[Revision]:
    """The last change of every flag, or of every segment, without what it changed."""
    rows = await db.fetch(
        """
        SELECT DISTINCT ON (key) environment, revision, subject, key, NULL AS before,
            NULL AS after, author_id, author, reason, changed_at, approver_id, approver,
            is_emergency
        FROM flag_revisions
        WHERE environment = $1 AND subject = $2
        ORDER BY key, revision DESC
        """,
        environment,
        subject,
    )
    return [_revision(row) for row in rows]


def document_of(subject: Subject, text: str | None) -> Subjected | None:
    """What was written as JSON; None when there was nothing."""
    kind = TYPES.get(subject)
    return None if text is None or kind is None else msgspec.json.decode(text, type=kind)


def json_of(document: Subjected | None) -> str | None:
    """A document as the JSON that is written."""
    return None if document is None else msgspec.json.encode(document).decode()


def _flag_row(row: asyncpg.Record) -> FlagRow:
    document = msgspec.json.decode(row["document"], type=Flag)
    return FlagRow(
        row["environment"],
        document,
        row["revision"],
        row["created_at"],
        row["updated_at"],
        row["archived_at"],
    )


def _segment_row(row: asyncpg.Record) -> SegmentRow:
    document = msgspec.json.decode(row["document"], type=Segment)
    return SegmentRow(
        row["environment"], document, row["revision"], row["created_at"], row["updated_at"]
    )


def _revision(row: asyncpg.Record) -> Revision:
    subject = Subject(row["subject"])
    return Revision(
        row["environment"],
        row["revision"],
        subject,
        row["key"],
        document_of(subject, row["before"]),
        document_of(subject, row["after"]),
        Author(row["author"], row["author_id"]),
        row["reason"],
        row["changed_at"],
        Author(row["approver"], row["approver_id"]) if row["approver"] else None,
        row["is_emergency"],
    )
