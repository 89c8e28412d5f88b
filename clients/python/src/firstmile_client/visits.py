"""A request as the gate looks at it, whatever the server speaks."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Visit:
    """What the gate looks at in a request.

    Header names are lower case; repeated headers are joined by commas.
    """

    method: str
    path: str
    headers: Mapping[str, str]

    def header(self, name: str) -> str:
        """The header, or an empty string."""
        return self.headers.get(name, "")

    @property
    def is_preflight(self) -> bool:
        """Whether a browser asks about CORS, which it does without credentials."""
        return (
            self.method == "OPTIONS"
            and "origin" in self.headers
            and "access-control-request-method" in self.headers
        )
