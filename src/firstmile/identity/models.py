"""People, their sessions and projects, and the rules that need no I/O."""

import unicodedata
import zoneinfo
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from email_validator.syntax import validate_email_domain_name

from firstmile.identity.policy import Evidence
from firstmile.kernel.ids import SessionId, UserId
from firstmile.kernel.languages import LANGUAGES, N_
from firstmile.kernel.refusals import Invalid

NAME_LENGTH = 80
PROJECT_NAME_LENGTH = 60

# Where a person does business: ISO 3166-1 alpha-2, and the rest of the world.
MARKETS = ("CA", "US", "FR", "BE", "CH", "DE", "GB", "OTHER")


# In the place of a password hash, when two registrations of one address named two passwords:
# no password fits, and whoever confirms the address chooses one.
CONTESTED = "contested"
# The same for an account that came without a password, such as by a provider.
NO_PASSWORD = "none"  # noqa: S105  the absence of one


class Purpose(StrEnum):
    """What a one-time token is good for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  a purpose, not a password
    UNLOCK = "unlock"


class Role(StrEnum):
    """What a person is in a project."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


@dataclass(frozen=True)
class User:
    """One account."""

    id: UserId
    email: str
    email_verified_at: datetime | None
    password_hash: str
    first_name: str
    last_name: str
    job_title: str | None
    locale: str
    time_zone: str | None
    market: str | None
    row_version: int
    created_at: datetime
    epoch: int = 1
    factors_epoch: int = 1
    staff_role: str | None = None
    locked_at: datetime | None = None
    deletion_at: datetime | None = None
    avatar_id: UUID | None = None

    @classmethod
    def registering(
        cls,
        user_id: UserId,
        email: str,
        password_hash: str,
        *,
        names: tuple[str, str],
        locale: str,
        now: datetime,
    ) -> "User":
        """An account as it begins: nothing known but what was asked for."""
        return cls(
            id=user_id,
            email=email,
            email_verified_at=None,
            password_hash=password_hash,
            first_name=names[0],
            last_name=names[1],
            job_title=None,
            locale=locale,
            time_zone=None,
            market=None,
            row_version=1,
            created_at=now,
        )

    @property
    def full_name(self) -> str:
        """How others know them: by their names, or by their address when they gave none."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def is_verified(self) -> bool:
        """Whether the address is known to be theirs."""
        return self.email_verified_at is not None

    @property
    def has_password(self) -> bool:
        """Whether any password fits."""
        return self.password_hash not in (CONTESTED, NO_PASSWORD)

    @property
    def avatar_url(self) -> str | None:
        """Where the picture of the person is; with `/small` after it, a small one."""
        return None if self.avatar_id is None else f"/files/{self.avatar_id}"

    @property
    def has_complete_profile(self) -> bool:
        """Whether the profile holds all we ask for: a name and a time zone."""
        return bool(self.first_name and self.last_name and self.time_zone)


@dataclass(frozen=True)
class SignedInDevice:
    """Where a session is: a browser or program by its name, and its network, not its address."""

    id: UUID | None
    name: str
    network: str


@dataclass(frozen=True)
class Session:
    """One sign-in, whether it travels as a cookie or as tokens."""

    id: SessionId
    user_id: UserId
    evidence: Evidence
    device: SignedInDevice
    refresh_salt: bytes
    generation: int
    created_at: datetime
    rotated_at: datetime
    last_used_at: datetime
    expires_at: datetime
    idle: timedelta
    is_remembered: bool
    ended_at: datetime | None = None
    impersonator_id: UserId | None = None
    impersonation_reason: str | None = None

    def is_alive(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.ended_at is None and now < min(self.expires_at, self.last_used_at + self.idle)


@dataclass(frozen=True)
class Project:
    """What a team works on, and the asking person's role in it; None when a key asks."""

    id: UUID
    name: str
    role: Role | None
    billing_name: str | None
    billing_email: str | None
    created_at: datetime
    deletion_at: datetime | None = None

    @property
    def is_run(self) -> bool:
        """Whether the asking person owns it, and it goes on."""
        return self.role is Role.OWNER and self.deletion_at is None


