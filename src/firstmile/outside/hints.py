"""Hints between replicas: "look again", by Redis when there is one, else by NOTIFY."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from firstmile.kernel.database import DATABASE_DOWN, Database
from firstmile.outside.notices import listen, notify

CHANNEL = "firstmile_hints"
REDIS_SECONDS = 2.0
SEND_SECONDS = 2.0
# What a wire that is down may raise.
DOWN = (*DATABASE_DOWN, RedisError)


class Wire(Protocol):
    """What carries hints."""

    async def send(self, hint: str) -> None:
        """Tell every replica, ourselves included."""

    async def hear(self, heard: Callable[[str], None], connected: Callable[[bool], None]) -> None:
        """Call `heard` for each hint until cancelled; `connected` tells when we may miss some."""


class Hints:
    """Topics one replica tells and every replica hears.

    A hint may be lost while the wire is down. Whoever keeps something in memory asks
    `is_connected` and trusts nothing it kept while that is false.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._hearing: dict[str, Callable[[str], None]] = {}
        self._reconnected: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None
        self.is_connected = False

    def on(self, topic: str, hear: Callable[[str], None]) -> None:
        """Call `hear(word)` for each hint of this topic."""
        self._hearing[topic] = hear

    def on_change(self, action: Callable[[], None]) -> None:
        """Call `action` whenever the wire is lost or found again."""
        self._reconnected.append(action)

    async def tell(self, topic: str, word: str) -> None:
        """Tell every replica; a wire that is down is not the teller's failure."""
        self._heard(f"{topic} {word}")
        with contextlib.suppress(*DOWN):
            async with asyncio.timeout(SEND_SECONDS):
                await self._wire.send(f"{topic} {word}")

    async def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.create_task(self._wire.hear(self._heard, self._changed))

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _heard(self, hint: str) -> None:
        topic, _, word = hint.partition(" ")
        if hear := self._hearing.get(topic):
            hear(word)

    def _changed(self, connected: bool) -> None:  # noqa: FBT001  the answer to one question
        self.is_connected = connected
        for action in self._reconnected:
            action()


class PostgresWire:
    """Hints by LISTEN and NOTIFY."""

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
