"""The shapes of ASGI 3, for middleware that needs no framework."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


API = ("/api/", "/ofrep/")  # spoken by programs: JSON in and out, never a page or a form


def is_api(scope: Scope) -> bool:
    """Whether the address belongs to the API."""
    return str(scope["path"]).startswith(API)


READS = frozenset({"GET", "HEAD", "OPTIONS"})
QUESTIONS = "/ofrep/"  # what changes nothing although it is posted


def only_asks(scope: Scope) -> bool:
    """Whether a request changes nothing, by its method or by where it goes."""
    return scope["method"] in READS or str(scope["path"]).startswith(QUESTIONS)


def header_of(scope: Scope, name: bytes) -> str | None:
    """The first header of this lower-case name."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


def kind_of(scope: Scope) -> str:
    """The content type in small letters and without parameters; empty when none is named."""
    return (header_of(scope, b"content-type") or "").partition(";")[0].strip().lower()


BODY = "firstmile.body"
FAILURE = "firstmile.failure"  # the exception behind an answer of 500


def cookies_of(scope: Scope) -> dict[str, str]:
    """The cookies of a request, read once and by one rule: of a repeated name the first counts.

    Linear in its input, and deaf to what others write into theirs: each pair stands alone.
    """
    found: dict[str, str] = {}
    for name, line in scope["headers"]:
        if name == b"cookie":
            for pair in line.decode("latin-1").split(";"):
                key, sign, value = pair.strip().partition("=")
                if sign:
                    found.setdefault(key, value)
    return found


def address_of(scope: Scope, trusted_proxies: int) -> str:
    """The address of the client: what the outermost proxy of our own saw; empty when unknown.

    Each proxy adds whom it saw to the end of X-Forwarded-For, so with n proxies of ours the
    n-th from the end is the last one nobody else could have written.
    """
    client = scope.get("client")
    direct = str(client[0]) if client else ""
    if not trusted_proxies:
        return direct
    told = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    seen = [one.strip() for one in b",".join(told).decode("latin-1").split(",") if one.strip()]
    return seen[-trusted_proxies] if len(seen) >= trusted_proxies else direct
