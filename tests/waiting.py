"""Waiting for what another task or process does, no longer than it may take."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

PATIENCE = 2.0  # seconds


async def until(is_so: Callable[[], bool | Awaitable[bool]]) -> None:
    """Return as soon as it is so; AssertionError when it does not become so in time."""
    deadline = time.monotonic() + PATIENCE
    while not await _answer(is_so()):
        assert time.monotonic() < deadline, "it did not become so in time"
        await asyncio.sleep(0.01)


async def _answer(said: bool | Awaitable[bool]) -> bool:
    return await said if inspect.isawaitable(said) else bool(said)
