"""Recovery codes: ten for each person, shown once, each good for one sign-in."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from firstmile.identity import store_recovery_codes as store
from firstmile.identity.events import RecoveryCodesMade, RecoveryCodeUsed
from firstmile.kernel.ids import UserId
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work

PURPOSE = "recovery_code"
COUNT = 10
FEW = 3  # left, and it is time to make new ones
# Crockford's base32: no letter that is taken for a digit, and no U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans("OIL", "011")
LENGTH = 24  # letters of 5 bits: 120 bits, so that a keyed hash is enough (ASVS 5.0, 6.5.2)
GROUP = 6
WRAPPED_AS = "shown_recovery_codes"
SHOWN_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Shown:
    """Codes on their way to the page that shows them, and until when it may."""

    user_id: UserId
    codes: list[str]
    until: datetime


class RecoveryCodes:
    """Makes codes and takes them back; the table keeps their keyed hashes."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def ensure(self, work: Work, user_id: UserId) -> list[str] | None:
        """Codes for somebody who has none left, to be shown once; None when some are left.

        Whoever adds a second factor calls this, so that nobody is locked out with a lost phone.
        """
        if await store.count_left(work.db, user_id):
            return None
        return await self.make(work, user_id, with_factor=True)

    async def make(self, work: Work, user_id: UserId, *, with_factor: bool = False) -> list[str]:
        """Ten new codes; the old ones are void. `with_factor` when one was just added."""
        codes = [new_code() for _ in range(COUNT)]
        hashes = [self._vault.digest(PURPOSE, normal(code)) for code in codes]
        await store.replace_codes(work.db, user_id, hashes, work.now)
        work.announce(RecoveryCodesMade(user_id=user_id, with_factor=with_factor))
        return codes

    async def use(self, work: Work, user_id: UserId, code: str) -> bool:
        """Use a code up; False when it is none. Of two at once one gets it."""
        hashes = self._vault.digests(PURPOSE, normal(code))
        if not await store.use_code(work.db, user_id, hashes, work.now):
            return False
        left = await store.count_left(work.db, user_id)
        work.announce(RecoveryCodeUsed(user_id=user_id, left=left))
        return True

    async def drop_if_alone(self, work: Work, user_id: UserId) -> None:
        """Forget the codes of somebody whose last second factor is gone: nothing asks for them."""
        await store.drop_codes_without_factor(work.db, user_id)

    def wrapped(self, user_id: UserId, codes: list[str], now: datetime) -> str:
        """Codes sealed for the person's own browser, which shows them until they are saved."""
        shown = Shown(user_id, codes, now + SHOWN_FOR)
        sealed = self._vault.seal(WRAPPED_AS, msgspec.json.encode(shown))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def unwrapped(self, user_id: UserId, text: str, now: datetime) -> list[str]:
        """The codes in what `wrapped` gave; none when it is old, or another person's."""
        try:
            sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            shown = msgspec.json.decode(self._vault.open(WRAPPED_AS, sealed), type=Shown)
        except ValueError:
            return []
        return shown.codes if shown.user_id == user_id and now < shown.until else []


def new_code() -> str:
    """120 random bits in four groups of six letters."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(letters[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def normal(code: str) -> str:
    """A code as it was made, however it is typed: small letters, spaces, O for 0, I or L for 1."""
    letters = "".join(letter for letter in code if letter.isalnum())
    return letters.upper().translate(MISREAD)
