"""Who a provider says somebody is, and what we believe of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from firstmile.identity.models import Complaints
from firstmile.identity.providers import Provider, Trust
from firstmile.kernel.refusals import Invalid

# OpenID Connect Core 1.0, section 2: at most 255 ASCII characters.
SUBJECT = re.compile(r"[\x20-\x7e]{1,255}")
LABEL_LENGTH = 254
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Identity:
    """Who a provider says somebody is. Only `issuer` and `subject` together name a person."""

    provider: str
    issuer: str
    subject: str
    label: str
    email: str | None
    is_email_confirmed: bool
    first_name: str
    last_name: str
    proved_at: datetime
    authenticated_at: datetime | None = None

    @property
    def shown_at(self) -> datetime:
        """When a credential was shown, for all we know: a browser may be signed in there long."""
        return min(self.authenticated_at or self.proved_at, self.proved_at)


def identity_of(
    provider: Provider,
    claims: Mapping[str, Any],
    *,
    issuer: str,
    now: datetime,
    with_test_domains: bool = False,
) -> Identity | None:
    """What these checked claims say of a person; None when they name nobody."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not SUBJECT.fullmatch(subject):
        return None
    email = _address(claims.get("email"), with_test_domains=with_test_domains)
    first, last = names_of(claims)
    label = email or _line(claims.get("preferred_username")) or f"{first} {last}".strip()
    return Identity(
        provider=provider.key,
        issuer=issuer,
        subject=subject,
        label=label[:LABEL_LENGTH],
        email=email,
        is_email_confirmed=_is_confirmed(provider, claims, email),
        first_name=first,
        last_name=last,
        proved_at=now,
        authenticated_at=_moment(claims.get("auth_time")),
    )


def names_of(claims: Mapping[str, Any]) -> tuple[str, str]:
    """First and last name by our rules for names; empty when a claim breaks them."""
    first, last = claims.get("given_name"), claims.get("family_name")
    if not isinstance(first, str) and not isinstance(last, str):
        whole = claims.get("name")
        first, _, last = (whole if isinstance(whole, str) else "").strip().partition(" ")
    return _name(first), _name(last)


def _is_confirmed(provider: Provider, claims: Mapping[str, Any], email: str | None) -> bool:
    """Whether the address needs no mail of ours to prove it.

    An address that had to be changed to be in normal form, save for its case, is not the one
    that was verified.
    """
    given = claims.get("email")
    said = claims.get("email_verified")
    is_said = said is True or said == "true"  # Apple writes the truth as text
    if email is None or not is_said or str(given).casefold() != email.casefold():
        return False
    if not str(given).isascii():
        return False
    if provider.trust is Trust.WHEN_ITS_OWN:
        # What Google says of when it is the authority for an address.
        return email.endswith("@gmail.com") or bool(_line(claims.get("hd")))
    return provider.trust is Trust.WHEN_SAID


def _address(given: object, *, with_test_domains: bool) -> str | None:
    """The address in normal form; None for one that registering would refuse."""
    if not isinstance(given, str):
        return None
    complaints = Complaints()
    email = complaints.email("email", given, with_test_domains=with_test_domains)
    return None if _has_any(complaints) else email


def _name(given: object) -> str:
    complaints = Complaints()
    name = complaints.name("name", given if isinstance(given, str) else "", missing="")
    return "" if _has_any(complaints) else name


def _line(given: object) -> str:
    """A line of text as a provider says it, without what cannot be printed."""
    text = " ".join(given.split()) if isinstance(given, str) else ""
    return "".join(sign for sign in text if sign.isprintable())


def _moment(given: object) -> datetime | None:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    try:
        return EPOCH + timedelta(seconds=given)
    except (ValueError, OverflowError):
        return None


def _has_any(complaints: Complaints) -> bool:
    try:
        complaints.raise_any()
    except Invalid:
        return True
    return False
