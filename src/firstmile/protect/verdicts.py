"""What is found about one request and its limits, and how its headers tell it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import TooMany
from firstmile.protect.limits import Policy
from firstmile.protect.window import Rate

SECOND_MS = 1000
NEAR = 0.8  # of a limit, as Envoy counts it


class Look(NamedTuple):
    """One limit at this moment, after the request was counted if it was."""

    policy: Policy
    rate: Rate
    used: int
    wait_ms: int
    has_room: bool

    @property
    def refuses(self) -> bool:
        """Whether it stands in the way."""
        return not self.has_room and not self.policy.is_watched_only

    @property
    def is_near(self) -> bool:
        """Whether it is nearly used up."""
        return self.used >= self.rate.limit * NEAR

    @property
    def seconds(self) -> int:
        """When there is more room, in whole seconds that are never too few."""
        return max(1, -(-self.wait_ms // SECOND_MS))


class Verdict:
    """What all limits of a request say; its first `refusing` is the one to wait for."""

    __slots__ = ("looks", "refusing")

    def __init__(self, looks: Sequence[Look]) -> None:
        self.looks = looks
        self.refusing: Look | None = None
        for look in looks:
            if look.refuses and (self.refusing is None or look.wait_ms > self.refusing.wait_ms):
                self.refusing = look

    def headers(self) -> list[tuple[bytes, bytes]]:
        """`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).

        With `Retry-After` when it refuses, which is never earlier than the `t` beside it.
        """
        shown = [look for look in self.looks if not look.policy.is_watched_only]
        if not shown:
            return []
        told = [
            (b"ratelimit-policy", _list([_quota(look.policy.name, look.rate) for look in shown])),
            (b"ratelimit", _list([_left(look) for look in shown])),
        ]
        if self.refusing is not None:
            told.append((b"retry-after", b"%d" % self.refusing.seconds))
        return told


def too_often(look: Look) -> TooMany:
    """The refusal of one limit."""
    return TooMany(
        N_("That was a little too often. Try again in a while."),
        error="rate_limited",
        retry_after=look.seconds,
        facts={"limit": look.policy.name, "allowed": look.policy.sentence},
    )


def _list(items: Iterable[str]) -> bytes:
    return ", ".join(items).encode()


@lru_cache(maxsize=100)  # limits, with the share that each has alone
def _quota(name: str, rate: Rate) -> str:
    return f'"{name}";q={rate.limit};w={rate.window_ms // SECOND_MS}'


def _left(look: Look) -> str:
    left = max(0, look.rate.limit - look.used)
    return f'"{look.policy.name}";r={left};t={look.seconds}'
