"""What the body of a request names, by which it is counted beside its sender."""

import base64
import binascii
from urllib.parse import parse_qsl

import msgspec

from firstmile.kernel.asgi import BODY, Scope, kind_of

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 50


def named_in(scope: Scope, field: str) -> str:
    """What the body has under this name; empty when that cannot be read, as the route will say."""
    body: bytes = scope.get(BODY, b"")
    try:
        if kind_of(scope) == FORM:
            # Of a repeated field the last counts, as for the page itself.
            return dict(parse_qsl(body.decode(), max_num_fields=MOST_FIELDS)).get(field, "")
        # Only the field: whatever stands beside it makes no other key.
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        return msgspec.json.decode(fields.get(field, b'""'), type=str)
    except (ValueError, RecursionError):  # of which msgspec's and those of Unicode are
        return ""


def token_of(text: str) -> bytes:
    """The bytes of a token in base64url, which takes them in many spellings; else the text."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return text.encode()
