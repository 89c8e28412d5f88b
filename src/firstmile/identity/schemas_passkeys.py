"""The JSON of passkeys; credentials in the W3C's own (WebAuthn Level 3, section 5.1.8)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, field

from firstmile.identity.authenticators import Passkey
from firstmile.identity.passkeys import Offer
from firstmile.identity.schemas import SignedInOut, Text, Wire

# An RSA key with the longest id takes about 3,000 characters.
Encoded = Annotated[str, Meta(max_length=16_384)]
Token = Annotated[str, Meta(max_length=1000)]


class AttestationIn(Wire):
    """How an authenticator introduces a new key."""

    client_data_json: Encoded = field(name="clientDataJSON")
    attestation_object: Encoded
    transports: Annotated[list[Text], Meta(max_length=20)] = field(default_factory=list)


class AssertionIn(Wire):
    """What an authenticator signed."""

    client_data_json: Encoded = field(name="clientDataJSON")
    authenticator_data: Encoded
    signature: Encoded
    user_handle: Encoded | None = None


class NewCredentialIn(Wire):
    """What `navigator.credentials.create()` gives (`RegistrationResponseJSON`)."""

    id: Encoded
    raw_id: Encoded
    response: AttestationIn
    type: Literal["public-key"]


class CredentialIn(Wire):
    """What `navigator.credentials.get()` gives (`AuthenticationResponseJSON`)."""

    id: Encoded
    raw_id: Encoded
    response: AssertionIn
    type: Literal["public-key"]


class PasskeyIn(Wire):
    """A new passkey; without a name it is called by its keeper or its device."""

    challenge_token: Token
    credential: NewCredentialIn
    name: Text | None = None


class PasskeyNameIn(Wire):
    """Another name for a passkey."""

    name: Text


class PasskeySignInIn(Wire):
    """A passkey as the whole sign-in."""

    challenge_token: Token
    credential: CredentialIn
    remember_me: bool = False


class SecondPasskeyOptionsIn(Wire):
    """The sign-in that waits for its second factor; a browser has it in its cookie."""

    sign_in_token: Annotated[str, Meta(max_length=4096)] | None = None


class SecondPasskeyIn(Wire):
    """A passkey as the second factor of a sign-in."""

    challenge_token: Token
    credential: CredentialIn
    sign_in_token: Annotated[str, Meta(max_length=4096)] | None = None
    trust_device: bool = False


class StepUpPasskeyIn(Wire):
    """A passkey before a sensitive change."""

    challenge_token: Token
    credential: CredentialIn


class PasskeyOptions(Wire):
    """What goes to the authenticator, and the token that comes back with its answer."""

    challenge_token: str
    public_key: dict[str, Any]

    @classmethod
    def of(cls, offer: Offer) -> "PasskeyOptions":
        """The wire form of an offer."""
        return cls(challenge_token=offer.token, public_key=offer.options)


class PasskeyOut(Wire):
    """A passkey in its person's list."""

    id: str
    name: str
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, passkey: Passkey) -> "PasskeyOut":
        """The wire form of a passkey."""
        return cls(
            id=passkey.text_id,
            name=passkey.name,
            backed_up=passkey.is_backed_up,
            created_at=passkey.created_at,
            last_used_at=passkey.last_used_at,
        )


class PasskeysOut(Wire):
    """The passkeys of a person, oldest first."""

    items: list[PasskeyOut]


class PasskeyAddedOut(Wire):
    """The new passkey, recovery codes when there were none, and the session's new tokens."""

    passkey: PasskeyOut
    recovery_codes: list[str] | None
    session: SignedInOut
