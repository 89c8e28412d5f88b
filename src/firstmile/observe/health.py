"""What can be known of our health: the database, Redis, memory, uptime, version."""

import asyncio
import time
from typing import Any

import psutil

from firstmile import __version__
from firstmile.kernel.database import DATABASE_DOWN, Database
from firstmile.kernel.refusals import Busy
from firstmile.outside.hints import RedisWire

CHECK_SECONDS = 2.0


class Health:
    """Asks each thing we depend on, within a deadline."""

    def __init__(self, database: Database, redis: RedisWire | None) -> None:
        self._database = database
        self._redis = redis
        self._started = time.monotonic()

    async def report(self) -> dict[str, Any]:
        """`{status, database, redis, memory, uptimeSeconds, version}`; status is ok or down."""
        database, redis = await asyncio.gather(self._check_database(), self._check_redis())
        is_up = database["status"] == "up" and redis["status"] != "down"
        return {
            "status": "ok" if is_up else "down",
            "database": database,
            "redis": redis,
            "memory": {"rssBytes": psutil.Process().memory_info().rss},
            "uptimeSeconds": round(time.monotonic() - self._started),
            "version": __version__,
        }

    async def _check_database(self) -> dict[str, Any]:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(CHECK_SECONDS), self._database.lease() as db:
                await db.fetchval("SELECT 1")
        except Busy:
            return {"status": "up", "busy": True}
        except DATABASE_DOWN:
            return {"status": "down"}
        return {"status": "up", "ms": round((time.perf_counter() - started) * 1000, 1)}

    async def _check_redis(self) -> dict[str, Any]:
        if self._redis is None:
            return {"status": "not_used"}
        return {"status": "up" if await self._redis.is_alive() else "down"}
