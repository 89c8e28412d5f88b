"""The SQL of files: which there are, whose they are, and how many somebody sent."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId


class Audience(StrEnum):
    """Who may see a file."""

    OWNER = "owner"
    SIGNED_IN = "signed_in"


@dataclass(frozen=True)
class File:
    """A file we keep. Each variant of it, such as a smaller picture, is one blob."""

    user_id: UserId
    id: UUID
    audience: Audience
    media_type: str
    name: str
    variants: tuple[str, ...]

    @property
    def keys(self) -> list[str]:
        """Under which its bytes are kept."""
        return [key_of(self.id, variant) for variant in self.variants]


def key_of(file_id: UUID, variant: str) -> str:
    """Where the bytes of one variant are kept."""
    return f"{file_id}.{variant}"


async def add_file(db: Connection, file: File, now: datetime) -> None:
    """Note a file whose bytes are kept already."""
    await db.execute(
        """
        INSERT INTO files (user_id, id, audience, media_type, name, variants, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        file.user_id,
        file.id,
        file.audience,
        file.media_type,
        file.name,
        list(file.variants),
        now,
    )


async def file_by_id(db: Connection, file_id: UUID) -> File | None:
    """The file of this id, whosever it is: its audience says who may see it."""
    row = await db.fetchrow(
        """
        SELECT user_id, id, audience, media_type, name, variants
        FROM files
        WHERE id = $1
        """,
        file_id,
    )
    if row is None:
        return None
    user_id, found_id, audience, media_type, name, variants = row
    return File(user_id, found_id, Audience(audience), media_type, name, tuple(variants))


async def remove_file(db: Connection, user_id: UserId, file_id: UUID) -> list[str]:
    """Forget a file of this person's; the keys its bytes are kept under."""
    variants = await db.fetchval(
        "DELETE FROM files WHERE user_id = $1 AND id = $2 RETURNING variants",
        user_id,
        file_id,
    )
    return [key_of(file_id, variant) for variant in variants or ()]


async def keys_of_person(db: Connection, user_id: UserId) -> list[str]:
    """Under which all files of a person are kept."""
    rows = await db.fetch(
        """
        SELECT id, unnest(variants)
        FROM files
        WHERE user_id = $1
        """,
        user_id,
    )
    return [key_of(*row) for row in rows]


async def known_files(db: Connection, ids: list[UUID]) -> set[UUID]:
    """Which of these ids are of files we have."""
    rows = await db.fetch("SELECT id FROM files WHERE id = ANY($1)", ids)
    return {row["id"] for row in rows}
