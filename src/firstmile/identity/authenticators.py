"""What authenticators answer, held against what they were asked (W3C WebAuthn Level 3, 7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_attestation_object,
    parse_client_data_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from firstmile.identity.models import User
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Malformed, Unauthenticated

CHALLENGE_MINUTES = 5  # the least that the W3C advises, for people who are slow or far (15.1)
ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
# We ask for no attestation; what a browser then leaves of one is nothing, or the key's own.
STATEMENTS = ("none", "packed")
TRANSPORTS = {transport.value for transport in AuthenticatorTransport}
LONGEST_ID = 1023
LONGEST_KEY = 600  # bytes, enough for 4,096 bits of RSA; longer ones are slow to check
PORTS = {"http": 80, "https": 443}
NOBODY = UUID(int=0)
GARBAGE = (
    WebAuthnException,
    InvalidSignature,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    RecursionError,
)

Credential = dict[str, Any]  # a PublicKeyCredential as `toJSON()` writes it


@dataclass(frozen=True)
class Site:
    """Whom passkeys are made for: a host, and the one origin they may be used at."""

    rp_id: str
    origin: str
    name: str

    @classmethod
    def at(cls, base_url: str, name: str) -> "Site":
        """The site at the address people use."""
        parts = urlsplit(base_url)
        host = parts.hostname or ""
        is_usual = parts.port in (None, PORTS.get(parts.scheme))
        return cls(host, f"{parts.scheme}://{host}{'' if is_usual else f':{parts.port}'}", name)

    @property
    def trouble(self) -> str | None:
        """Why no browser makes a passkey at this address; None when they do."""
        if _is_address(self.rp_id):
            return "a passkey belongs to a name, not to a number"
        is_near = self.rp_id == "localhost" or self.rp_id.endswith(".localhost")
        if not is_near and not self.origin.startswith("https:"):
            return "browsers make passkeys over TLS only"
        return None

    def known(self, user_id: UserId, passkeys: "Sequence[Passkey]") -> dict[str, Any]:
        """What a password manager is told to keep (W3C, `AllAcceptedCredentialsOptions`)."""
        return {
            "rpId": self.rp_id,
            "userId": bytes_to_base64url(user_id.bytes),
            "allAcceptedCredentialIds": [passkey.text_id for passkey in passkeys],
        }


@dataclass(frozen=True)
class Passkey:
    """A key of a person: here the public half, the other in their authenticator."""

    user_id: UserId
    id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    aaguid: UUID | None
    name: str
    is_backed_up: bool
    created_at: datetime
    last_used_at: datetime | None

    @property
    def text_id(self) -> str:
        """The id as it stands in addresses and JSON."""
        return bytes_to_base64url(self.id)

    def has_a_copy(self, sign_count: int) -> bool:
        """Whether this count can only come from a second authenticator with the same key.

        The W3C (7.2, step 22) calls a count that does not rise a signal and leaves the rest to
        us. We refuse it: keys that count do so in hardware, which is not copied by accident,
        and the person has other ways in. Zero is no count at all: passkeys that are synced
        between devices report it always, and so does one that moved to such a provider.
        """
        return 0 < sign_count <= self.sign_count


@dataclass(frozen=True)
class Registered:
    """A new key, as its authenticator introduced it."""

    id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    aaguid: UUID | None
    is_backed_up: bool
    knew_person: bool


@dataclass(frozen=True)
class Asserted:
    """A use of a key; `knew_person` when the authenticator checked who uses it."""

    sign_count: int
    is_backed_up: bool
    knew_person: bool


def creation_options(
    site: Site, challenge: bytes, user: User, known: Sequence[Passkey]
) -> dict[str, Any]:
    """What the browser is asked for a new key (`PublicKeyCredentialCreationOptionsJSON`)."""
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=f"{user.first_name} {user.last_name}".strip() or user.email,
        challenge=challenge,
        timeout=CHALLENGE_MINUTES * 60_000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_described(known),
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def request_options(
    site: Site, challenge: bytes, allowed: Sequence[Passkey], *, must_know_person: bool
) -> dict[str, Any]:
    """What the browser is asked for a use of a key (`PublicKeyCredentialRequestOptionsJSON`)."""
    verification = (
        UserVerificationRequirement.REQUIRED
        if must_know_person
        else UserVerificationRequirement.PREFERRED
    )
    options = generate_authentication_options(
        rp_id=site.rp_id,
        challenge=challenge,
        timeout=CHALLENGE_MINUTES * 60_000,
        allow_credentials=_described(allowed),
        user_verification=verification,
    )
    return options_to_json_dict(options)


def checked_registration(site: Site, challenge: bytes, credential: Credential) -> Registered:
    """The key that answers this challenge; raises Malformed for any other answer."""
    try:
        _check_frame(credential)
        statement = base64url_to_bytes(credential["response"]["attestationObject"])
        if parse_attestation_object(statement).fmt not in STATEMENTS:
            raise refused_registration()
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            supported_pub_key_algs=ALGORITHMS,
        )
        # Nothing was signed yet, so a key that is none would only be found out at its first use.
        decoded_public_key_to_cryptography(
            decode_credential_public_key(verified.credential_public_key)
        )
    except GARBAGE as garbage:
        raise refused_registration() from garbage
    if len(verified.credential_id) > LONGEST_ID:
        raise refused_registration()
    if len(verified.credential_public_key) > LONGEST_KEY:
        raise refused_registration()
    aaguid = UUID(verified.aaguid)
    return Registered(
        id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=sorted(TRANSPORTS & set(credential["response"].get("transports") or ())),
        aaguid=None if aaguid == NOBODY else aaguid,
        is_backed_up=verified.credential_backed_up,
        knew_person=verified.user_verified,
    )


def checked_assertion(
    site: Site, challenge: bytes, credential: Credential, passkey: Passkey
) -> Asserted:
    """The use of this key that answers this challenge; raises Unauthenticated for any other."""
    try:
        _check_frame(credential)
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            # The library looks at the count before the signature, when anybody could have
            # written it; `Passkey.has_a_copy` looks at it after.
            credential_current_sign_count=0,
        )
    except GARBAGE as garbage:
        raise refused_passkey() from garbage
    return Asserted(verified.new_sign_count, verified.credential_backed_up, verified.user_verified)


def key_named(credential: Credential) -> tuple[bytes, UserId | None]:
    """The id of the key that is used, and whose it says it is."""
    try:
        key_id = base64url_to_bytes(credential["rawId"])
        handle = credential["response"].get("userHandle")
        return key_id, UserId(UUID(bytes=base64url_to_bytes(handle))) if handle else None
    except GARBAGE as garbage:
        raise refused_passkey() from garbage


def key_id_of(text: str) -> bytes:
    """The id of a key as it stands in addresses; text that is none is the id of no key."""
    try:
        return base64url_to_bytes(text)
    except ValueError:
        return b""


def refused_registration() -> Malformed:
    """The answer to a new key that does not fit what was asked."""
    return Malformed(N_("That passkey could not be added. Try again."), error="passkey_invalid")


def refused_passkey() -> Unauthenticated:
    """The answer to every use of a key that proves nothing; it does not say why."""
    return Unauthenticated(
        N_("That passkey does not fit. Try again, or sign in another way."),
        error="passkey_refused",
    )


def _check_frame(credential: Credential) -> None:
    """Our pages are never framed, so a key that was used in a frame was used by somebody else."""
    told = parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    if told.cross_origin:
        raise ValueError("used in a frame of another site")


def _described(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=passkey.id,
            transports=[AuthenticatorTransport(name) for name in passkey.transports],
        )
        for passkey in passkeys
    ]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
