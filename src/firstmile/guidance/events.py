"""What guidance announces."""

from uuid import UUID

from firstmile.kernel.events import Event


class GuidancePublished(Event, frozen=True):
    """A version of a content is in force in an environment; none when it was withdrawn."""

    environment: str
    key: str
    act: str
    version: int | None
    author_id: UUID | None
    author: str
    reason: str


class QuietBegan(Event, frozen=True):
    """Nothing interrupts anybody in an environment until a moment, such as in an incident."""

    environment: str
    until: str
    reason: str
    staff_id: UUID | None


class QuietEnded(Event, frozen=True):
    """Guidance may interrupt again."""

    environment: str
    staff_id: UUID | None
