"""Identifiers that sort by time, and random bearer tokens."""

import secrets
from typing import NewType
from uuid import UUID

from uuid_utils.compat import uuid7

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)

TOKEN_BYTES = 32


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562, section 5.7): sorts by the moment it was made."""
    return uuid7()


def new_token() -> str:
    """256 random bits as 43 characters of URL-safe text."""
    return secrets.token_urlsafe(TOKEN_BYTES)
