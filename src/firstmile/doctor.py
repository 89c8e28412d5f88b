"""Looks whether this installation can run, and what a password hash costs on this machine."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from firstmile.identity.authenticators import Site
from firstmile.identity.hashing import Argon2id, Bcrypt, Scheme, chosen_scheme
from firstmile.kernel.refusals import Unavailable
from firstmile.outside.migrations import revisions
from firstmile.settings import Settings, SettingsRefused, load_settings

TIMES = 3
PREPARED = b"a" * 44
# What a sign-in may take of a core; OWASP asks for less than a second.
WITHIN_MS = 500
SLOW_MS = 1000
# From the least that may be set in production upwards (OWASP Password Storage).
BCRYPT = tuple(Bcrypt(cost) for cost in range(12, 16))
ARGON2ID = tuple(
    Argon2id(memory_kib, passes, lanes=1)
    for memory_kib, passes in ((19456, 2), (47104, 2), (65536, 3), (131072, 3), (262144, 3))
)


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is well, and a sentence on it."""

    subject: str
    is_well: bool
    said: str


@dataclass(frozen=True)
class Price:
    """What one hash takes on this machine, in milliseconds."""

    scheme: Scheme
    ms: float


def findings() -> Iterator[Finding]:
    """Look at one thing after the other; what needs the settings only with settings."""
    try:
        settings = load_settings()
    except SettingsRefused as refused:
        yield Finding("settings", is_well=False, said=str(refused))
        return
    yield Finding("settings", is_well=True, said=f"in order for {settings.firstmile_env}")
    yield from _of_database(settings)
    yield _of_hash(settings)
    yield _of_passkeys(settings)


def prices() -> Iterator[Price]:
    """The price of each setting from the least upwards, until one is far too dear."""
    for schemes in (BCRYPT, ARGON2ID):
        for scheme in schemes:
            price = Price(scheme, _milliseconds(scheme))
            yield price
            if price.ms > 2 * WITHIN_MS:
                break


def recommended(found: list[Price]) -> list[Price]:
    """Of each scheme the dearest that is not too dear, or the least there is."""
    chosen: dict[str, Price] = {}
    for price in found:
        if price.ms <= WITHIN_MS or price.scheme.name not in chosen:
            chosen[price.scheme.name] = price
    return list(chosen.values())


def _of_database(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is None:
        yield Finding("database", is_well=False, said="DATABASE_URL is missing")
        return
    try:
        current, head = revisions(settings.database_url.get_secret_value())
    except Unavailable as away:
        yield Finding("database", is_well=False, said=str(away))
        return
    yield Finding("database", is_well=True, said="answers")
    if current == head:
        yield Finding("migrations", is_well=True, said=f"all applied, at {head}")
    else:
        said = f"at {current or 'none'}, and {head} is there: run `firstmile migrate`"
        yield Finding("migrations", is_well=False, said=said)


def _of_hash(settings: Settings) -> Finding:
    scheme = chosen_scheme(settings)
    ms = _milliseconds(scheme)
    said = f"{ms:.0f} ms of a core with {scheme.as_settings()}"
    if ms > SLOW_MS:
        said += ": too slow to sign in with, see `firstmile doctor --calibrate-hash`"
    return Finding("password hash", is_well=ms <= SLOW_MS, said=said)


def _of_passkeys(settings: Settings) -> Finding:
    trouble = Site.at(settings.base_url, settings.product_name).trouble
    if trouble is None:
        return Finding("passkeys", is_well=True, said=f"made for {settings.base_url}")
    said = f"none can be made at {settings.base_url}: {trouble}; set another BASE_URL"
    return Finding("passkeys", is_well=False, said=said)


def _milliseconds(scheme: Scheme) -> float:
    return 1000 * median(_seconds(scheme) for _ in range(TIMES))


def _seconds(scheme: Scheme) -> float:
    begin = time.perf_counter()
    scheme.hash(PREPARED)
    return time.perf_counter() - begin
