"""People on their way to a provider: what we gave them along, and what they come back with."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import msgspec

from firstmile.identity import store_factors
from firstmile.identity.provider_door import cancelled, refused, unavailable
from firstmile.identity.providers import Provider
from firstmile.kernel.ids import UserId, new_id, new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Malformed, Refusal
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Works

T = TypeVar("T")

SEALED_AS = "departure"
SPENT = "departure_spent"
HANDED_ON_AS = "handed_on"
LIFE = timedelta(minutes=10)
HANDED_ON = timedelta(minutes=1)
FIELD_LENGTH = 4096
VERIFIER_BYTES = 48  # 64 characters; RFC 7636 asks for 43 to 128
# Errors by which a provider says that it is not itself (RFC 6749, section 4.1.2.1).
OUT_OF_ORDER = ("server_error", "temporarily_unavailable")


class Errand(StrEnum):
    """What somebody is sent to a provider for."""

    SIGN_IN = "sign_in"
    CONNECT = "connect"
    STEP_UP = "step_up"


class Way(StrEnum):
    """Whether the browser of our pages left, or an application that asked by the API."""

    PAGE = "page"
    API = "api"


@dataclass(frozen=True)
class Departure:
    """One person's way to a provider. It travels sealed, and is good for one return."""

    id: UUID
    provider: str
    errand: Errand
    way: Way
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    left_at: datetime
    goal: str = ""
    is_remembered: bool = False
    user_id: UserId | None = None

    @property
    def expires_at(self) -> datetime:
        """When it is too late to come back."""
        return self.left_at + LIFE


@dataclass(frozen=True)
class Return:
    """What a provider sent back by way of the browser: nothing of it is believed as it stands."""

    state: str = ""
    code: str = ""
    issuer: str | None = None
    failure: str = ""
    # A form of Apple's, with the name, the first time only.
    user: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "Return":
        """What the fields of an address or of a form say."""
        return cls(
            state=fields.get("state", ""),
            code=fields.get("code", ""),
            issuer=fields.get("iss"),
            failure=fields.get("error", ""),
            user=fields.get("user", ""),
        )


@dataclass(frozen=True)
class HandedOn:
    """A return that came as a form of another site, on its way to come again as a visit."""

    provider: str
    until: datetime
    returned: Return


class Departures:
    """Seals departures, and takes each back once."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def prepare(
        self,
        provider: Provider,
        errand: Errand,
        way: Way,
        *,
        redirect_uri: str,
        now: datetime,
        goal: str = "",
        is_remembered: bool = False,
        user_id: UserId | None = None,
    ) -> Departure:
        """A departure with everything in it that must be new each time."""
        return Departure(
            id=new_id(),
            provider=provider.key,
            errand=errand,
            way=way,
            state=new_token(),
            nonce=new_token(),
            verifier=secrets.token_urlsafe(VERIFIER_BYTES),
            redirect_uri=redirect_uri,
            left_at=now,
            goal=goal,
            is_remembered=is_remembered,
            user_id=user_id,
        )

    def seal(self, departure: Departure) -> str:
        """The departure as it travels."""
        return _text(self._vault.seal(SEALED_AS, msgspec.json.encode(departure)))

    def read(self, token: str, way: Way, now: datetime) -> Departure:
        """What `token` carries; raises Malformed when it is not ours, too old, or of another way.

        The way is told apart so that no page finishes what an application began.
        """
        departure = _opened(self._vault, SEALED_AS, token, Departure)
        if departure.way is not way or not departure.left_at <= now < departure.expires_at:
            raise expired()
        return departure

    def hand_on(self, provider: Provider, fields: Mapping[str, str], now: datetime) -> str:
        """A form that was posted here, sealed for the minute it takes to ask for it again."""
        if any(len(value) > FIELD_LENGTH for value in fields.values()):
            raise refused("form_too_large", provider=provider.key)
        handed = HandedOn(provider.key, now + HANDED_ON, Return.of(fields))
        return _text(self._vault.seal(HANDED_ON_AS, msgspec.json.encode(handed)))

    def handed_on(self, provider: Provider, answer: str, now: datetime) -> Return:
        """The form that was sealed; raises Malformed when it is not ours or too old."""
        handed = _opened(self._vault, HANDED_ON_AS, answer, HandedOn)
        if handed.provider != provider.key or now >= handed.until:
            raise expired()
        return handed.returned

    async def spend(self, works: Works, departure: Departure) -> None:
        """Use it up, for good, before anybody is asked; of two returns at once one goes on."""
        async with works.begin() as work:
            value = self._vault.digest(SPENT, departure.id.bytes)
            is_first = await store_factors.spend(work.db, value, departure.expires_at)
        if not is_first:
            raise expired()


def check_state(departure: Departure, provider: Provider, returned: Return) -> None:
    """Raise Malformed unless this return belongs to this departure (RFC 9700, section 4.7)."""
    is_same = hmac.compare_digest(departure.state.encode(), returned.state.encode())
    if departure.provider != provider.key or not is_same:
        raise expired()


def check_answer(provider: Provider, returned: Return, *, names_itself: bool = False) -> None:
    """Raise what a provider's answer amounts to, unless it holds a code.

    One that names itself must do so each time, so that no answer of another provider passes for
    one of its own (RFC 9207, section 2.4).
    """
    if returned.issuer is None and names_itself:
        raise refused("issuer_missing")
    if returned.issuer is not None and not provider.is_named(returned.issuer):
        raise refused("issuer_differs")
    if returned.failure:
        raise _told(returned.failure)
    if not returned.code:
        raise refused("no_code")


def expired() -> Malformed:
    """The answer to a return that we know nothing of, or know too well."""
    return Malformed(
        N_("This sign-in took too long, or was finished already. Begin again."),
        error="sign_in_expired",
    )


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _opened(vault: Vault, purpose: str, text: str, kind: type[T]) -> T:
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(vault.open(purpose, sealed), type=kind)
    except (binascii.Error, ValueError) as garbage:
        raise expired() from garbage


def _told(error: str) -> Refusal:
    if error == "access_denied":
        return cancelled()
    if error in OUT_OF_ORDER:
        return unavailable()
    return refused("error_returned", said=error[:60] if error.isprintable() else "unprintable")
