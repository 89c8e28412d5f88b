"""What an application may ask when it sends somebody here, and what that person does next."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import (
    InvalidRequestError,
    InvalidScopeError,
    UnsupportedResponseTypeError,
)
from authlib.oidc.core.errors import (
    ConsentRequiredError,
    LoginRequiredError,
    RegistrationNotSupportedError,
    RequestNotSupportedError,
    RequestURINotSupportedError,
)

from firstmile.identity.clients import Client, Scope
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Malformed

MAX_PARAMETERS = 40
LONGEST = 4000  # an ID token that hints at somebody has about a thousand characters
# BASE64URL of a SHA-256: the only challenge we take (RFC 7636, 4.2; RFC 9700, 2.1.1).
CHALLENGE = re.compile(r"[A-Za-z0-9_\-]{43}")
# The longest somebody may take from an application's request to the proof it asked for.
PATIENCE = timedelta(hours=1)
SECOND_LEVEL = "aal2"
NOT_SUPPORTED = {
    "request": RequestNotSupportedError,
    "request_uri": RequestURINotSupportedError,
    "registration": RegistrationNotSupportedError,
}


class Prompt(StrEnum):
    """What the application wants its person to be asked (OpenID Connect Core, 3.1.2.1)."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"


class Step(StrEnum):
    """What is to be done before the application gets its answer."""

    SIGN_IN = "sign_in"
    CONFIRM = "confirm"
    CONSENT = "consent"
    GRANT = "grant"


@dataclass(frozen=True)
class Query:
    """The parameters of a request; one without a value counts as left out (RFC 6749, 3.1)."""

    values: dict[str, str]
    repeated: frozenset[str]

    def get(self, name: str) -> str | None:
        """The value of a parameter that was given once."""
        return None if name in self.repeated else self.values.get(name)


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request in order: a known application, one of its addresses, and a challenge."""

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    state: str | None
    nonce: str | None
    prompts: frozenset[Prompt]
    max_age: timedelta | None
    wants_second_factor: bool


@dataclass(frozen=True)
class Present:
    """Who is at the browser, what they have proved, and what they allowed this application."""

    user_id: UserId
    proved_at: datetime
    has_two_factors: bool
    can_show_second: bool
    allowed: frozenset[str]
    is_who_was_meant: bool = True


def parse(text: str) -> Query:
    """The parameters of a query or a form; raises Malformed when it cannot be read."""
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except ValueError as garbage:
        raise broken(N_("The link that brought you here cannot be read.")) from garbage
    if any(len(value) > LONGEST or "\0" in value for _, value in pairs):
        raise broken(N_("The link that brought you here cannot be read."))
    counts = Counter(name for name, _ in pairs)
    return Query(
        {name: value for name, value in pairs if value},
        frozenset(name for name, count in counts.items() if count > 1),
    )


def checked_redirect(query: Query, client: Client | None) -> tuple[Client, str]:
    """The application and where its answer goes.

    Raises Malformed when either is in doubt: then nobody is sent anywhere (RFC 9700, 4.11.2).
    """
    if client is None or client.disabled_at is not None:
        raise broken(N_("The application that sent you here is not registered."))
    uri = query.get("redirect_uri")
    if uri is None or not client.returns_to(uri):
        raise broken(N_("The application asks to send you to an address it has not registered."))
    return client, uri


def read(query: Query, client: Client, redirect_uri: str) -> AuthorizationRequest:
    """The request; raises one of the errors of OAuth, which is then told to the application."""
    if query.repeated:
        raise InvalidRequestError("A parameter is given more than once.")
    for name, refusal in NOT_SUPPORTED.items():
        if query.get(name):
            raise refusal()
    if query.get("response_type") is None:
        raise InvalidRequestError("The parameter response_type is missing.")
    if query.get("response_type") != "code":
        raise UnsupportedResponseTypeError(None, "The response_type must be code.")
    if query.get("response_mode") not in (None, "query"):
        raise InvalidRequestError("The response_mode must be query.")
    return AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri,
        scopes=_scopes(query.get("scope"), client),
        challenge=_challenge(query),
        state=query.get("state"),
        nonce=query.get("nonce"),
        prompts=_prompts(query.get("prompt")),
        max_age=_max_age(query.get("max_age")),
        wants_second_factor=SECOND_LEVEL in (query.get("acr_values") or "").split(),
    )


def next_step(
    asked: AuthorizationRequest,
    present: Present | None,
    *,
    now: datetime,
    asked_at: datetime | None = None,
) -> Step:
    """What is to be done; `asked_at` says since when somebody who comes back was on the way.

    Raises the error for the application when something is, and it wants nobody disturbed.
    """
    is_back = asked_at is not None and now - PATIENCE <= asked_at <= now
    is_silent = Prompt.NONE in asked.prompts
    if present is None or not (present.is_who_was_meant or is_back):
        if is_silent:
            raise LoginRequiredError
        return Step.SIGN_IN
    if not present.is_who_was_meant:
        raise LoginRequiredError("Somebody else is signed in.")
    is_proved = is_back and asked_at is not None and present.proved_at >= asked_at
    if not is_proved and _wants_proof(asked, present, now):
        if is_silent:
            raise LoginRequiredError
        return Step.CONFIRM
    if _wants_consent(asked, present):
        if is_silent:
            raise ConsentRequiredError
        return Step.CONSENT
    return Step.GRANT


def broken(reason: str) -> Malformed:
    """The refusal of a request that goes back to nobody."""
    return Malformed(reason, error="invalid_authorization_request")


def _scopes(given: str | None, client: Client) -> tuple[str, ...]:
    """The scopes asked for that we know; others are passed over (OpenID Connect Core, 3.1.2.1)."""
    wanted = set((given or "").split()) & set(Scope)
    if Scope.OPENID not in wanted:
        raise InvalidScopeError("The scope openid is missing.")
    if not wanted <= set(client.scopes):
        raise InvalidScopeError("The application is not registered for one of these scopes.")
    return tuple(scope for scope in Scope if scope in wanted)


def _challenge(query: Query) -> str:
    challenge = query.get("code_challenge")
    if challenge is None:
        raise InvalidRequestError("The parameter code_challenge is missing.")
    if query.get("code_challenge_method") != "S256":
        raise InvalidRequestError("The code_challenge_method must be S256.")
    if not CHALLENGE.fullmatch(challenge):
        raise InvalidRequestError("The code_challenge is not a SHA-256 in BASE64URL.")
    return challenge


def _prompts(given: str | None) -> frozenset[Prompt]:
    words = set((given or "").split())
    if not words <= set(Prompt):
        raise InvalidRequestError("The prompt is not one we know.")
    if Prompt.NONE in words and len(words) > 1:
        raise InvalidRequestError("The prompt none stands alone.")
    return frozenset(Prompt(word) for word in words)


def _max_age(given: str | None) -> timedelta | None:
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise InvalidRequestError("The max_age is not a number of seconds.")
    return timedelta(seconds=int(given))


def _wants_proof(asked: AuthorizationRequest, present: Present, now: datetime) -> bool:
    if Prompt.LOGIN in asked.prompts:
        return True
    if asked.max_age is not None and now - present.proved_at >= asked.max_age:
        return True
    is_short = asked.wants_second_factor and not present.has_two_factors
    return is_short and present.can_show_second


def _wants_consent(asked: AuthorizationRequest, present: Present) -> bool:
    if asked.prompts & {Prompt.CONSENT, Prompt.SELECT_ACCOUNT}:
        return True
    return not (asked.client.is_first_party or present.allowed >= set(asked.scopes))
