"""One connection to Redis that all calls share, for what every request asks.

A client of redis-py takes a connection for each call and two tasks' worth of time; here a call is
one write and one future (half the time alone, a sixth when twenty ask in one tick). It never
connects by itself: whoever holds the line says when, so no request ever waits for that.
"""

import asyncio
import ssl
from collections import deque
from typing import Any, cast

import hiredis
from redis.asyncio.connection import SSLConnection, parse_url

CONNECT_SECONDS = 2.0
PASSES = 3  # asyncio reads in the next pass, uvloop in the one after
Word = bytes | str | int


class LineDown(Exception):
    """Redis is not there, is late, or answered with an error, which this names in one word."""


class RedisLine:
    """Asks, and hands each answer to whoever asked.

    `seconds` is how long an answer may take. One that is later breaks the line, because what
    comes after it would be as late.
    """

    def __init__(self, url: str, *, seconds: float) -> None:
        self._url = url
        self._seconds = seconds
        self._wire: _Wire | None = None

    @property
    def is_up(self) -> bool:
        """Whether there is a connection, as far as we know."""
        return self._wire is not None and self._wire.is_up

    async def connect(self) -> None:
        """Connect anew; raises LineDown within two seconds."""
        self.close()
        where = cast(dict[str, Any], parse_url(self._url))
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._wire = await _reached(where)
                if where.get("password"):
                    name = [where["username"]] if where.get("username") else []
                    await self._wire.ask("AUTH", *name, where["password"])
                if where.get("db"):
                    await self._wire.ask(b"SELECT", where["db"])
        except (OSError, TimeoutError, LineDown) as down:
            self.close()
            raise LineDown("unreachable") from down

    async def ask(self, *words: Word) -> Any:
        """The answer to one command; raises LineDown."""
        if self._wire is None:
            raise LineDown("lost")
        answer = self._wire.ask(*words)
        try:
            async with asyncio.timeout(self._seconds):
                # Not cancelled with us: it may be only we who were late.
                return await asyncio.shield(answer)
        except TimeoutError as late:
            await _catch_up()
            if answer.done() and not answer.cancelled():
                return answer.result()
            answer.cancel()
            self.close()
            raise LineDown("late") from late

    def close(self) -> None:
        """Hang up; everybody who waits is told."""
        if self._wire is not None:
            self._wire.hang_up()
            self._wire = None


class _Wire(asyncio.Protocol):
    """A connection as long as it lasts; the answers come in the order of the questions."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._reader = hiredis.Reader()
        self._waiting: deque[asyncio.Future[Any]] = deque()

    @property
    def is_up(self) -> bool:
        return self._transport is not None

    def ask(self, *words: Word) -> asyncio.Future[Any]:
        if self._transport is None:
            raise LineDown("lost")
        asked = asyncio.get_running_loop().create_future()
        self._waiting.append(asked)
        self._transport.write(hiredis.pack_command(cast(Any, words)))
        return asked

    def hang_up(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        while self._waiting:
            asked = self._waiting.popleft()
            if not asked.done():
                asked.set_exception(LineDown("lost"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
            while (answer := self._reader.gets()) is not False:
                _hand_out(answer, self._waiting.popleft())
        except (hiredis.ProtocolError, IndexError):  # this is not Redis
            self.hang_up()

    def connection_lost(self, _: Exception | None) -> None:
        self.hang_up()


async def _catch_up() -> None:
    """Let the loop read what is in its sockets: after a stall it runs what is due before that."""
    for _ in range(PASSES):
        await asyncio.sleep(0)


async def _reached(where: dict[str, Any]) -> _Wire:
    loop = asyncio.get_running_loop()
    if path := where.get("path"):
        return (await loop.create_unix_connection(_Wire, path))[1]
    _, wire = await loop.create_connection(
        _Wire,
        where.get("host", "localhost"),
        where.get("port", 6379),
        ssl=_tls(where) if where.get("connection_class") is SSLConnection else None,
    )
    return wire


def _hand_out(answer: Any, asked: asyncio.Future[Any]) -> None:
    if asked.done():  # whoever asked has gone
        return
    if isinstance(answer, hiredis.ReplyError):
        asked.set_exception(LineDown(str(answer).partition(" ")[0].lower()))
    else:
        asked.set_result(answer)


def _tls(where: dict[str, Any]) -> ssl.SSLContext:
    """As redis-py reads the same URL: checked, unless it says `ssl_cert_reqs=none`."""
    context = ssl.create_default_context(cafile=where.get("ssl_ca_certs"))
    if where.get("ssl_cert_reqs") == "none":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
