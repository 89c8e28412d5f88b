"""Hints between replicas: "look again", pushed by Redis or NOTIFY, and kept as rows."""

import asyncio
import contextlib
from collections.abc import Callable
from time import monotonic
from typing import Protocol

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from firstmile.kernel.database import DATABASE_DOWN, Database
from firstmile.kernel.refusals import Unavailable
from firstmile.kernel.work import Work
from firstmile.outside import store_hints
from firstmile.outside.notices import listen, notify

CHANNEL = "firstmile_hints"
REDIS_SECONDS = 2.0
SEND_SECONDS = 2.0
CHECK_SECONDS = 1.0
STALE_SECONDS = 3.0
# What a wire that is down may raise.
DOWN = (*DATABASE_DOWN, RedisError)


class Wire(Protocol):
    """What carries hints."""

    name: str

    async def send(self, hint: str) -> None:
        """Tell every replica, ourselves included."""

    async def hear(self, heard: Callable[[str], None], connected: Callable[[bool], None]) -> None:
        """Call `heard` for each hint until cancelled; `connected` tells when we may miss some."""


class Hints:
    """Topics one replica tells and every replica hears.

    A hint is a row of the transaction it is about, and is pushed once that has committed. The
    push takes milliseconds and may be lost; the rows are asked for each second and are not.
    Whoever keeps something in memory asks `is_current` and trusts nothing while that is false.
    """

    def __init__(self, wire: Wire, database: Database) -> None:
        self._wire = wire
        self._database = database
        self._hearing: dict[str, Callable[[str], None]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._seen: int | None = None
        self._checked_at = -STALE_SECONDS
        self.is_connected = False

    @property
    def is_current(self) -> bool:
        """Whether every hint that was told more than a moment ago has been heard."""
        return self.seconds_behind < STALE_SECONDS

    @property
    def seconds_behind(self) -> float:
        """Seconds since all that was told until then had been heard."""
        return monotonic() - self._checked_at

    @property
    def wire_name(self) -> str:
        """What carries the hints: `redis` or `postgres`."""
        return self._wire.name

    def on(self, topic: str, hear: Callable[[str], None]) -> None:
        """Call `hear(word)` for each hint of this topic."""
        self._hearing[topic] = hear

    async def tell_with(self, work: Work, topic: str, word: str) -> None:
        """Tell every replica once this transaction has committed, whatever becomes of us."""
        await store_hints.keep(work.db, topic, word, work.now)
        work.after_commit(lambda: self.tell(topic, word))

    async def tell(self, topic: str, word: str) -> None:
        """Tell every replica; a wire that is down is not the teller's failure."""
        self._heard(f"{topic} {word}")
        with contextlib.suppress(*DOWN):
            async with asyncio.timeout(SEND_SECONDS):
                await self._wire.send(f"{topic} {word}")

    async def start(self) -> None:
        """Begin to listen."""
        self._tasks = [
            asyncio.create_task(self._wire.hear(self._heard, self._changed)),
            asyncio.create_task(self._keep_checking()),
        ]

    async def stop(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._checked_at = -STALE_SECONDS

    async def check(self) -> None:
        """Hear every kept hint whose transaction ended since the last check."""
        asked_at = monotonic()
        async with self._database.lease() as db:
            kept = await store_hints.kept_since(db, self._seen)
        self._seen = kept.horizon
        for topic, word in kept.hints:
            self._heard(f"{topic} {word}")
        self._checked_at = asked_at

    async def _keep_checking(self) -> None:
        while True:
            with contextlib.suppress(*DOWN, Unavailable):
                async with asyncio.timeout(STALE_SECONDS):
                    await self.check()
            await asyncio.sleep(CHECK_SECONDS)

    def _heard(self, hint: str) -> None:
        topic, _, word = hint.partition(" ")
        if hear := self._hearing.get(topic):
            hear(word)

    def _changed(self, connected: bool) -> None:  # noqa: FBT001  the answer to one question
        self.is_connected = connected


class PostgresWire:
    """Hints by LISTEN and NOTIFY."""

    name = "postgres"

    def __init__(self, url: str, database: Database) -> None:
        self._url = url
        self._database = database

    async def send(self, hint: str) -> None:
        """NOTIFY outside any transaction: hints are told after the commit."""
        async with self._database.lease() as db:
            await notify(db, CHANNEL, hint)

    async def hear(self, heard: Callable[[str], None], connected: Callable[[bool], None]) -> None:
        """LISTEN on a connection of our own."""
        await listen(self._url, CHANNEL, heard, connected)


class RedisWire:
    """Hints by Redis publish and subscribe."""

    name = "redis"

    def __init__(self, url: str) -> None:
        self._redis = _client(url, tries=2)  # a kept connection may be stale once
        # A listener that reconnects by itself would not tell that it missed something.
        self._listening = _client(url, tries=1)

    async def send(self, hint: str) -> None:
        """PUBLISH."""
        await self._redis.publish(CHANNEL, hint)

    async def hear(self, heard: Callable[[str], None], connected: Callable[[bool], None]) -> None:
        """SUBSCRIBE, and again after every loss."""
        while True:
            try:
                await self._subscribe(heard, connected)
            except (RedisError, OSError):
                await asyncio.sleep(0.5)
            finally:
                connected(False)  # noqa: FBT003

    async def is_alive(self) -> bool:
        """Whether Redis answers a PING within its deadline."""
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                return bool(await self._redis.ping())
        except (RedisError, OSError, TimeoutError):
            return False

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
        await self._listening.aclose()

    async def _subscribe(
        self, heard: Callable[[str], None], connected: Callable[[bool], None]
    ) -> None:
        async with self._listening.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe(CHANNEL)
            connected(True)  # noqa: FBT003
            while True:
                message = await subscription.get_message(timeout=1.0)
                if message is not None:
                    heard(message["data"].decode())


def _client(url: str, *, tries: int) -> redis.asyncio.Redis:
    return redis.asyncio.from_url(
        url,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), tries - 1),
    )
