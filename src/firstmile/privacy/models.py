"""One answer to the notice, as it is kept, and the text that its proof is made of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID


class How(StrEnum):
    """Where somebody answered."""

    BANNER = "banner"
    PAGE = "page"
    API = "api"


@dataclass(frozen=True)
class Record:
    """What somebody answered, to which words, when and where.

    `subject` is a keyed hash of the browser's number or of the account; `previous` is the proof of
    the record before it. `gpc` says that the browser sent the Global Privacy Control.
    """

    id: UUID
    subject: bytes
    version: str
    digest: bytes
    language: str
    choices: tuple[str, ...]
    gpc: bool
    how: How
    made_at: datetime
    previous: bytes | None
    proof: bytes = b""

    def as_text(self) -> str:
        """All of it but the proof, in one fixed form (JSON with sorted keys)."""
        told: Mapping[str, object] = {
            "id": str(self.id),
            "subject": self.subject.hex(),
            "version": self.version,
            "digest": self.digest.hex(),
            "language": self.language,
            "choices": list(self.choices),
            "gpc": self.gpc,
            "how": str(self.how),
            "madeAt": self.made_at.astimezone(UTC).isoformat(),
            "previous": self.previous.hex() if self.previous else None,
        }
        return json.dumps(told, sort_keys=True)
