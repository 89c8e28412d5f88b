"""Password hashing, off the event loop and never more of it than the machine can bear."""

import asyncio
import base64
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from firstmile.identity.foreign import AnyForeign, read_kept
from firstmile.identity.hashing import SCHEMES, Scheme
from firstmile.identity.models import CONTESTED, NO_PASSWORD
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unavailable
from firstmile.kernel.secrets import Vault

T = TypeVar("T")

FOREIGN = "foreign_password"
RETRY_SECONDS = 2


@dataclass(frozen=True)
class Check:
    """The outcome of a check; an outdated hash should be made anew while we know the password."""

    fits: bool
    is_outdated: bool = False


class HashPool:
    """A few threads for slow hashing, with a bounded queue; beyond it the answer is 503.

    The hashes release the interpreter lock, so threads are enough. One core is left to the
    event loop.
    """

    def __init__(self, *, threads: int, queue: int) -> None:
        self._threads = threads or max(1, (os.cpu_count() or 2) - 1)
        self._room = self._threads + queue
        self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix="hash")

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`; raises Unavailable when too much is waiting."""
        if self._room <= 0:
            raise Unavailable(
                N_("Too many sign-ins at once. Try again in a moment."), retry_after=RETRY_SECONDS
            )
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._room += 1

    def close(self) -> None:
        """Let the threads go."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class Passwords:
    """Hashes and checks passwords.

    What is hashed is the base64 of a keyed hash of the whole password (OWASP Password Storage:
    "pre-hashing with a pepper"). bcrypt reads 72 bytes and stops at a NUL; these 44 characters
    depend on every byte, and a stolen table cannot be guessed at without the secret. Hashes that
    other systems made are kept sealed, for the same reason, until their owners sign in.
    """

    def __init__(self, vault: Vault, pool: HashPool, scheme: Scheme) -> None:
        self._vault = vault
        self._pool = pool
        self._scheme = scheme
        # What an unknown address is checked against: the same work as a known one.
        self._decoy = scheme.hash(_prepared(os.urandom(32)))

    async def hash(self, password: str) -> str:
        """The hash to keep: the name of the scheme, a colon, and the scheme's own string."""
        return await self._pool.run(lambda: self._hashed(password))

    async def check(self, password: str, kept: str | None) -> Check:
        """Whether the password fits; without a hash it takes as long and never does."""
        return await self._pool.run(lambda: self._checked(password, kept))

    def adopt(self, hashed: AnyForeign) -> str:
        """What to keep of a hash that another system made."""
        sealed = self._vault.seal(FOREIGN, msgspec.json.encode(hashed))
        return f"{FOREIGN}:{base64.b64encode(sealed).decode()}"

    def _hashed(self, password: str) -> str:
        prepared = _prepared(self._vault.digest("password", _normal(password)))
        return f"{self._scheme.name}:{self._scheme.hash(prepared)}"

    def _checked(self, password: str, kept: str | None) -> Check:
        name, _, hashed = (kept or NO_PASSWORD).partition(":")
        if name == self._scheme.name:
            return self._checked_own(self._scheme, password, hashed)
        if name in (NO_PASSWORD, CONTESTED):
            self._work_in_vain(password)
            return Check(fits=False)
        # While the hash is of another kind, the time of our own must not be missing.
        with ThreadPoolExecutor(1) as beside:
            check = beside.submit(self._checked_other, name, password, hashed)
            self._work_in_vain(password)
            return check.result()

    def _checked_own(self, scheme: Scheme, password: str, hashed: str) -> Check:
        is_cheaper = scheme is not self._scheme or scheme.is_cheaper(hashed)
        for age, digest in enumerate(self._vault.digests("password", _normal(password))):
            if scheme.fits(_prepared(digest), hashed):
                return Check(fits=True, is_outdated=age > 0 or is_cheaper)
        return Check(fits=False)

    def _checked_other(self, name: str, password: str, hashed: str) -> Check:
        if name != FOREIGN:
            return self._checked_own(SCHEMES[name], password, hashed)
        try:
            foreign = read_kept(self._vault.open(FOREIGN, base64.b64decode(hashed)))
        except ValueError:  # sealed with a secret that is gone, as a hash of ours would be
            return Check(fits=False)
        # The other system may not have made the same letters of two keyboards equal.
        spellings = {password.encode(), _normal(password).encode()}
        return Check(fits=any(map(foreign.fits, spellings)), is_outdated=True)

    def _work_in_vain(self, password: str) -> None:
        self._checked_own(self._scheme, password, self._decoy)


def _normal(password: str) -> str:
    """The same password typed on another keyboard has the same bytes (RFC 8265)."""
    return unicodedata.normalize("NFC", password)


def _prepared(digest: bytes) -> bytes:
    return base64.b64encode(digest)
