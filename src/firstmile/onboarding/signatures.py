"""Signed messages between the customer's server and us, as Standard Webhooks has them.

https://github.com/standard-webhooks/standard-webhooks: `webhook-id`, `webhook-timestamp` in
seconds, and `webhook-signature` with one `v1,<base64 of HMAC-SHA256>` or several.
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unauthenticated

TOLERANCE = timedelta(minutes=5)
PREFIX = "whsec_"
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
MOST_SIGNATURES = 10
LONGEST_ID = 200


def key_of(secret: str) -> bytes:
    """The key in a secret: `whsec_` and base64, or any other text as it is."""
    if secret.startswith(PREFIX):
        try:
            return b64decode(secret.removeprefix(PREFIX), validate=True)
        except Error:
            return secret.encode()
    return secret.encode()


def signed(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a message."""
    timestamp = str(int(at.timestamp()))
    signature = _signature(secret, message_id, timestamp, body)
    return {ID: message_id, TIMESTAMP: timestamp, SIGNATURE: f"v1,{signature}"}


def checked(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a message that is signed with one of the secrets, and not older than 5 minutes.

    Raises Unauthenticated.
    """
    message_id, timestamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    given = headers.get(SIGNATURE, "").split()[:MOST_SIGNATURES]
    if not (0 < len(message_id) <= LONGEST_ID and timestamp.isascii() and timestamp.isdigit()):
        raise _unsigned()
    if abs(now.timestamp() - int(timestamp[:15])) > TOLERANCE.total_seconds():
        raise Unauthenticated(
            N_("This message was signed more than five minutes ago, or in the future."),
            error="signature_expired",
        )
    wanted = [f"v1,{_signature(secret, message_id, timestamp, body)}" for secret in secrets]
    matches = [hmac.compare_digest(one.encode(), mine.encode()) for one in given for mine in wanted]
    if not any(matches):
        raise _unsigned()
    return message_id


def _signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    content = f"{message_id}.{timestamp}.".encode() + body
    return b64encode(hmac.new(key_of(secret), content, sha256).digest()).decode()


def _unsigned() -> Unauthenticated:
    return Unauthenticated(
        N_("This message is not signed with a secret we know."), error="signature_invalid"
    )
