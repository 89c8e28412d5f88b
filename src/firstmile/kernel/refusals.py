"""The ways to say no, each with a stable code and the facts a caller needs."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """Something the caller may not do, told with a reason.

    `error` is the stable code of the problem document, `details` what its `details` member
    holds, and `facts` members of its own beside the standard ones.
    """

    error = "refused"

    def __init__(
        self,
        message: str,
        *,
        error: str | None = None,
        details: Any = None,
        retry_after: int | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.error = error or type(self).error
        self.details = details
        self.retry_after = retry_after
        self.facts = dict(facts or {})

    def facts_in(self, language: str) -> dict[str, Any]:  # noqa: ARG002  for those who say more
        """The facts as they are told in a language."""
        return dict(self.facts)


class Malformed(Refusal):
    """The request cannot be read, or carries a token that means nothing here."""

    error = "malformed"


class Unauthenticated(Refusal):
    """Nobody is signed in, or the credential is wrong."""

    error = "unauthenticated"


class Forbidden(Refusal):
    """Somebody is signed in, and may not."""

    error = "forbidden"


class NotFound(Refusal):
    """It does not exist, or the caller may not know that it does."""

    error = "not_found"


class Conflict(Refusal):
    """The state of things does not allow it now."""

    error = "conflict"


class Stale(Conflict):
    """It changed since the caller looked; `details` holds the current state."""

    error = "stale"


class Invalid(Refusal):
    """The shape is right and the content is not; `details` lists `{field, message}`."""

    error = "invalid"

    @classmethod
    def field(cls, field: str, message: str) -> "Invalid":
        """The refusal for a single field."""
        return cls(message, details=[{"field": field, "message": message}])


class TooLarge(Refusal):
    """There is more of it than we take."""

    error = "too_large"


class TooMany(Refusal):
    """It was done too often; `retry_after` is in seconds."""

    error = "too_many"


class Unavailable(Refusal):
    """We cannot do it right now; `retry_after` is in seconds."""

    error = "unavailable"


class Busy(Unavailable):
    """Everything works, and all of it is taken."""
