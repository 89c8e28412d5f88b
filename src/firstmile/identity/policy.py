"""Who gets a session: what was proved, held against what the account asks for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Method(StrEnum):
    """A way to prove who one is."""

    PASSWORD = "password"  # noqa: S105  a way, not a password
    SOCIAL = "social"
    PASSKEY = "passkey"
    MAIL = "mail"
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    TRUSTED_DEVICE = "trusted_device"
    STAFF = "staff"


# What may open a sign-in, and what may stand beside it. A passkey may do either.
FIRST = frozenset({Method.PASSWORD, Method.SOCIAL, Method.PASSKEY, Method.MAIL, Method.STAFF})
SECOND = frozenset({Method.TOTP, Method.RECOVERY_CODE, Method.PASSKEY, Method.TRUSTED_DEVICE})
# What a person shows anew before a sensitive change.
CREDENTIALS = frozenset(
    {Method.PASSWORD, Method.SOCIAL, Method.PASSKEY, Method.TOTP, Method.RECOVERY_CODE}
)
# How RFC 8176 calls them.
REFERENCES = {
    Method.PASSWORD: "pwd",
    Method.PASSKEY: "pop",
    Method.TOTP: "otp",
    Method.RECOVERY_CODE: "otp",
}


@dataclass(frozen=True)
class Proof:
    """One thing that was proved, and when; a passkey says whether it knew its person."""

    method: Method
    at: datetime
    knew_person: bool = False

    @property
    def opens(self) -> bool:
        """Whether it may open a sign-in: a key that did not ask its person only stands beside."""
        return self.method in FIRST and (self.method is not Method.PASSKEY or self.knew_person)

    @property
    def is_enough_alone(self) -> bool:
        """Whether it is two factors in one: a key that was opened by its person."""
        return self.method is Method.PASSKEY and self.knew_person

    def replaces(self, older: "Proof") -> bool:
        """Whether it says all that the older one said; a key that was only touched does not."""
        return self.method is older.method and self.knew_person >= older.knew_person


Evidence = tuple[Proof, ...]


@dataclass(frozen=True)
class Demands:
    """What an account asks of whoever wants to come in."""

    is_verified: bool
    is_locked: bool = False
    has_totp: bool = False
    has_passkey: bool = False
    has_recovery_codes: bool = False

    @property
    def second_factors(self) -> frozenset[Method]:
        """What may stand beside the first factor; nothing when the account has no second."""
        if not (self.has_totp or self.has_passkey):
            return frozenset()
        has = {
            Method.TOTP: self.has_totp,
            Method.PASSKEY: self.has_passkey,
            Method.RECOVERY_CODE: self.has_recovery_codes,
        }
        return frozenset(method for method, is_there in has.items() if is_there)


@dataclass(frozen=True)
class Allowed:
    """A session may begin on this evidence. Only `decide` makes one."""

    evidence: Evidence


@dataclass(frozen=True)
class Asked:
    """Something more is to be proved first: one of these."""

    methods: tuple[Method, ...]


class Barrier(StrEnum):
    """Why no proof at all opens the account now."""

    ACCOUNT_LOCKED = "account_locked"
    EMAIL_NOT_VERIFIED = "email_not_verified"


Verdict = Allowed | Asked | Barrier


def decide(evidence: Iterable[Proof], demands: Demands) -> Verdict:
    """Whether this evidence opens this account, and if not, what is missing.

    The state of an account is told only to somebody who proved a first factor (ASVS 5.0, 6.3.8).
    """
    proofs = tuple(evidence)
    methods = {proof.method for proof in proofs}
    if not any(proof.opens for proof in proofs):
        return Asked(tuple(sorted(FIRST - {Method.STAFF, Method.MAIL})))
    if demands.is_locked:
        return Barrier.ACCOUNT_LOCKED
    if not demands.is_verified:
        return Barrier.EMAIL_NOT_VERIFIED
    if demands.second_factors and Method.STAFF not in methods and not has_two_factors(proofs):
        return Asked(tuple(sorted(demands.second_factors - methods)))
    if not demands.second_factors:  # what was shown of one that is gone stands beside nothing
        proofs = tuple(proof for proof in proofs if proof.method not in SECOND) or proofs
    return Allowed(proofs)


def has_two_factors(evidence: Iterable[Proof]) -> bool:
    """Whether two different things were proved, or one that is two (NIST 800-63B-4, 2.2)."""
    proofs = tuple(evidence)
    if any(proof.is_enough_alone for proof in proofs):
        return True
    return any(proof.opens for proof in proofs) and any(proof.method in SECOND for proof in proofs)


def added(evidence: Iterable[Proof], *newer: Proof) -> Evidence:
    """The evidence with newer proofs, each in the place of an older one that says no more."""
    kept = (old for old in evidence if not any(new.replaces(old) for new in newer))
    return (*kept, *newer)


def proved_at(evidence: Iterable[Proof]) -> datetime | None:
    """When a credential was last shown; where there are two factors, the second of them.

    So nobody takes a second factor away with the password alone, nor from a trusted device, which
    is no credential: there it was never shown.
    """
    proofs = tuple(evidence)
    counted = CREDENTIALS & SECOND if has_two_factors(proofs) else CREDENTIALS
    return max((proof.at for proof in proofs if proof.method in counted), default=None)


def references(evidence: Iterable[Proof]) -> list[str]:
    """Authentication method references of a token (RFC 8176)."""
    proofs = tuple(evidence)
    found = {REFERENCES[proof.method] for proof in proofs if proof.method in REFERENCES}
    return sorted(found | ({"mfa"} if has_two_factors(proofs) else set()))
