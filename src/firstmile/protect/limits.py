"""Limits: how often somebody may do something, declared beside the route in a sentence."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from firstmile.kernel.access import LIMITS
from firstmile.protect.window import Rate

SENTENCE = re.compile(r"([0-9]{1,9}) per (?:([0-9]{1,4}) )?(second|minute|hour|day)s?")
UNITS_MS = {"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
# A log keeps every moment; beyond this a counter does as well.
MOST_EXACT = 100
DEFAULT = "default"
EVERYTHING = "all"


class By(StrEnum):
    """Who is counted. A field of the form or JSON is counted for each value and network."""

    PERSON = "person"  # who is signed in, else the network
    NETWORK = "network"
    EMAIL = "email"
    TOKEN = "token"  # noqa: S105  the name of a field
    SIGN_IN = "sign_in"  # one that waits for its second factor, by its token


class When(StrEnum):
    """What becomes of a limit while Redis is away and each process counts alone."""

    OPEN = "open"  # it goes on as it is, in each process: a read that is refused helps nobody
    SHARED = "shared"  # each process gives its share, because what is done costs
    STRICT = "strict"  # the same, and never more than half: guessing must not become cheap


@dataclass(frozen=True)
class Limit:
    """What a route declares: the name of a limit, and who is counted."""

    name: str
    by: By = By.PERSON


@dataclass(frozen=True)
class Policy:
    """A limit as it holds in this installation.

    `share` is what one process allows while it counts alone. One that is only watched counts
    and tells, and refuses nobody.
    """

    name: str
    sentence: str
    rate: Rate
    share: Rate
    is_watched_only: bool = False


Policies = Mapping[str, Policy]


@dataclass(frozen=True)
class Kind:
    """What is fixed of a limit: how exactly it counts, and what it does alone."""

    is_exact: bool
    alone: When


# What a setting `LIMIT_…` names. The sentence is the operator's, the rest is for safety.
KINDS = {
    DEFAULT: Kind(is_exact=False, alone=When.OPEN),
    "gate": Kind(is_exact=False, alone=When.OPEN),
    "applications": Kind(is_exact=False, alone=When.OPEN),
    "flags": Kind(is_exact=False, alone=When.OPEN),
    "embeds": Kind(is_exact=False, alone=When.OPEN),
    "help": Kind(is_exact=False, alone=When.OPEN),
    "feedback": Kind(is_exact=True, alone=When.SHARED),
    "files": Kind(is_exact=False, alone=When.OPEN),
    "steps": Kind(is_exact=False, alone=When.OPEN),
    "uploads": Kind(is_exact=True, alone=When.SHARED),
    "sign_in": Kind(is_exact=True, alone=When.STRICT),
    "sign_up": Kind(is_exact=True, alone=When.STRICT),
    "mail": Kind(is_exact=True, alone=When.STRICT),
    "reset": Kind(is_exact=True, alone=When.STRICT),
    "verification": Kind(is_exact=True, alone=When.STRICT),
    "codes": Kind(is_exact=True, alone=When.STRICT),
    "doors": Kind(is_exact=True, alone=When.STRICT),
}
# Beside whatever counts one address or token, so that nobody tries them one after the other.
DOORS = Limit("doors", By.NETWORK)


USUAL = (Limit(DEFAULT),)
# For a way in that names neither address nor token.
AT_THE_DOOR: dict[str, Any] = {LIMITS: (DOORS, *USUAL)}


def limit(name: str, by: str = By.PERSON) -> dict[str, Any]:
    """The `opt` of a route that has this limit of its own beside the default.

    `@post("/login", opt=limit("sign_in", by="email"))`. Routes with one name share one count.
    """
    if name not in KINDS:
        raise ValueError(f"there is no limit called {name}")
    own = Limit(name, By(by))
    return {LIMITS: (own, *USUAL) if own.by is By.PERSON else (own, DOORS, *USUAL)}


def limit_only(name: str, by: str = By.PERSON) -> dict[str, Any]:
    """The same in place of the default, for what a program asks on behalf of many people."""
    if name not in KINDS:
        raise ValueError(f"there is no limit called {name}")
    return {LIMITS: (Limit(name, By(by)),)}


def declared(opt: Mapping[str, Any]) -> tuple[Limit, ...]:
    """The limits a route declared, or the default."""
    found: tuple[Limit, ...] = opt.get(LIMITS, USUAL)
    return found


def policies(sentences: Mapping[str, str], *, watched: Iterable[str], processes: int) -> Policies:
    """Every limit by its name, from the sentences of the settings."""
    return {
        name: _policy(name, sentence, watched=frozenset(watched), processes=processes)
        for name, sentence in sentences.items()
    }


def rate_of(sentence: str, *, is_exact: bool) -> Rate:
    """`5 per 15 minutes` as a rate; ValueError with a sentence for anything else."""
    found = SENTENCE.fullmatch(sentence.strip().lower())
    if found is None or int(found[1]) == 0 or found[2] == "0":
        raise ValueError(f"“{sentence}” is no limit: write it like “100 per minute”")
    number, window_ms = int(found[1]), int(found[2] or 1) * UNITS_MS[found[3]]
    if is_exact and number <= MOST_EXACT:
        return Rate.exact(number, window_ms)
    return Rate.counted(number, window_ms)


def _policy(name: str, sentence: str, *, watched: frozenset[str], processes: int) -> Policy:
    kind = KINDS[name]
    rate = rate_of(sentence, is_exact=kind.is_exact)
    return Policy(
        name=name,
        sentence=sentence,
        rate=rate,
        share=_share(rate, kind.alone, processes),
        is_watched_only=bool(watched & {name, EVERYTHING}),
    )


def _share(rate: Rate, alone: When, processes: int) -> Rate:
    divisor = {When.OPEN: 1, When.SHARED: processes, When.STRICT: max(processes, 2)}[alone]
    return Rate(max(1, rate.limit // divisor), rate.window_ms, rate.grain_ms)
