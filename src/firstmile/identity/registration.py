"""Registering, and proving that an address is one's own."""

import base64
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec

from firstmile.identity import store
from firstmile.identity.events import EmailVerified, UserRegistered
from firstmile.identity.login import SUBJECT
from firstmile.identity.mails import Mails
from firstmile.identity.models import CONTESTED, Complaints, Purpose, User, key_of
from firstmile.identity.passwords import Passwords
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.strength import PasswordRules, words_about
from firstmile.identity.tokens import OneTimeTokens
from firstmile.kernel.ids import UserId, new_id, new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unavailable
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works
from firstmile.protect.switches import Area, Switches

ANSWER = "answer_registration"
RESEND = "resend_verification"
SEALED_AS = "registration"
SIGN_UP_RETRY = 300  # seconds: somebody is at work on it, and nobody need try sooner


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
    """A registration on its way to the job that writes to its address."""

    user_id: UserId
    token_id: UUID
    asked: Registration


def checked_registration(
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    *,
    locale: str,
    rules: PasswordRules,
    with_test_domains: bool,
) -> Registration:
    """The request in its normal form; raises Invalid with all that is wrong with it."""
    complaints = Complaints()
    first = complaints.name("firstName", first_name, missing=N_("Tell us your first name."))
    last = complaints.name("lastName", last_name, missing=N_("Tell us your last name."))
    address = complaints.email("email", email, with_test_domains=with_test_domains)
    rules.check(complaints, "password", password, about=words_about(address, first, last))
    complaints.raise_any()
    return Registration(address, password, first, last, locale)


def requires_sign_up(switches: Switches) -> None:
    """Raise Unavailable while nobody can make an account."""
    if switches.is_off(Area.SIGN_UP):
        raise Unavailable(
            N_("New accounts cannot be made right now. Please try again later."),
            error="sign_up_off",
            retry_after=SIGN_UP_RETRY,
        )


class Registrar:
    """Takes registrations and confirms addresses."""

    def __init__(
        self,
        vault: Vault,
        passwords: Passwords,
        tokens: OneTimeTokens,
        mails: Mails,
        settings: IdentitySettings,
    ) -> None:
        self._vault = vault
        self._passwords = passwords
        self._tokens = tokens
        self._mails = mails
        self._settings = settings

    async def register(self, work: Work, asked: Registration, password_hash: str) -> None:
        """Open an account, unless the address has one; a job then writes to the address.

        For an address that has one a stranger's account is opened and undone, so that the
        answer takes as long.
        """
        known = await store.user_by_email(work.db, asked.email)
        user = User.registering(
            UserId(new_id()),
            asked.email if known is None else f"{new_token()}@stranger.invalid",
            password_hash,
            names=(asked.first_name, asked.last_name),
            locale=asked.locale,
            now=work.now,
        )

        async def open_account() -> bool:
            is_free = await store.add_user(work.db, user)
            work.announce(UserRegistered(user_id=user.id))
            return is_free and known is None

        await work.rehearse(open_account)
        wanted = Wanted(user.id, new_id(), asked)
        work.enqueue(ANSWER, self._vault.seal(SEALED_AS, msgspec.json.encode(wanted)))

    async def answer(self, work: Work, sealed: str) -> None:
        """Write to the address that registered: a link, or word of the account it has.

        Runs as a job. When the address has an account that nobody confirmed, and the passwords
        differ, none of them counts: who reads the mail chooses one.
        """
        opened = self._vault.open(SEALED_AS, base64.b64decode(sealed))
        wanted = msgspec.json.decode(opened, type=Wanted)
        user = await store.user_by_email(work.db, wanted.asked.email)
        if user is None:
            return
        if user.is_verified:
            await self._mails.account_exists(work, user, wanted.token_id)
            return
        if user.id != wanted.user_id:
            check = await self._passwords.check(wanted.asked.password, user.password_hash)
            if not check.fits:
                await store.set_password(work.db, user.id, CONTESTED, work.now)
        await self._ask_to_verify(work, user, wanted.token_id)

    async def verify(self, work: Work, token: str) -> User:
        """Use the token up and confirm its address; raises Malformed for any other token."""
        user_id = await self._tokens.redeem(work, Purpose.VERIFY_EMAIL, token)
        user = await store.verify_email(work.db, user_id, work.now)
        if user is None:
            return await store.user_by_id(work.db, user_id)
        # Who guessed at the address before it was theirs keeps nobody out of it.
        await store.forget_attempts(work.db, self._vault.digests(SUBJECT, key_of(user.email)))
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
            await self._ask_to_verify(work, user, new_id())

    async def _ask_to_verify(self, work: Work, user: User, token_id: UUID) -> None:
        life = timedelta(hours=self._settings.verification_hours)
        token = await self._tokens.issue(work, token_id, user.id, Purpose.VERIFY_EMAIL, life)
        if token is not None:
            await self._mails.verification(work, user, token_id, token)
