"""Streams of Server-Sent Events that tell clients when to ask for their flags again."""

import asyncio
import random

from firstmile.kernel.asgi import Receive, Send
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unavailable
from firstmile.observe.metrics import Metrics
from firstmile.release.catalogue import Flags
from firstmile.release.models import SdkKey
from firstmile.release.ofrep import event_id, refetch
from firstmile.release.sdk_keys import SdkKeys

HEARTBEAT = 15.0  # seconds; proxies close what is silent for 30 to 60
SEND_SECONDS = 10.0  # a client that takes nothing for so long is gone
# After a change every client asks again: spread so that no more do in a second, for 2 s at most.
REFETCHES, MOST_SPREAD = 2000, 2.0
# A browser's key is public: nobody may take all places with it, nor one network those of others.
PUBLIC_SHARE = 0.75
MOST_OF_NETWORK = 100
STILL_HERE = b": still here\n\n"
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store, no-transform"),  # whoever compresses would hold it back
    (b"x-accel-buffering", b"no"),
]


class Listener:
    """One open stream."""

    def __init__(self, key: SdkKey, network: str) -> None:
        self.key = key
        self.network = network
        self.is_over = False
        self.stirred = asyncio.Event()

    def end(self) -> None:
        """Let it come to its end now."""
        self.is_over = True
        self.stirred.set()


class Streams:
    """The streams this process keeps open: one event each after a change, however many there were.

    A client that comes without an id, or with the id of another revision, is told at once: it may
    have missed what happened between its question and its stream.
    """

    def __init__(self, flags: Flags, keys: SdkKeys, metrics: Metrics, *, most: int) -> None:
        self._flags = flags
        self._keys = keys
        self._most = most
        self._open: set[Listener] = set()
        self._is_closed = False
        self._gauge = metrics.gauge("flag_streams", "Streams of flag changes that are open.")
        flags.after_change(self._changed)

    def has_room(self, key: SdkKey, network: str = "") -> bool:
        """Whether this key may open another one here, from this network if that is said."""
        if self._is_closed or len(self._open) >= self._most:
            return False
        public = [one.network for one in self._open if one.key.sees_public_only]
        return not key.sees_public_only or (
            len(public) < self._most * PUBLIC_SHARE and public.count(network) < MOST_OF_NETWORK
        )

    def check_room(self, key: SdkKey, network: str) -> None:
        """Raise Unavailable when it may not."""
        if not self.has_room(key, network):
            raise Unavailable(N_("As many streams are open as can be."), retry_after=30)

    def close(self) -> None:
        """End all of them, and open none from now on: the process is about to stop."""
        self._is_closed = True
        for listener in self._open:
            listener.end()

    async def serve(
        self, key: SdkKey, seen: str | None, network: str, receive: Receive, send: Send
    ) -> None:
        """Keep a stream open until its client leaves, its key is revoked, or we stop.

        `seen` is the id of the last event its client has heard.
        """
        listener = Listener(key, network)
        self._open.add(listener)
        self._gauge.set(len(self._open))
        watching = asyncio.create_task(_until_gone(receive, listener))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await self._tell(listener, self._greeting(key, seen), send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            pass  # it takes nothing any more
        finally:
            self._open.discard(listener)
            self._gauge.set(len(self._open))
            watching.cancel()
            await asyncio.wait([watching])

    async def _tell(self, listener: Listener, frame: bytes, send: Send) -> None:
        while not listener.is_over and self._keys.alive(listener.key.id) is not None:
            async with asyncio.timeout(SEND_SECONDS):
                await send({"type": "http.response.body", "body": frame, "more_body": True})
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await listener.stirred.wait()
            except TimeoutError:
                frame = STILL_HERE
            else:
                await self._take_turns(listener)
                listener.stirred.clear()
                frame = self._event(listener.key)

    def _greeting(self, key: SdkKey, seen: str | None) -> bytes:
        # Not all at the same moment after a restart.
        again = f"retry: {random.randint(1000, 5000)}\n\n".encode()  # noqa: S311  no secret
        is_known = seen == event_id(self._flags.snapshot(key.environment).contents)
        return again + (STILL_HERE if is_known else self._event(key))

    def _event(self, key: SdkKey) -> bytes:
        return refetch(self._flags.snapshot(key.environment).contents)

    async def _take_turns(self, listener: Listener) -> None:
        if not listener.is_over:
            most = min(MOST_SPREAD, len(self._open) / REFETCHES)
            await asyncio.sleep(random.uniform(0, most))  # noqa: S311  no secret

    def _changed(self, environment: str) -> None:
        for listener in self._open:
            if listener.key.environment == environment:
                listener.stirred.set()


async def _until_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()
