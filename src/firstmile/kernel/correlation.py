"""The id that ties a request to its log lines, its jobs and its refusals."""

import os
import re
from contextvars import ContextVar

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")

_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")


def new_correlation_id() -> str:
    """32 hexadecimal digits, the form of a W3C trace id."""
    return os.urandom(16).hex()


def accepted_correlation_id(given: str | None) -> str:
    """The caller's id when it is short and harmless, else a new one."""
    if given and _ACCEPTED.fullmatch(given):
        return given
    return new_correlation_id()
