"""The SQL of hints that are kept as rows."""

from dataclasses import dataclass
from datetime import datetime

from firstmile.kernel.database import Connection


@dataclass(frozen=True)
class Kept:
    """Hints as topic and word, and the transaction from which to ask the next time."""

    hints: list[tuple[str, str]]
    horizon: int


async def keep(db: Connection, topic: str, word: str, now: datetime) -> None:
    """Keep a hint in the transaction it is about."""
    await db.execute(
        "INSERT INTO hints (topic, word, told_at) VALUES ($1, $2, $3)",
        topic,
        word,
        now,
    )


async def kept_since(db: Connection, horizon: int | None) -> Kept:
    """The hints of every transaction from `horizon` on; none when it is None, which begins.

    Transactions commit in another order than they begin. The next horizon is therefore the
    oldest one still under way, so a hint may be heard twice and never not at all.
    """
    rows = await db.fetch(
        """
        SELECT
            pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon,
            topic,
            word
        FROM (VALUES (1)) AS always
        LEFT JOIN hints ON hints.transaction_id >= $1::bigint::text::xid8
        """,
        horizon,
    )
    found = [(row["topic"], row["word"]) for row in rows if row["topic"] is not None]
    return Kept(found, rows[0]["horizon"])


async def forget_hints_before(db: Connection, moment: datetime) -> int:
    """Delete hints that every replica has heard; how many."""
    rows = await db.fetch(
        "DELETE FROM hints WHERE told_at < $1 RETURNING 1",
        moment,
    )
    return len(rows)
