"""Which addresses a text may lead to, and which pictures it may show."""

import re
from urllib.parse import urlsplit

SCHEMES = frozenset({"https", "http", "mailto"})
# What browsers drop or take for a slash, and what would make one address look like another.
_ODD = re.compile(r"[\s\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_OWN_PICTURE = re.compile(r"/(?:files|static)(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")
MOST_ADDRESS = 2000  # characters


def is_safe_link(href: str) -> bool:
    """Whether a link may stand in a text: of a listed scheme, or of our own site.

    `//elsewhere` takes the scheme of the page and looks like our own, so it may not.
    """
    if not href or len(href) > MOST_ADDRESS or _ODD.search(href):
        return False
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    if parts.scheme:
        return parts.scheme in SCHEMES and bool(parts.netloc or parts.scheme == "mailto")
    return not href.startswith("//") and href.startswith(("/", "#", "?"))


def is_safe_picture(src: str) -> bool:
    """Whether a picture may be shown: our own alone.

    One of elsewhere would tell its owner who reads what, and the policy of pages refuses it.
    """
    return len(src) <= MOST_ADDRESS and _OWN_PICTURE.fullmatch(src) is not None
