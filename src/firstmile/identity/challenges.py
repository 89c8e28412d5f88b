"""The random values that authenticators sign: sealed in the hands of who asked, spent once."""

import base64
import binascii
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from firstmile.identity import store_factors
from firstmile.identity.authenticators import CHALLENGE_MINUTES
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Malformed
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work

SEALED_AS = "passkey_challenge"
CHALLENGE_BYTES = 32
LIFE = timedelta(minutes=CHALLENGE_MINUTES)


class Ceremony(StrEnum):
    """What an authenticator is asked for."""

    ADD = "add"
    SIGN_IN = "sign_in"
    SECOND_FACTOR = "second_factor"
    STEP_UP = "step_up"


@dataclass(frozen=True)
class Challenge:
    """A value for one ceremony, of one person once it is known who they are."""

    ceremony: Ceremony
    user_id: UserId | None
    value: bytes
    expires_at: datetime


class Challenges:
    """Makes challenges and takes them back; nothing is kept of one before it is spent."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def make(self, ceremony: Ceremony, user_id: UserId | None, now: datetime) -> tuple[str, bytes]:
        """A challenge as a sealed token, and the value to sign."""
        challenge = Challenge(ceremony, user_id, os.urandom(CHALLENGE_BYTES), now + LIFE)
        sealed = self._vault.seal(SEALED_AS, msgspec.json.encode(challenge))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("="), challenge.value

    def read(
        self, token: str, ceremony: Ceremony, user_id: UserId | None, now: datetime
    ) -> Challenge:
        """What was sealed; Malformed for the token of another ceremony, person or time."""
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            challenge = msgspec.json.decode(self._vault.open(SEALED_AS, sealed), type=Challenge)
        except (binascii.Error, ValueError) as garbage:
            raise challenge_expired() from garbage
        if (challenge.ceremony, challenge.user_id) != (ceremony, user_id):
            raise challenge_expired()
        if now >= challenge.expires_at:
            raise challenge_expired()
        return challenge

    async def spend(self, work: Work, challenge: Challenge) -> None:
        """Use it up; Malformed when it was."""
        value = self._vault.digest(SEALED_AS, challenge.value)
        if not await store_factors.spend(work.db, value, challenge.expires_at):
            raise challenge_expired()


def challenge_expired() -> Malformed:
    """The answer to a challenge that is not ours, not for this, too old or used."""
    return Malformed(N_("That took too long. Try again."), error="challenge_expired")
