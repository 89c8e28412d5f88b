"""SDK keys: what an application or a browser asks for the flags of an environment with."""

import secrets
from hashlib import blake2b
from uuid import UUID

from firstmile.kernel.asgi import Scope, header_of
from firstmile.kernel.database import Database
from firstmile.kernel.ids import new_id, new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints
from firstmile.protect.key_format import LABELS, is_well_written, label_of, written
from firstmile.release import store, store_sdk_keys
from firstmile.release.events import SdkKeyMade, SdkKeyRevoked
from firstmile.release.models import (
    Author,
    KeyKind,
    SdkKey,
    check_reason,
    no_such_environment,
)

TOPIC = "sdk_keys"
PURPOSE = "sdk_key"
PREFIXES = {KeyKind.SERVER: "fms", KeyKind.CLIENT: "fmc"}
NAME_LENGTH = 60
MOST_KEYS = 50  # of an environment; more are a sign that nobody revokes them
RECOGNISED = 1000  # texts of keys, by their digest, so that each is checked once


class SdkKeys:
    """Makes, opens and revokes keys. Those that open something are in memory, by their hashes.

    They are loaded when a hint says so. When each was used is noted now and then.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._by_hash: dict[bytes, SdkKey] = {}
        self._by_id: dict[UUID, SdkKey] = {}
        self._recognised: dict[bytes, SdkKey] = {}
        self._used: set[UUID] = set()

    async def load(self, database: Database) -> None:
        """Learn which keys open something."""
        async with database.lease() as db:
            found = await store_sdk_keys.all_keys(db)
        self._by_hash, self._recognised = found, {}
        self._by_id = {key.id: key for key in found.values()}

    async def note_use(self, work: Work) -> None:
        """Write which were used since the last time."""
        used, self._used = self._used, set()
        if used:
            await store_sdk_keys.note_use(work.db, list(used), work.now)

    def alive(self, key_id: UUID) -> SdkKey | None:
        """The key of this id, if it still opens something."""
        return self._by_id.get(key_id)

    def brought_by(self, scope: Scope) -> SdkKey:
        """The key of a request, from `Authorization: Bearer` or `X-API-Key`; waits for nothing.

        Raises Unauthenticated when there is none that opens anything.
        """
        scheme, _, text = (header_of(scope, b"authorization") or "").partition(" ")
        if scheme.lower() != "bearer":
            text = header_of(scope, b"x-api-key") or ""
        return self.of(text)

    def of(self, text: str) -> SdkKey:
        """The key of this text; raises Unauthenticated for one that opens nothing."""
        digest = blake2b(text.encode(), digest_size=16).digest()
        key = self._recognised.get(digest) or self._recognise(digest, text.strip())
        self._used.add(key.id)
        return key

    async def make(
        self,
        work: Work,
        hints: Hints,
        author: Author,
        *,
        environment: str,
        kind: KeyKind,
        name: str,
    ) -> tuple[SdkKey, str]:
        """A new key and its text, which nobody can read again.

        Raises Invalid, NotFound for an unknown environment, and Conflict when there are too many.
        """
        name = name.strip()
        if not 0 < len(name) <= NAME_LENGTH:
            raise Invalid.field("name", N_("Give the key a name of at most 60 characters."))
        if await store.lock_environment(work.db, environment) is None:
            raise no_such_environment()
        if len(await store_sdk_keys.keys_of(work.db, environment)) >= MOST_KEYS:
            raise Conflict(
                N_("This environment has as many SDK keys as it can. Revoke one first."),
                error="too_many_keys",
                facts={"most": MOST_KEYS},
            )
        label = label_of(secrets.randbelow(LABELS))
        key = SdkKey(new_id(), environment, kind, name, label, author.user_id, work.now)
        text = written(label, new_token(), PREFIXES[kind])
        await store_sdk_keys.add(work.db, key, self._vault.digest(PURPOSE, text))
        work.announce(SdkKeyMade(key.id, environment, kind, author.user_id, author.name))
        await hints.tell_with(work, TOPIC, str(key.id))
        return key, text

    async def revoke(
        self, work: Work, hints: Hints, author: Author, key_id: UUID, reason: str
    ) -> None:
        """Let a key open nothing from now on; NotFound when there is no such key.

        Raises Invalid for a reason that is none.
        """
        reason = check_reason(reason)
        key = await store_sdk_keys.revoke(work.db, key_id, author, reason, work.now)
        if key is None:
            raise no_such_key()
        work.announce(
            SdkKeyRevoked(key.id, key.environment, key.kind, author.user_id, author.name, reason)
        )
        await hints.tell_with(work, TOPIC, str(key.id))

    def _recognise(self, digest: bytes, text: str) -> SdkKey:
        found = None
        if is_well_written(text, *PREFIXES.values()):
            hashes = self._vault.digests(PURPOSE, text)
            found = next((self._by_hash[one] for one in hashes if one in self._by_hash), None)
        if found is None:
            raise Unauthenticated(N_("This SDK key opens nothing."), error="invalid_sdk_key")
        if len(self._recognised) >= RECOGNISED:
            self._recognised = {}
        self._recognised[digest] = found
        return found


def no_such_key() -> NotFound:
    """The answer for a key that is not there, or no longer."""
    return NotFound(N_("There is no such SDK key."))


def of_browsers(key: SdkKey) -> SdkKey:
    """The key itself; raises Forbidden for one of a server, which a page would give away."""
    if not key.sees_public_only:
        raise Forbidden(
            N_("This takes a public SDK key: a page shows its key to everybody."),
            error="public_key_required",
        )
    return key


def of_a_server(key: SdkKey) -> SdkKey:
    """The key itself; raises Forbidden for one of a browser."""
    if key.sees_public_only:
        raise Forbidden(
            N_("This takes an SDK key of a server: whoever holds it sees every rule."),
            error="server_key_required",
        )
    return key
