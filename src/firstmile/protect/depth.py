"""How deep JSON is nested, told without reading it."""

import re

MAX_DEPTH = 32  # the deepest of ours has five levels; a parser takes stack for each
# A string, also one that never ends, so that each byte is looked at once; or what opens or closes.
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def is_too_deep(body: bytes, most: int = MAX_DEPTH) -> bool:
    """Whether brackets outside of strings are open more than `most` deep, in linear time."""
    if body.count(b"[") + body.count(b"{") <= most:
        return False
    depth = 0
    for token in TOKEN.finditer(body):
        first = token[0][0]
        if first in b"[{":
            depth += 1
            if depth > most:
                return True
        elif first in b"]}":
            depth -= 1
    return False
