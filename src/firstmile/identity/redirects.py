"""The addresses an application may be sent back to."""

import re
from enum import StrEnum
from urllib.parse import unquote, urlencode, urlsplit

LONGEST = 1000
# The characters of a URI (RFC 3986, section 2) but the fragment's sign and the asterisk, which
# somebody may take for a wildcard.
WRITTEN = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()+,;=%]+")
# A scheme of a device belongs to whoever owns the domain it spells backwards (RFC 8252, 7.1).
PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+\-]*(\.[a-z0-9+\-]+)+")
# A program on a device listens on whatever port is free (RFC 8252, 7.3).
LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?([/?].*)?")
LOCAL_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class Kind(StrEnum):
    """Where an application runs, which says whether it can keep a secret."""

    WEB = "web"
    BROWSER = "browser"
    NATIVE = "native"


def is_registrable(uri: str, kind: Kind) -> bool:
    """Whether this may stand among the addresses of an application of this kind.

    It is https, plain http on the machine itself, or for a program on a device a scheme of its
    own; without a fragment, a name before the host, or a path that climbs.
    """
    if len(uri) > LONGEST or not WRITTEN.fullmatch(uri):
        return False
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or ".." in unquote(parts.path).split("/"):
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme == "http":
        return parts.hostname in LOCAL_HOSTS
    is_own = kind is Kind.NATIVE and bool(PRIVATE_SCHEME.fullmatch(parts.scheme))
    return is_own and not parts.netloc and len(parts.path) > 1


def fits(registered: str, asked: str, kind: Kind) -> bool:
    """Whether the address asked for is the registered one, character by character (RFC 9700, 2.1).

    Only the port of a device's own loopback address is free.
    """
    if registered == asked:
        return True
    ours, theirs = LOOPBACK.fullmatch(registered), LOOPBACK.fullmatch(asked)
    if kind is not Kind.NATIVE or ours is None or theirs is None:
        return False
    port = theirs[2] or "80"
    is_written = len(asked) <= LONGEST and bool(WRITTEN.fullmatch(asked))
    is_same = (ours[1], ours[3]) == (theirs[1], theirs[3])
    return is_written and is_same and 0 < int(port) < 65536


def origin_of(uri: str) -> str | None:
    """The origin a page at this address would name; None for a scheme of a device."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else None


def with_answer(uri: str, **answer: str | None) -> str:
    """The address with an answer behind it, and otherwise as it was registered."""
    given = {name: value for name, value in answer.items() if value is not None}
    if not given:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(given)}"