@dataclass(frozen=True)
class Attempts:
    """How often a sign-in with this address was tried lately, the present try included."""

    failures: int
    limit: int

    @property
    def is_locked(self) -> bool:
        """Whether even the right password is refused."""
        return self.failures > self.limit

    @property
    def locks(self) -> bool:
        """Whether this try, when it fails, closes the door."""
        return self.failures == self.limit


@dataclass(frozen=True)
class Lock:
    """An address closed to sign-ins with a password: until then, or until it is opened by mail."""

    until: datetime | None

    @property
    def is_lasting(self) -> bool:
        """Whether no time opens it."""
        return self.until is None


class Complaints:
    """Collects what is wrong with a form, so that all of it is told at once."""

    def __init__(self) -> None:
        self._found: list[dict[str, Any]] = []

    def add(self, field: str, message: str, **facts: Any) -> None:
        """Something is wrong with this field; `facts` may stand in the message by their names."""
        self._found.append({"field": field, "message": message, **facts})

    def raise_any(self) -> None:
        """Raise Invalid when anything was found."""
        if self._found:
            raise Invalid(N_("Some of this needs another look."), details=self._found)

    def email(self, field: str, value: str, *, with_test_domains: bool) -> str:
        """The address in its normal form (RFC 5321, RFC 6531), or as given with a complaint.

        Letters that only look different are made one before anything is looked at.
        """
        try:
            checked = validate_email(
                unicodedata.normalize("NFKC", value).strip(),
                check_deliverability=False,
                allow_smtputf8=False,
                test_environment=with_test_domains,
            )
        except EmailNotValidError:
            self.add(field, N_("Enter a mail address, like name@example.com."))
            return value
        return checked.normalized

    def text(self, field: str, value: str, *, most: int, missing: str) -> str:
        """A line of text without control characters."""
        clean = " ".join(value.split())
        if not clean:
            self.add(field, missing)
        elif len(clean) > most or not clean.isprintable():
            self.add(field, N_("This is too long or has characters we cannot print."))
        return clean

    def name(self, field: str, value: str, *, missing: str) -> str:
        """A person's name. It stands in our mails, so it holds nothing a mail program links."""
        clean = self.text(field, value, most=NAME_LENGTH, missing=missing)
        if any(sign in clean.lower() for sign in ("/", "@", "www.", "<", ">")):
            self.add(field, N_("A name has no address in it."))
        return clean

    def time_zone(self, field: str, value: str) -> None:
        """A name of the IANA time zone database."""
        if value not in time_zones():
            self.add(field, N_("Choose a time zone from the list."))

    def market(self, field: str, value: str) -> None:
        """One of the markets we serve."""
        if value not in MARKETS:
            self.add(field, N_("Choose a market from the list."))

    def locale(self, field: str, value: str) -> None:
        """One of the languages we speak."""
        if value not in LANGUAGES:
            self.add(field, N_("Choose a language from the list."))


@cache
def time_zones() -> frozenset[str]:
    """The geographical names of the IANA database."""
    return frozenset(
        name
        for name in zoneinfo.available_timezones()
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "posix/", "right/"))
    ) | {"UTC"}


def letters_of(text: str) -> str:
    """The bare letters, without accents, case, digits or marks: `Ève-1` is `eve`."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalpha())


def key_of(email: str) -> str:
    """The form of an address that every spelling of the same mailbox shares.

    Letters that only look different (NFKC) are one, as are capitals and small letters, and a
    domain in its own letters and in those of DNS (UTS 46). Letters that merely look alike, as
    the `ı` of `mıke`, are not.
    """
    # PostgreSQL takes no NUL in text, and no mailbox has one: such an address is nobody's.
    plain = unicodedata.normalize("NFKC", email).strip().lower().replace("\0", "\ufffd")
    local_part, at, domain = plain.rpartition("@")
    if not domain.isascii() or "xn--" in domain:
        with suppress(EmailNotValidError):
            domain = validate_email_domain_name(domain, test_environment=True)["domain"]
    return f"{local_part}{at}{domain}"
