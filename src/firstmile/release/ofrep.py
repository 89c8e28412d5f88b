"""Flags in the words of OFREP 0.3: what is asked, and what is answered."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import msgspec

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Malformed
from firstmile.targeting.contexts import TARGETING_KEY, Context
from firstmile.targeting.flags import ErrorCode, Flag, Reason, Type
from firstmile.targeting.outcomes import Outcome
from firstmile.targeting.snapshots import Contents, Snapshot

# The variant of an answer without a value: providers of some languages fail when there is none.
DISABLED, BY_DEFAULT = "disabled", "default"
INACTIVE_SECONDS = 120  # after which a hidden page closes its stream, as OFREP proposes

Way = tuple[str, Reason, str | None, ErrorCode | None]


class Fragments:
    """The answers a snapshot can give, each written when it is first needed.

    All a flag can end with follows from its key, reason, variant and error: a bulk answer is a
    join of what is written.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.metadata = metadata_of(snapshot.contents)
        self._end = b',"metadata":' + self.metadata + b"}"
        self._written: dict[Way, bytes] = {}

    def of(self, outcome: Outcome) -> bytes:
        """One outcome as JSON."""
        way = (outcome.key, outcome.reason, outcome.variant, outcome.error)
        written = self._written.get(way)
        if written is None:
            flag = self.snapshot.flags.get(outcome.key)
            written = _written(outcome, flag, self._end)
            if flag is not None:  # a key that somebody made up is not kept
                self._written[way] = written
        return written

    def bulk(self, outcomes: Iterable[Outcome], stream_uri: str | None) -> bytes:
        """All of them, with where to hear of changes."""
        flags = b",".join(map(self.of, outcomes))
        streams = b"" if stream_uri is None else b',"eventStreams":' + _streams(stream_uri)
        return b'{"flags":[' + flags + b'],"metadata":' + self.metadata + streams + b"}"


def context_of(body: bytes) -> Context:
    """The context of a question; empty when it is left out, as SDKs without one do.

    Raises Malformed, as `invalid_json` for a body that is no JSON object and `invalid_context`
    for a context that is none. No targeting key is an error only for a flag that needs one.
    """
    try:
        asked = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Malformed(N_("The request is not valid JSON."), error="invalid_json")
    context = asked.get("context")
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise Malformed(N_("The context has to be an object."), error="invalid_context")
    if not isinstance(context.get(TARGETING_KEY, ""), str):
        raise Malformed(N_("The targetingKey has to be a text."), error="invalid_context")
    return context


def status_of(outcome: Outcome) -> int:
    """The HTTP status of a single answer."""
    if outcome.error is None:
        return 200
    return 404 if outcome.error is ErrorCode.FLAG_NOT_FOUND else 400


def failure(code: str, details: str, key: str | None = None) -> bytes:
    """The body of a failure; `key` is that of the flag that was asked for."""
    of_flag = {} if key is None else {"key": key}
    return msgspec.json.encode({**of_flag, "errorCode": code, "errorDetails": details})


def metadata_of(contents: Contents) -> bytes:
    """What hooks of OpenTelemetry look for (OpenFeature, appendix D); scalars alone are allowed."""
    return msgspec.json.encode(
        {"flagSetId": contents.environment, "version": str(contents.revision)}
    )


def config_tag(contents: Contents) -> str:
    """The entity tag of a whole environment at a revision."""
    return f'"{contents.environment}-{contents.revision}"'


def refetch(contents: Contents) -> bytes:
    """The event that tells a client to ask again, with an id that is the same on every replica."""
    told: dict[str, Any] = {"type": "refetchEvaluation", "etag": config_tag(contents)}
    if contents.changed_at is not None:
        told["lastModified"] = int(contents.changed_at.timestamp())
    return (
        f"id: {event_id(contents)}\nevent: message\ndata: {msgspec.json.encode(told).decode()}\n\n"
    ).encode()


def event_id(contents: Contents) -> str:
    """The id of the event of a revision."""
    return f"{contents.environment}-{contents.revision}"


def tags_in(header: str | None) -> set[str]:
    """The tags of If-None-Match, whether quoted, weak or bare."""
    return {
        one.strip().removeprefix("W/").strip('"')
        for one in (header or "").split(",")
        if one.strip()
    }


def heard_of(query: bytes) -> tuple[str | None, float | None]:
    """The tag and the Unix time of the event that a client has heard; None for what is none."""
    asked = {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}
    tag = next(iter(tags_in(asked.get("flagConfigEtag"))), None)
    return tag, _moment(asked.get("flagConfigLastModified", ""))


def _written(outcome: Outcome, flag: Flag | None, end: bytes) -> bytes:
    if outcome.error is not None:
        return failure(outcome.error, outcome.message or outcome.error, outcome.key)
    told: dict[str, Any] = {"key": outcome.key}
    if outcome.variant is not None:
        told["value"] = _number(flag, outcome.value)
    told["reason"] = outcome.reason
    missing = DISABLED if outcome.reason is Reason.DISABLED else BY_DEFAULT
    told["variant"] = outcome.variant or missing
    return msgspec.json.encode(told)[:-1] + end


def _number(flag: Flag | None, value: Any) -> Any:
    """A value as it is; of a flag that has fractions, every number with one.

    SDKs that tell integers from floats take `10` for the wrong type where they expect `10.0`.
    """
    if flag is None or flag.type is not Type.NUMBER or not isinstance(value, int):
        return value
    return float(value) if any(isinstance(one, float) for one in flag.variants.values()) else value


def _streams(uri: str) -> bytes:
    # `endpoint` and no whole address: behind a proxy the client's own origin is the right one.
    return msgspec.json.encode(
        [
            {
                "type": "sse",
                "endpoint": {"requestUri": uri},
                "inactivityDelaySec": INACTIVE_SECONDS,
            }
        ]
    )


def _moment(text: str) -> float | None:
    """Seconds since 1970, or an ISO 8601 moment as older SDKs send it."""
    try:
        return float(text[:15]) if text.isdecimal() else datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None
