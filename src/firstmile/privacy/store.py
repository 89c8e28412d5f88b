"""The SQL of what people agreed to."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.privacy.models import How, Record


async def add(db: Connection, record: Record, user_id: UserId | None) -> None:
    """Keep an answer."""
    await db.execute(
        """
        INSERT INTO consents (
            id, subject, user_id, version, digest, language, choices, gpc, how, made_at,
            previous, proof
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        record.id,
        record.subject,
        user_id,
        record.version,
        record.digest,
        record.language,
        list(record.choices),
        record.gpc,
        record.how,
        record.made_at,
        record.previous,
        record.proof,
    )


async def keep_words(db: Connection, digest: bytes, words: str, now: datetime) -> None:
    """Keep the words of a notice, once."""
    await db.execute(
        """
        INSERT INTO consent_notices (digest, words, first_used_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (digest) DO NOTHING
        """,
        digest,
        words,
        now,
    )


async def lock_subject(db: Connection, subject: bytes) -> None:
    """Let answers of one subject take turns until the transaction ends."""
    await db.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 7))", subject
    )


async def last_of_subject(db: Connection, subjects: Sequence[bytes]) -> Record | None:
    """The last answer of a subject, under any of its hashes."""
    row = await db.fetchrow(
        """
        SELECT id, subject, version, digest, language, choices, gpc, how, made_at, previous, proof
        FROM consents
        WHERE subject = ANY($1::bytea[])
        ORDER BY made_at DESC, id DESC
        LIMIT 1
        """,
        list(subjects),
    )
    return None if row is None else _record(row)


async def last_of_person(db: Connection, user_id: UserId) -> Record | None:
    """The last answer of a person, in whatever browser."""
    row = await db.fetchrow(
        """
        SELECT id, subject, version, digest, language, choices, gpc, how, made_at, previous, proof
        FROM consents
        WHERE user_id = $1
        ORDER BY made_at DESC, id DESC
        LIMIT 1
        """,
        user_id,
    )
    return None if row is None else _record(row)


async def of_person(db: Connection, user_id: UserId) -> list[Record]:
    """Every answer of a person, oldest first."""
    rows = await db.fetch(
        """
        SELECT id, subject, version, digest, language, choices, gpc, how, made_at, previous, proof
        FROM consents
        WHERE user_id = $1
        ORDER BY made_at, id
        """,
        user_id,
    )
    return [_record(row) for row in rows]


async def join(db: Connection, subjects: Sequence[bytes], user_id: UserId) -> None:
    """From now on the answers of a browser are this person's."""
    await db.execute(
        """
        UPDATE consents
        SET user_id = $2
        WHERE subject = ANY($1::bytea[]) AND user_id IS NULL
        """,
        list(subjects),
        user_id,
    )


async def after(db: Connection, last: UUID | None, most: int) -> list[Record]:
    """The next answers in the order of their ids, to look at all of them."""
    rows = await db.fetch(
        """
        SELECT id, subject, version, digest, language, choices, gpc, how, made_at, previous, proof
        FROM consents
        WHERE $1::uuid IS NULL OR id > $1
        ORDER BY id
        LIMIT $2
        """,
        last,
        most,
    )
    return [_record(row) for row in rows]


async def all_of_them(db: Connection, most: int = 1000) -> AsyncIterator[Record]:
    """Every answer, oldest first, read in portions."""
    last: UUID | None = None
    while found := await after(db, last, most):
        for record in found:
            yield record
        last = found[-1].id


async def words_of(db: Connection) -> dict[bytes, str]:
    """The words of every notice that somebody answered."""
    rows = await db.fetch("SELECT digest, words FROM consent_notices")
    return {row["digest"]: row["words"] for row in rows}


async def forget_before(db: Connection, moment: datetime) -> int:
    """Delete answers older than `moment`; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM consents
                WHERE made_at < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            moment,
        )
    )


def _record(row: asyncpg.Record) -> Record:
    return Record(
        row["id"],
        row["subject"],
        row["version"],
        row["digest"],
        row["language"],
        tuple(row["choices"]),
        row["gpc"],
        How(row["how"]),
        row["made_at"],
        row["previous"],
        row["proof"],
    )
