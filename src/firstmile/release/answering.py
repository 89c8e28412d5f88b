"""What an SDK key is answered about flags, and how new that is."""

import asyncio
import contextlib
from dataclasses import dataclass
from hashlib import blake2b
from time import monotonic

import msgspec

from firstmile.kernel.database import DATABASE_DOWN, Database
from firstmile.kernel.refusals import Unavailable
from firstmile.release.catalogue import Flags
from firstmile.release.models import SdkKey
from firstmile.release.ofrep import Fragments, config_tag, status_of
from firstmile.release.stream_tokens import StreamTokens
from firstmile.release.streams import Streams
from firstmile.targeting.contexts import Context
from firstmile.targeting.flags import ErrorCode
from firstmile.targeting.outcomes import failed
from firstmile.targeting.snapshots import Snapshot

LOOK_AGAIN = 1.0  # seconds: whoever makes up revisions must not become load on the database
LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Told:
    """A body with its entity tag."""

    body: bytes
    tag: str


class Answering:
    """Answers out of memory. What was written once for a snapshot is not written again."""

    def __init__(
        self, flags: Flags, tokens: StreamTokens, streams: Streams, database: Database
    ) -> None:
        self._flags = flags
        self._tokens = tokens
        self._streams = streams
        self._database = database
        self._fragments: dict[str, Fragments] = {}
        self._whole: dict[str, tuple[Snapshot, Told]] = {}
        self._looked_at = float("-inf")

    def one(self, key: SdkKey, flag: str, context: Context) -> tuple[int, bytes]:
        """The status and the body for one flag."""
        fragments = self._fragments_of(key.environment)
        if key.sees_public_only:
            known = fragments.snapshot.flags.get(flag)
            if known is None or not known.is_public:
                outcome = failed(flag, ErrorCode.FLAG_NOT_FOUND, "There is no such flag.")
                return 404, fragments.of(outcome)
        outcome = self._flags.evaluate(flag, context, key.environment)
        return status_of(outcome), fragments.of(outcome)

    def every(self, key: SdkKey, context: Context) -> Told:
        """All flags this key sees.

        The tag is of the body itself: what differs in any way, by flags or by context, has
        another one.
        """
        outcomes = self._flags.evaluate_all(
            context, key.environment, public_only=key.sees_public_only
        )
        uri = self._tokens.uri(key) if self._streams.has_room(key) else None
        body = self._fragments_of(key.environment).bulk(outcomes, uri)
        return Told(body, f'"{blake2b(body, digest_size=12).hexdigest()}"')

    def whole(self, key: SdkKey) -> Told:
        """Everything there is in the environment, for those who evaluate it themselves."""
        snapshot = self._flags.snapshot(key.environment)
        known, told = self._whole.get(key.environment, (None, None))
        if known is not snapshot or told is None:
            told = Told(msgspec.json.encode(snapshot.contents), config_tag(snapshot.contents))
            self._whole[key.environment] = snapshot, told
        return told

    async def catch_up(self, key: SdkKey, tag: str | None, moment: float | None) -> None:
        """See to it that we know at least what the client has heard of: a tag, or a Unix time.

        When the database does not answer, the last known is good enough.
        """
        if not self._is_behind(key, tag, moment) or monotonic() - self._looked_at < LOOK_AGAIN:
            return
        self._looked_at = monotonic()
        with contextlib.suppress(*DATABASE_DOWN, Unavailable):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._flags.load(self._database)

    def _is_behind(self, key: SdkKey, tag: str | None, moment: float | None) -> bool:
        contents = self._flags.snapshot(key.environment).contents
        if tag is not None:
            environment, _, revision = tag.rpartition("-")
            if environment == key.environment and revision.isdecimal():
                return contents.revision < int(revision[:18])
            return False
        if moment is None:
            return False
        return contents.changed_at is None or int(contents.changed_at.timestamp()) < int(moment)

    def _fragments_of(self, environment: str) -> Fragments:
        snapshot = self._flags.snapshot(environment)
        fragments = self._fragments.get(environment)
        if fragments is None or fragments.snapshot is not snapshot:
            fragments = self._fragments[environment] = Fragments(snapshot)
        return fragments
