"""The one connection to Redis, and whose fault it is when an answer is late."""

import asyncio
import time

import pytest
from tests.valkey import ValkeyServer, valkey

from firstmile.outside.redis_line import LineDown, RedisLine

__all__ = ["valkey"]

SECONDS = 0.05


async def test_when_we_were_late_ourselves_the_answer_is_taken(valkey: ValkeyServer) -> None:
    line = RedisLine(valkey.url, seconds=SECONDS)
    await line.connect()
    try:
        asked = asyncio.create_task(line.ask(b"PING"))
        await asyncio.sleep(0)
        time.sleep(SECONDS * 4)

        assert await asked == b"PONG"
        assert line.is_up
    finally:
        line.close()


async def test_when_redis_is_late_the_line_is_given_up(valkey: ValkeyServer) -> None:
    line = RedisLine(valkey.url, seconds=SECONDS)
    await line.connect()
    valkey.pause()
    try:
        with pytest.raises(LineDown, match="late"):
            await line.ask(b"PING")
        assert not line.is_up
    finally:
        valkey.resume()
        line.close()
