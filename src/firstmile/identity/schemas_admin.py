"""The JSON of what staff see of people and do for them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from firstmile.identity.authenticators import Passkey
from firstmile.identity.models import User
from firstmile.identity.schemas import Text, Wire
from firstmile.identity.sessions import Issued
from firstmile.identity.store_activity import Happening
from firstmile.identity.store_people import Found
from firstmile.identity.store_second_factors import Overview
from firstmile.identity.store_session_list import OpenSession


class ReasonIn(Wire):
    """Why something is done to a person: 10 to 500 characters. It is kept, and may be read."""

    reason: Text


class PersonOut(Wire):
    """A person in a list."""

    id: UUID
    email: str
    email_verified: bool
    first_name: str
    last_name: str
    locked: bool
    staff_role: str | None
    deletion_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, found: Found) -> "PersonOut":
        """The wire form of somebody who was found."""
        return cls(
            id=found.id,
            email=found.email,
            email_verified=found.verified_at is not None,
            first_name=found.first_name,
            last_name=found.last_name,
            locked=found.locked_at is not None,
            staff_role=found.staff_role,
            deletion_at=found.deletion_at,
            created_at=found.created_at,
        )


class PeopleOut(Wire):
    """A page of people; `next` is the cursor of the page after it."""

    items: list[PersonOut]
    next: str | None


class AccountOut(Wire):
    """An account, as staff see it. `epoch` counts what put its tokens out of date."""

    id: UUID
    email: str
    email_verified_at: datetime | None
    first_name: str
    last_name: str
    job_title: str | None
    locale: str
    time_zone: str | None
    market: str | None
    has_password: bool
    locked_at: datetime | None
    lock_reason: str | None
    staff_role: str | None
    deletion_at: datetime | None
    epoch: int
    created_at: datetime

    @classmethod
    def of(cls, user: User, lock_reason: str | None) -> "AccountOut":
        """The wire form of an account."""
        return cls(
            id=user.id,
            email=user.email,
            email_verified_at=user.email_verified_at,
            first_name=user.first_name,
            last_name=user.last_name,
            job_title=user.job_title,
            locale=user.locale,
            time_zone=user.time_zone,
            market=user.market,
            has_password=user.has_password,
            locked_at=user.locked_at,
            lock_reason=lock_reason,
            staff_role=user.staff_role,
            deletion_at=user.deletion_at,
            epoch=user.epoch,
            created_at=user.created_at,
        )


class PersonSessionOut(Wire):
    """A session of a person; `impersonatorId` when staff sit in their place."""

    id: UUID
    device_name: str
    network: str
    methods: list[str]
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    is_remembered: bool
    impersonator_id: UUID | None

    @classmethod
    def of(cls, session: OpenSession) -> "PersonSessionOut":
        """The wire form of a session."""
        return cls(
            id=session.id,
            device_name=session.device_name,
            network=session.network,
            methods=[proof.method for proof in session.evidence],
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.ends_at,
            is_remembered=session.is_remembered,
            impersonator_id=session.impersonator_id,
        )


class PersonSessionsOut(Wire):
    """A page of a person's sessions."""

    items: list[PersonSessionOut]
    next: str | None


class PersonPasskeyOut(Wire):
    """A passkey of a person."""

    name: str
    created_at: datetime
    last_used_at: datetime | None


class PersonFactorsOut(Wire):
    """The second factors of a person, without a word that opens anything."""

    totp_since: datetime | None
    passkeys: list[PersonPasskeyOut]
    recovery_codes_left: int
    trusted_devices: int

    @classmethod
    def of(cls, overview: Overview, passkeys: list[Passkey]) -> "PersonFactorsOut":
        """The wire form of an overview and its passkeys."""
        return cls(
            totp_since=overview.totp_since,
            passkeys=[
                PersonPasskeyOut(
                    name=passkey.name,
                    created_at=passkey.created_at,
                    last_used_at=passkey.last_used_at,
                )
                for passkey in passkeys
            ],
            recovery_codes_left=overview.codes_left,
            trusted_devices=overview.trusted_devices,
        )


class AccountEventOut(Wire):
    """Something that happened to an account; `staffId` when staff did it."""

    id: UUID
    kind: str
    facts: dict[str, Any]
    staff_id: UUID | None
    at: datetime

    @classmethod
    def of(cls, happening: Happening) -> "AccountEventOut":
        """The wire form of a happening."""
        return cls(
            id=happening.id,
            kind=happening.kind,
            facts=happening.facts,
            staff_id=happening.staff_id,
            at=happening.at,
        )


class AccountEventsOut(Wire):
    """A page of what happened, the newest first."""

    items: list[AccountEventOut]
    next: str | None


class SessionsEndedOut(Wire):
    """How many sessions were ended."""

    ended: int


class ImpersonationOut(Wire):
    """A token that acts in the place of a person until `endsAt`. Nothing renews it."""

    access_token: str
    expires_in: int
    ends_at: datetime
    user_id: UUID
    token_type: str = "Bearer"  # noqa: S105  the kind of token

    @classmethod
    def of(cls, issued: Issued) -> "ImpersonationOut":
        """The wire form of a session that began."""
        session = issued.session
        life = int((session.expires_at - session.created_at).total_seconds())
        return cls(
            access_token=issued.access_token,
            expires_in=min(issued.access_seconds, life),
            ends_at=session.expires_at,
            user_id=session.user_id,
        )
