"""The JSON of second factors and of one's sessions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from firstmile.identity.factors import Enrolment
from firstmile.identity.schemas import SignedInOut, Text, Wire
from firstmile.identity.store_second_factors import Overview
from firstmile.identity.store_session_list import OpenSession
from firstmile.kernel.ids import SessionId

# Sealed evidence; three proofs and a name take about 700 characters.
SignInToken = Annotated[str, Meta(max_length=4096)]


class SecondFactorIn(Wire):
    """A code of an authenticator app, or a recovery code, to finish a sign-in.

    A browser has the sign-in in its cookie; another client was given `signInToken`.
    """

    code: Text
    sign_in_token: SignInToken | None = None
    trust_device: bool = False


class StepUpIn(Wire):
    """Credentials shown anew; where there is a second factor, `code` is needed."""

    password: Text | None = None
    code: Text | None = None


class CodeIn(Wire):
    """The six digits an authenticator app shows."""

    code: Text


class TotpOut(Wire):
    """What an authenticator app takes: by picture, by address or by hand (base32)."""

    secret: str
    uri: str
    qr_svg: str

    @classmethod
    def of(cls, enrolment: Enrolment) -> "TotpOut":
        """The wire form of an enrolment."""
        return cls(secret=enrolment.secret, uri=enrolment.uri, qr_svg=enrolment.qr_svg)


class TotpConfirmedOut(Wire):
    """Recovery codes when there were none, and the session's new tokens."""

    recovery_codes: list[str] | None
    session: SignedInOut


class RecoveryCodesOut(Wire):
    """Ten recovery codes, shown this once."""

    recovery_codes: list[str]


class FactorsOut(Wire):
    """One's second factors; `totpSince` is null without an authenticator app."""

    totp_since: datetime | None
    passkeys: int
    recovery_codes_left: int
    recovery_codes_made_at: datetime | None
    trusted_devices: int

    @classmethod
    def of(cls, overview: Overview) -> "FactorsOut":
        """The wire form of an overview."""
        return cls(
            totp_since=overview.totp_since,
            passkeys=overview.passkeys,
            recovery_codes_left=overview.codes_left,
            recovery_codes_made_at=overview.codes_made_at,
            trusted_devices=overview.trusted_devices,
        )


class SessionOut(Wire):
    """A session; it ends at `expiresAt` when it is not used. `network` is no exact address."""

    id: UUID
    device_name: str
    network: str
    methods: list[str]
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    is_current: bool
    is_remembered: bool
    is_support: bool

    @classmethod
    def of(cls, session: OpenSession, current: SessionId) -> "SessionOut":
        """The wire form of a session, seen from another or the same one."""
        return cls(
            id=session.id,
            device_name=session.device_name,
            network=session.network,
            methods=[proof.method for proof in session.evidence],
            created_at=session.created_at,
            last_used_at=session.last_used_at,
            expires_at=session.ends_at,
            is_current=session.id == current,
            is_remembered=session.is_remembered,
            is_support=session.impersonator_id is not None,
        )


class SessionsOut(Wire):
    """A page of sessions; `next` is the cursor of the page after it."""

    items: list[SessionOut]
    next: str | None = None


class EndedOut(Wire):
    """How many sessions were ended."""

    ended: int
