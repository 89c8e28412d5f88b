"""Tokens in the addresses of streams, because a browser's EventSource can send no header."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hmac import compare_digest
from uuid import UUID

from firstmile.kernel.clock import Clock
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unauthenticated
from firstmile.kernel.secrets import Vault
from firstmile.release.models import SdkKey
from firstmile.release.sdk_keys import SdkKeys

STREAM = "/ofrep/v1/stream"
PURPOSE = "flag_stream"
MAC_BYTES = 16
# Seconds. Within one such time the address stays the same: a client that is told another one
# closes its stream and opens the new one. A token opens streams until the end of the next.
WINDOW = 3600


class StreamTokens:
    """Makes and opens them. One opens the streams of a key's environment, and nothing else."""

    def __init__(self, vault: Vault, keys: SdkKeys, clock: Clock) -> None:
        self._vault = vault
        self._keys = keys
        self._clock = clock
        self._window = -1
        self._made: dict[UUID, str] = {}

    def uri(self, key: SdkKey) -> str:
        """The address of this key's stream now."""
        window = int(self._clock().timestamp()) // WINDOW
        if window != self._window:
            self._window, self._made = window, {}
        made = self._made.get(key.id)
        if made is None:
            said = struct.pack(">I", window) + key.id.bytes
            mac = self._vault.digest(PURPOSE, said)[:MAC_BYTES]
            made = f"{STREAM}?token={urlsafe_b64encode(said + mac).decode().rstrip('=')}"
            self._made[key.id] = made
        return made

    def opened(self, token: str) -> SdkKey:
        """The key a token was made for; Unauthenticated when it opens nothing any more."""
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            said, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
            (window,) = struct.unpack(">I", said[:4])
            key_id = UUID(bytes=said[4:])
        except (ValueError, struct.error) as foreign:
            raise _opens_nothing() from foreign
        now = int(self._clock().timestamp()) // WINDOW
        is_ours = any(
            compare_digest(mac, one[:MAC_BYTES]) for one in self._vault.digests(PURPOSE, said)
        )
        key = self._keys.alive(key_id)
        if not is_ours or not 0 <= now - window <= 1 or key is None:
            raise _opens_nothing()
        return key


def _opens_nothing() -> Unauthenticated:
    return Unauthenticated(N_("This address is no longer valid. Ask for the flags again."))
