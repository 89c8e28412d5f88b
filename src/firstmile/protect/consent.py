"""Whether somebody agreed to what is not necessary: the one place where that is asked.

A browser keeps its answer in the cookie `fm-consent`, the purposes it agreed to with dots between
them: `fm-consent=experiments`. Two marks may stand among them: `v-2026-11-01` for the notice that
was read, and `n-…` for the number under which the server keeps the record. Whoever says no to
everything is given no number. A page of another origin, which has no cookie of ours, sends the same
text in the header `x-firstmile-consent`.

A browser that sends `Sec-GPC: 1` (Global Privacy Control) has said no for all of them, whatever its
cookie says.
"""

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from firstmile.kernel.asgi import Scope, cookies_of, header_of

COOKIE = "fm-consent"
HEADER = b"x-firstmile-consent"
ATTRIBUTE = "consent"
VERSION_MARK, NUMBER_MARK = "v-", "n-"
NUMBER = re.compile(r"[A-Za-z0-9_-]{43}")
# The number of this request's browser, for what happens in it: a sign-in joins its answers.
answered_as: ContextVar[str | None] = ContextVar("answered_as", default=None)
LONGEST = 1000  # characters of what a browser may bring


class Purpose(StrEnum):
    """What somebody may agree to."""

    EXPERIMENTS = "experiments"
    ANALYTICS = "analytics"
    GUIDANCE = "guidance"


@dataclass(frozen=True)
class Answer:
    """What a browser said: which purposes, of which notice, and the number of its record."""

    purposes: frozenset[str]
    version: str | None = None
    number: str | None = None

    def written(self) -> str:
        """The answer as a browser keeps it."""
        marks = [VERSION_MARK + self.version] if self.version else []
        marks += [NUMBER_MARK + self.number] if self.number else []
        return ".".join([*sorted(self.purposes), *marks])


def answer_of(scope: Scope) -> Answer | None:
    """What the browser of this request has said so far; None for nothing."""
    told = cookies_of(scope).get(COOKIE)
    if told is None:
        told = header_of(scope, HEADER)
    return None if told is None else read(told[:LONGEST])


def read(told: str) -> Answer:
    """An answer from the text that a browser kept."""
    parts = told.split(".")
    number = _marked(parts, NUMBER_MARK)
    return Answer(
        frozenset(one for one in parts if one and not one.startswith((VERSION_MARK, NUMBER_MARK))),
        _marked(parts, VERSION_MARK),
        number if number and NUMBER.fullmatch(number) else None,
    )


def says_no_to_all(scope: Scope) -> bool:
    """Whether the browser sends the Global Privacy Control."""
    return header_of(scope, b"sec-gpc") == "1"


def agreed(scope: Scope, purpose: Purpose) -> bool:
    """Whether the browser of this request brought an agreement."""
    answer = answer_of(scope)
    return answer is not None and purpose in answer.purposes and not says_no_to_all(scope)


def agreed_in(context: Mapping[str, Any], purpose: Purpose) -> bool:
    """Whether an application says so: its context lists the purpose under `consent`."""
    told = context.get(ATTRIBUTE)
    return isinstance(told, list | tuple) and purpose in told


def _marked(parts: Iterable[str], mark: str) -> str | None:
    return next((one.removeprefix(mark) for one in parts if one.startswith(mark)), None)
