"""The JSON of OFREP and of SDK keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from firstmile.release.models import KeyKind, SdkKey


class OfrepIn(msgspec.Struct, rename="camel"):
    """Whom a question is about: any attributes, `targetingKey` among them."""

    context: dict[str, Any] = {}


class OfrepMetadata(msgspec.Struct, rename="camel"):
    """Where an answer is from: the environment, and its revision."""

    flag_set_id: str
    version: str


class OfrepFlagOut(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """What a flag comes to. Without `value` the application's own default holds.

    In a bulk answer a flag that failed has `errorCode` and `errorDetails` instead.
    """

    key: str
    value: Any = None
    reason: str | None = None
    variant: str | None = None
    metadata: OfrepMetadata | None = None
    error_code: str | None = None
    error_details: str | None = None


class OfrepEndpoint(msgspec.Struct, rename="camel"):
    """An address at the origin that was asked."""

    request_uri: str


class OfrepStream(msgspec.Struct, rename="camel"):
    """Where to hear of changes."""

    type: str
    endpoint: OfrepEndpoint
    inactivity_delay_sec: int


class OfrepFlagsOut(msgspec.Struct, rename="camel", omit_defaults=True):
    """Every flag the key sees."""

    flags: list[OfrepFlagOut]
    metadata: OfrepMetadata
    event_streams: list[OfrepStream] | None = None


class OfrepFailure(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """Why there is no answer; `key` when one flag was asked for."""

    key: str | None = None
    error_code: str | None = None
    error_details: str


class SdkKeyOut(msgspec.Struct, rename="camel"):
    """An SDK key; `label` is the part of its text that may be shown."""

    id: UUID
    environment: str
    kind: KeyKind
    name: str
    label: str
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: SdkKey) -> "SdkKeyOut":
        """As it is kept."""
        return cls(
            key.id,
            key.environment,
            key.kind,
            key.name,
            key.label,
            key.created_at,
            key.last_used_at,
        )


class SdkKeysOut(msgspec.Struct, rename="camel"):
    """The keys of an environment, newest first."""

    items: list[SdkKeyOut]


class SdkKeyIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A name to know the key by, and who will hold it."""

    name: str
    kind: KeyKind


class NewSdkKeyOut(msgspec.Struct, rename="camel"):
    """A new key; its text is shown this once."""

    key: SdkKeyOut
    secret: str
