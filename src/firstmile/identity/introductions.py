"""Identities that a provider has proved and that no account has yet, as they travel sealed."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from firstmile.identity import store_factors
from firstmile.identity.claims import Identity
from firstmile.identity.departures import expired
from firstmile.identity.linking import Step
from firstmile.identity.models import User, key_of
from firstmile.kernel.ids import new_id
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work

SEALED_AS = "introduction"
SPENT = "introduction_spent"
# Time to find the password of an account, or to have it reset.
TO_SIGN_IN = timedelta(hours=1)


@dataclass(frozen=True)
class Introduction:
    """Somebody whom a provider has introduced, until they show which account is theirs."""

    id: UUID
    identity: Identity
    step: Step
    expires_at: datetime

    def is_for(self, user: User) -> bool:
        """Whether it claims the address of this account.

        Others may use the same browser: nobody is offered what was meant for somebody else.
        """
        email = self.identity.email
        return email is not None and key_of(email) == key_of(user.email)


class Introductions:
    """Seals introductions, and uses each up once."""

    def __init__(self, vault: Vault, *, to_verify: timedelta) -> None:
        self._vault = vault
        self._to_verify = to_verify

    def make(self, identity: Identity, step: Step, now: datetime) -> Introduction:
        """One that lasts as long as what is asked for may take."""
        life = self._to_verify if step is Step.PROVE_ADDRESS else TO_SIGN_IN
        return Introduction(new_id(), identity, step, now + life)

    def seal(self, introduction: Introduction) -> str:
        """The introduction as it travels."""
        sealed = self._vault.seal(SEALED_AS, msgspec.json.encode(introduction))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def read(self, token: str, now: datetime) -> Introduction:
        """What `token` carries; raises Malformed when it is not ours or too old."""
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            opened = self._vault.open(SEALED_AS, sealed)
            introduction = msgspec.json.decode(opened, type=Introduction)
        except (binascii.Error, ValueError) as garbage:
            raise expired() from garbage
        if now >= introduction.expires_at:
            raise expired()
        return introduction

    async def spend(self, work: Work, introduction: Introduction) -> None:
        """Use it up in this transaction; raises Malformed when it was."""
        value = self._vault.digest(SPENT, introduction.id.bytes)
        if not await store_factors.spend(work.db, value, introduction.expires_at):
            raise expired()
