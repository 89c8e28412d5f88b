"""Semantic versions (semver.org 2.0.0), as keys that compare by their precedence."""

import re

_FORM = re.compile(
    r"v?([0-9]{1,10})(?:\.([0-9]{1,10}))?(?:\.([0-9]{1,10}))?"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)
MOST_TEXT = 256  # characters; longer is no version that anybody gave

Piece = tuple[int, int, str]
Version = tuple[int, int, int, bool, tuple[Piece, ...]]


def parsed(text: object) -> Version | None:
    """The key of a version such as `1.2.3-beta.1`; None for what is none.

    A `v` before it is passed over, and what is left out at its end is zero.
    """
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        return None
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    major, minor, patch, before = found.groups()
    # A release comes after all of its pre-releases (11.3).
    pieces = tuple(_piece(one) for one in before.split(".")) if before else ()
    return int(major), int(minor or 0), int(patch or 0), before is None, pieces


def _piece(text: str) -> Piece:
    """Numbers compare as numbers, and come before words (11.4)."""
    return (0, int(text), "") if text.isdigit() else (1, 0, text)
