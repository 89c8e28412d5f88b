"""What an application may change about its gate, each value with its unit and its reason."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import httpx

from firstmile_client.visits import Visit

Transport = httpx.BaseTransport | httpx.AsyncBaseTransport


@dataclass(frozen=True)
class Clock:
    """Two clocks: the date (seconds since 1970, for tokens) and a steady one (for ages)."""

    now: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class Settings:
    """Settings of the gate; the defaults suit an application beside its Firstmile.

    Times are in seconds. `transport` and `clock` are for tests.
    """

    issuer: str | None = None  # the public address in our tokens, when base_url is an inner one
    audience: str = "firstmile"
    leeway: int = 10  # clocks of two machines differ by less
    deadline: float = 1.0  # a visitor waits no longer for the gate
    allowed_for: float = 30.0  # a step that re-opens is noticed within half a minute
    blocked_for: float = 2.0  # finishing a step, or gating that is on again, takes effect at once
    last_known: float = 600.0  # how long an answer still serves when Firstmile is silent
    when_unreachable: Literal["open", "closed"] = "open"
    keys_max_age: float = 600.0  # Firstmile publishes a new key longer than this before using it
    keys_last_known: float = 86_400.0  # a day of silence; then no key is trusted any more
    remember: int = 4096  # tokens, and answers, kept in memory at most
    redirect: bool = False  # send browsers to the page of the step instead of a problem document
    cookie: str | None = None  # name of a cookie that holds the access token, for browsers
    ignore_case: bool = False  # for an application whose routes ignore case
    # Whose shared steps are asked for, by its id; None is the project the visitor joined first.
    project_of: Callable[[Visit], str | None] | None = None
    transport: Transport | None = None
    clock: Clock = field(default_factory=Clock)
