"""Builds what answers SDKs: their keys, their streams and the answers."""

from dataclasses import dataclass

from firstmile.kernel.clock import Clock
from firstmile.kernel.database import Database
from firstmile.kernel.secrets import Vault
from firstmile.observe.metrics import Metrics
from firstmile.observe.readiness import Readiness
from firstmile.protect.servers import Servers
from firstmile.release.answering import Answering
from firstmile.release.catalogue import Flags
from firstmile.release.sdk_keys import SdkKeys, of_a_server
from firstmile.release.stream_tokens import StreamTokens
from firstmile.release.streams import Streams


@dataclass(frozen=True)
class ForSdks:
    """The parts that routes ask for."""

    keys: SdkKeys
    tokens: StreamTokens
    streams: Streams
    answering: Answering

    def parts(self) -> tuple[object, ...]:
        """Each of them."""
        servers = Servers(lambda scope: of_a_server(self.keys.brought_by(scope)))
        return self.keys, self.tokens, self.streams, self.answering, servers


def for_sdks(
    flags: Flags,
    database: Database,
    vault: Vault,
    clock: Clock,
    metrics: Metrics,
    readiness: Readiness,
    *,
    most_streams: int,
) -> ForSdks:
    """Built together; streams end once traffic should go elsewhere."""
    keys = SdkKeys(vault)
    tokens = StreamTokens(vault, keys, clock)
    streams = Streams(flags, keys, metrics, most=most_streams)
    readiness.when_off(streams.close)
    return ForSdks(keys, tokens, streams, Answering(flags, tokens, streams, database))
