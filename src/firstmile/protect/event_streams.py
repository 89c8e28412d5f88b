"""Streams of Server-Sent Events: kept open, bounded, told once for all that happened meanwhile."""

import asyncio
import random
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from prometheus_client import Gauge

from firstmile.kernel.asgi import Receive, Send
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unavailable

HEARTBEAT = 15.0  # seconds; proxies close what is silent for 30 to 60
SEND_SECONDS = 10.0  # a client that takes nothing for so long is gone
# After a change every client asks again: spread so that no more do in a second, for 2 s at most.
REFETCHES, MOST_SPREAD = 2000, 2.0
STILL_HERE = b": still here\n\n"
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store, no-transform"),  # whoever compresses would hold it back
    (b"x-accel-buffering", b"no"),
]


class Source(Protocol):
    """What one stream tells."""

    async def is_alive(self) -> bool:
        """Whether whoever opened it may hear more; asked before every frame."""
        ...

    async def greeting(self) -> bytes | None:
        """The event to begin with; None for a client that has heard it."""
        ...

    async def event(self) -> bytes | None:
        """The event after something stirred; None when it comes to nothing new."""
        ...


S = TypeVar("S", bound=Source)


class Listener(Generic[S]):
    """One open stream."""

    def __init__(self, source: S) -> None:
        self.source = source
        self.is_over = False
        self.stirred = asyncio.Event()

    def end(self) -> None:
        """Let it come to its end now."""
        self.is_over = True
        self.stirred.set()


class EventStreams(Generic[S]):
    """The streams this process keeps open: one event each after a change, however many there were.

    A client that comes without an id, or with the id of another state, is told at once: it may
    have missed what happened between its question and its stream.
    """

    def __init__(self, gauge: Gauge, *, most: int) -> None:
        self._gauge = gauge
        self._most = most
        self._open: set[Listener[S]] = set()
        self._is_closed = False

    @property
    def is_full(self) -> bool:
        """Whether no other can be opened here."""
        return self._is_closed or len(self._open) >= self._most

    def sources(self) -> list[S]:
        """What is told right now."""
        return [listener.source for listener in self._open]

    def stir(self, concerns: Callable[[S], bool]) -> None:
        """Have every stream that this concerns tell what is new."""
        for listener in self._open:
            if concerns(listener.source):
                listener.stirred.set()

    def close(self) -> None:
        """End all of them, and open none from now on: the process is about to stop."""
        self._is_closed = True
        for listener in self._open:
            listener.end()

    async def serve(self, source: S, receive: Receive, send: Send) -> None:
        """Keep a stream open until its client leaves, its source ends, or we stop."""
        listener = Listener(source)
        self._open.add(listener)
        self._gauge.set(len(self._open))
        watching = asyncio.create_task(_until_gone(receive, listener))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await self._tell(listener, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            pass  # it takes nothing any more
        finally:
            self._open.discard(listener)
            self._gauge.set(len(self._open))
            watching.cancel()
            await asyncio.wait([watching])

    async def _tell(self, listener: Listener[S], send: Send) -> None:
        # Not all at the same moment after a restart.
        again = f"retry: {random.randint(1000, 5000)}\n\n".encode()  # noqa: S311  no secret
        frame = again + (await listener.source.greeting() or STILL_HERE)
        while not listener.is_over and await listener.source.is_alive():
            async with asyncio.timeout(SEND_SECONDS):
                await send({"type": "http.response.body", "body": frame, "more_body": True})
            frame = await self._next_frame(listener)

    async def _next_frame(self, listener: Listener[S]) -> bytes:
        try:
            async with asyncio.timeout(HEARTBEAT):
                await listener.stirred.wait()
        except TimeoutError:
            return STILL_HERE
        if listener.is_over:
            return STILL_HERE
        most = min(MOST_SPREAD, len(self._open) / REFETCHES)
        await asyncio.sleep(random.uniform(0, most))  # noqa: S311  no secret
        listener.stirred.clear()
        return await listener.source.event() or STILL_HERE


def no_room() -> Unavailable:
    """The refusal for one stream too many."""
    return Unavailable(N_("As many streams are open as can be."), retry_after=30)


async def _until_gone(receive: Receive, listener: Listener[Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()
