"""Streams of Server-Sent Events that tell clients when to ask for their flags again."""

from dataclasses import dataclass

from firstmile.kernel.asgi import Receive, Send
from firstmile.observe.metrics import Metrics
from firstmile.protect.event_streams import EventStreams, no_room
from firstmile.release.catalogue import Flags
from firstmile.release.models import SdkKey
from firstmile.release.ofrep import event_id, refetch
from firstmile.release.sdk_keys import SdkKeys
from firstmile.targeting.snapshots import Contents

# A browser's key is public: nobody may take all places with it, nor one network those of others.
PUBLIC_SHARE = 0.75
MOST_OF_NETWORK = 100


@dataclass(frozen=True, eq=False)
class Changes:
    """The changes of the flags of a key's environment, for as long as the key opens something.

    `seen` is the id of the last event its client has heard.
    """

    flags: Flags
    keys: SdkKeys
    key: SdkKey
    network: str
    seen: str | None = None

    async def is_alive(self) -> bool:
        """Whether the key still opens something."""
        return self.keys.alive(self.key.id) is not None

    async def greeting(self) -> bytes | None:
        """The event of the flags in force, unless its client has heard it."""
        return None if self.seen == event_id(self._contents) else refetch(self._contents)

    async def event(self) -> bytes:
        """The event of the flags in force."""
        return refetch(self._contents)

    @property
    def _contents(self) -> Contents:
        return self.flags.snapshot(self.key.environment).contents


class Streams:
    """The streams of flag changes that this process keeps open."""

    def __init__(self, flags: Flags, keys: SdkKeys, metrics: Metrics, *, most: int) -> None:
        self._flags = flags
        self._keys = keys
        self._most = most
        gauge = metrics.gauge("flag_streams", "Streams of flag changes that are open.")
        self._streams: EventStreams[Changes] = EventStreams(gauge, most=most)
        flags.after_change(self._changed)

    def has_room(self, key: SdkKey, network: str = "") -> bool:
        """Whether this key may open another one here, from this network if that is said."""
        if self._streams.is_full:
            return False
        open_ones = self._streams.sources()
        public = [one.network for one in open_ones if one.key.sees_public_only]
        return not key.sees_public_only or (
            len(public) < self._most * PUBLIC_SHARE and public.count(network) < MOST_OF_NETWORK
        )

    def check_room(self, key: SdkKey, network: str) -> None:
        """Raise Unavailable when it may not."""
        if not self.has_room(key, network):
            raise no_room()

    def close(self) -> None:
        """End all of them, and open none from now on: the process is about to stop."""
        self._streams.close()

    async def serve(
        self, key: SdkKey, seen: str | None, network: str, receive: Receive, send: Send
    ) -> None:
        """Keep a stream open until its client leaves, its key is revoked, or we stop."""
        changes = Changes(self._flags, self._keys, key, network, seen)
        await self._streams.serve(changes, receive, send)

    def _changed(self, environment: str) -> None:
        self._streams.stir(lambda one: one.key.environment == environment)
