"""Password hashing, off the event loop and never more of it than the machine can bear."""

import asyncio
import base64
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import bcrypt

from firstmile.identity.models import CONTESTED
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unavailable
from firstmile.kernel.secrets import Vault

T = TypeVar("T")

SCHEME = "bcrypt-hmac-sha256"
RETRY_SECONDS = 2


@dataclass(frozen=True)
class Check:
    """The outcome of a check; an outdated hash should be made anew while we know the password."""

    fits: bool
    is_outdated: bool = False


class HashPool:
    """A few threads for slow hashing, with a bounded queue; beyond it the answer is 503.

    bcrypt releases the interpreter lock, so threads are enough. One core is left to the
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

    bcrypt reads 72 bytes and stops at a NUL, so it is given the base64 of a keyed hash of the
    whole password (OWASP Password Storage: "pre-hashing with a pepper"): 44 characters that
    depend on every byte, and that a stolen table cannot guess at without the secret.
    """

    def __init__(self, vault: Vault, pool: HashPool, *, cost: int) -> None:
        self._vault = vault
        self._pool = pool
        self._cost = cost
        # What an unknown address is checked against: the same work as a known one.
        self._decoy = self._hashed(os.urandom(16).hex())

    async def hash(self, password: str) -> str:
        """The hash to keep: scheme, a colon, and bcrypt's own string."""
        return await self._pool.run(lambda: self._hashed(password))

    async def check(self, password: str, kept: str | None) -> Check:
        """Whether the password fits; without a hash it takes as long and never does."""
        is_fitting = kept is not None and kept != CONTESTED
        against = kept if kept is not None and is_fitting else self._decoy
        check = await self._pool.run(lambda: self._checked(password, against))
        return check if is_fitting else Check(fits=False)

    def _hashed(self, password: str) -> str:
        salt = bcrypt.gensalt(self._cost)
        prepared = _prepared(self._vault.digest("password", _normal(password)))
        return f"{SCHEME}:{bcrypt.hashpw(prepared, salt).decode()}"

    def _checked(self, password: str, kept: str) -> Check:
        scheme, _, hashed = kept.partition(":")
        if scheme != SCHEME:
            raise ValueError(f"unknown password scheme {scheme!r}")
        is_cheaper = int(hashed.split("$")[2]) < self._cost
        for age, digest in enumerate(self._vault.digests("password", _normal(password))):
            if bcrypt.checkpw(_prepared(digest), hashed.encode()):
                return Check(fits=True, is_outdated=age > 0 or is_cheaper)
        return Check(fits=False)


def _normal(password: str) -> str:
    """The same password typed on another keyboard has the same bytes (RFC 8265)."""
    return unicodedata.normalize("NFC", password)


def _prepared(digest: bytes) -> bytes:
    return base64.b64encode(digest)
