"""Many at once at one thing that is there once."""

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 16
ROUNDS = range(int(os.environ.get("FIRSTMILE_RACE_ROUNDS", "20")))


async def race(n: int, act: Callable[[int], Awaitable[T]]) -> list[T]:
    """Let `n` of `act` begin in the same moment; what each of them brought home."""
    gate = asyncio.Barrier(n)

    async def run(number: int) -> T:
        await gate.wait()
        return await act(number)

    return list(await asyncio.gather(*(run(number) for number in range(n))))


async def winners(act: Callable[[int], Awaitable[int]]) -> int:
    """How many of sixteen at once were answered with 2xx; the others must have been refused.

    Busy (503) is a refusal, too: sixteen passwords at once are more than a small machine hashes.
    """
    counted = Counter(await race(AT_ONCE, act))
    assert not [status for status in counted if status >= 500 and status != 503], counted
    return sum(count for status, count in counted.items() if status < 300)
