"""Registering, and proving that an address is one's own."""

import base64
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from firstmile.identity import store
from firstmile.identity.events import EmailVerified, UserRegistered
from firstmile.identity.mails import Mails
from firstmile.identity.models import NAME_LENGTH, Complaints, Purpose, User
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.tokens import OneTimeTokens
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works

REGISTER = "register"
RESEND = "resend_verification"
SEALED_AS = "registration"


@dataclass(frozen=True)
class Registration:
    """A checked request for an account."""

    email: str
    password: str
    first_name: str
    last_name: str
    locale: str


@dataclass(frozen=True)
class Wanted:
    """A registration on its way to the job that decides about it."""

    user_id: UserId
    asked: Registration
    password_hash: str


def checked_registration(
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    *,
    locale: str,
    with_test_domains: bool,
) -> Registration:
    """The request in its normal form; raises Invalid with all that is wrong with it."""
    complaints = Complaints()
    first = complaints.text(
        "firstName", first_name, most=NAME_LENGTH, missing=N_("Tell us your first name.")
    )
    last = complaints.text(
        "lastName", last_name, most=NAME_LENGTH, missing=N_("Tell us your last name.")
    )
    address = complaints.email("email", email, with_test_domains=with_test_domains)
    local_part = address.partition("@")[0]
    complaints.password(
        "password", password, unlike=(address, local_part, first, last, f"{first} {last}")
    )
    complaints.raise_any()
    return Registration(address, password, first, last, locale)


class Registrar:
    """Takes registrations and confirms addresses."""

    def __init__(
        self, vault: Vault, tokens: OneTimeTokens, mails: Mails, settings: IdentitySettings
    ) -> None:
        self._vault = vault
        self._tokens = tokens
        self._mails = mails
        self._settings = settings

    def ask(self, work: Work, asked: Registration, password_hash: str) -> None:
        """Take a registration; a job decides about it.

        Whether or not the address has an account, the answer then waits for one and the same
        row: the time it takes tells nothing.
        """
        wanted = Wanted(UserId(new_id()), asked, password_hash)
        work.enqueue(REGISTER, self._vault.seal(SEALED_AS, msgspec.json.encode(wanted)))

    async def register(self, work: Work, sealed: str) -> None:
        """Open an account, or write to the address about the one it has. Runs as a job.

        An address that nobody has confirmed reserves nothing: what this registration says
        counts for whoever opens its own mail.
        """
        opened = self._vault.open(SEALED_AS, base64.b64decode(sealed))
        wanted = msgspec.json.decode(opened, type=Wanted)
        asked, password_hash = wanted.asked, wanted.password_hash
        user = User.registering(
            wanted.user_id,
            asked.email,
            password_hash,
            names=(asked.first_name, asked.last_name),
            locale=asked.locale,
            now=work.now,
        )
        if await store.add_user(work.db, user):
            work.announce(UserRegistered(user_id=user.id))
            await self._ask_to_verify(work, user, None)
            return
        known = await store.user_by_email(work.db, asked.email)
        if known is None or known.id == user.id:
            return  # gone in between, or opened by this very job before it was run again
        if known.is_verified:
            await self._mails.account_exists(work, known)
            return
        said = {
            "passwordHash": password_hash,
            "firstName": asked.first_name,
            "lastName": asked.last_name,
        }
        await self._ask_to_verify(work, known, said)

    async def verify(self, work: Work, token: str) -> User:
        """Use the token up and confirm its address; raises Malformed for any other token."""
        redeemed = await self._tokens.redeem(work, Purpose.VERIFY_EMAIL, token)
        user = await store.verify_email(work.db, redeemed.user_id, redeemed.registration, work.now)
        if user is None:
            return await store.user_by_id(work.db, redeemed.user_id)
        work.announce(EmailVerified(user_id=user.id))
        return user

    async def is_open(self, works: Works, token: str) -> bool:
        """Whether this link would be taken; looking does not use it up."""
        return await self._tokens.is_open(works, Purpose.VERIFY_EMAIL, token)

    async def resend(self, work: Work, address: str) -> None:
        """Send another link when there is an account that waits for one.

        Runs as a job, so that the answer to the request costs the same for every address.
        """
        user = await store.user_by_email(work.db, address)
        if user is not None and not user.is_verified:
            await self._ask_to_verify(work, user, None)

    async def _ask_to_verify(
        self, work: Work, user: User, registration: dict[str, str] | None
    ) -> None:
        life = timedelta(hours=self._settings.verification_hours)
        token_id, token = await self._tokens.issue(
            work, user.id, Purpose.VERIFY_EMAIL, life, registration
        )
        first_name = (registration or {}).get("firstName")
        await self._mails.verification(work, user, token_id, token, first_name=first_name)
