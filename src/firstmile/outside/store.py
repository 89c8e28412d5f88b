"""The SQL of the mail ledger: what is to be sent, what was, and what could not be."""

from dataclasses import dataclass
from datetime import datetime

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId


@dataclass(frozen=True)
class Posted:
    """One row of the ledger; `facts` is sealed until the mail is sent, then gone."""

    key: str
    kind: str
    recipient: str
    language: str
    facts: bytes


async def post(db: Connection, mail: Posted, *, user_id: UserId | None, now: datetime) -> bool:
    """Enter a mail; False when its key is already there."""
    row = await db.fetchrow(
        """
        INSERT INTO mails (key, kind, user_id, recipient, language, facts, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (key) DO NOTHING
        RETURNING key
        """,
        mail.key,
        mail.kind,
        user_id,
        mail.recipient,
        mail.language,
        mail.facts,
        now,
    )
    return row is not None


async def waiting(db: Connection, key: str) -> Posted | None:
    """The mail of this key while it is neither sent nor given up."""
    row = await db.fetchrow(
        """
        SELECT key, kind, recipient, language, facts
        FROM mails
        WHERE key = $1 AND status = 'waiting' AND facts IS NOT NULL
        """,
        key,
    )
    return None if row is None else Posted(*row)


async def note_sent(db: Connection, key: str, now: datetime) -> None:
    """It left; what it said is forgotten."""
    await db.execute(
        """
        UPDATE mails
        SET status = 'sent', sent_at = $2, facts = NULL, last_error = NULL
        WHERE key = $1
        """,
        key,
        now,
    )


async def note_failure(db: Connection, key: str, error: str, *, final: bool) -> None:
    """It did not leave, and why."""
    await db.execute(
        """
        UPDATE mails
        SET attempts = attempts + 1,
            last_error = $2,
            status = CASE WHEN $3 THEN 'refused' ELSE status END
        WHERE key = $1
        """,
        key,
        error,
        final,
    )


async def forget_job_log_before(db: Connection, moment: datetime) -> int:
    """Delete what the queue noted about jobs before `moment`, tracebacks included; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM pgqueuer_log
                WHERE created < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            moment,
        )
    )


async def forget_before(db: Connection, moment: datetime) -> int:
    """Delete the ledger's rows of mails that ended before `moment`; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM mails
                WHERE status <> 'waiting' AND created_at < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            moment,
        )
    )
