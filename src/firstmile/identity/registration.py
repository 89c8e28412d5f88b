"""Registering, and proving that an address is one's own."""

from dataclasses import dataclass
from datetime import timedelta

from firstmile.identity import store
from firstmile.identity.events import EmailVerified, UserRegistered
from firstmile.identity.mails import Mails
from firstmile.identity.models import NAME_LENGTH, Complaints, Purpose, User
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.ids import UserId, new_id, new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Malformed
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works

RESEND = "resend_verification"


@dataclass(frozen=True)
class Registration:
    """A checked request for an account."""

    email: str
    password: str
    first_name: str
    last_name: str
    locale: str


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

    def __init__(self, vault: Vault, mails: Mails, settings: IdentitySettings) -> None:
        self._vault = vault
        self._mails = mails
        self._settings = settings

    async def register(self, work: Work, asked: Registration, password_hash: str) -> None:
        """Open an account, or write to the address about the one it has.

        An address that nobody has confirmed reserves nothing: what this registration says
        counts for whoever opens its own mail.
        """
        user = User(
            id=UserId(new_id()),
            email=asked.email,
            email_verified_at=None,
            password_hash=password_hash,
            first_name=asked.first_name,
            last_name=asked.last_name,
            job_title=None,
            locale=asked.locale,
            time_zone=None,
            market=None,
            row_version=1,
            created_at=work.now,
        )
        if await store.add_user(work.db, user):
            work.announce(UserRegistered(user_id=user.id))
            await self._ask_to_verify(work, user, None)
            return
        known = await store.user_by_email(work.db, asked.email)
        if known is None or known.is_verified:
            if known is not None:
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
        redeemed = await store.redeem(work.db, Purpose.VERIFY_EMAIL, self._hashes(token), work.now)
        if redeemed is None:
            raise token_invalid()
        await store.void_tokens(work.db, redeemed.user_id, Purpose.VERIFY_EMAIL, work.now)
        user = await store.verify_email(work.db, redeemed.user_id, redeemed.registration, work.now)
        if user is None:
            return await store.user_by_id(work.db, redeemed.user_id)
        work.announce(EmailVerified(user_id=user.id))
        return user

    async def is_open(self, works: Works, token: str) -> bool:
        """Whether this link would be taken; looking does not use it up."""
        async with works.database.lease() as db:
            return await store.is_redeemable(
                db, Purpose.VERIFY_EMAIL, self._hashes(token), works.clock()
            )

    async def resend(self, work: Work, address: str) -> None:
        """Send another link when there is an account that waits for one.

        Runs as a job, so that the answer to the request costs the same for every address.
        """
        user = await store.user_by_email(work.db, address)
        if user is not None and not user.is_verified:
            await self._ask_to_verify(work, user, None)

    def _hashes(self, token: str) -> list[bytes]:
        return self._vault.digests(Purpose.VERIFY_EMAIL, token)

    async def _ask_to_verify(
        self, work: Work, user: User, registration: dict[str, str] | None
    ) -> None:
        token_id, token = new_id(), new_token()
        await store.add_token(
            work.db,
            token_id,
            user.id,
            Purpose.VERIFY_EMAIL,
            self._vault.digest(Purpose.VERIFY_EMAIL, token),
            now=work.now,
            expires_at=work.now + timedelta(hours=self._settings.verification_hours),
            registration=registration,
        )
        first_name = (registration or {}).get("firstName")
        await self._mails.verification(work, user, token_id, token, first_name=first_name)


def token_invalid() -> Malformed:
    """The answer to a token that is spent, expired or unknown; it does not say which."""
    return Malformed(
        N_("This link has expired or was already used. Ask for a new one."), error="token_invalid"
    )
