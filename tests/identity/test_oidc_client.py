"""What a provider may say, and what we believe of it: every lie is refused for its own reason."""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr
from structlog.testing import capture_logs
from tests.identity.hostile_provider import (
    CLIENT,
    HOUR,
    SECRET,
    Claims,
    Handler,
    HostileProvider,
    hostile_provider,
)

from firstmile.identity.claims import Identity
from firstmile.identity.departures import Departure, Departures, Errand, Return, Way
from firstmile.identity.discovery import Discovery
from firstmile.identity.oidc_client import OpenIdClient
from firstmile.identity.provider_door import ProviderDoor
from firstmile.identity.providers import AppleKey, Provider, Trust
from firstmile.kernel.refusals import Malformed, Refusal, Unavailable
from firstmile.kernel.secrets import Vault

BACK = "https://app.example.org/callback"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Relying:
    """A client of ours, and a provider that is not to be trusted."""

    hostile: HostileProvider
    provider: Provider
    seconds: float = 10

    def __post_init__(self) -> None:
        door = ProviderDoor(allows_plain=True, seconds=self.seconds)
        self.client = OpenIdClient(door, Discovery(door, now), now, with_test_domains=False)

    async def departs(self, errand: Errand = Errand.SIGN_IN) -> tuple[Departure, str]:
        departures = Departures(Vault(["x" * 40]))
        departure = departures.prepare(
            self.provider, errand, Way.PAGE, redirect_uri=BACK, now=now()
        )
        return departure, await self.client.address(self.provider, departure)

    async def sign_in(self, **said: str | None) -> Identity:
        """There and back."""
        departure, address = await self.departs()
        returned = Return.of(dict(httpx.URL(self.hostile.visit(address, **said)).params))
        return await self.client.identify(self.provider, departure, returned)

    async def refusal(self, **said: str | None) -> tuple[str, str | None]:
        """Why somebody was refused, as the log has it, and because of which claim."""
        with capture_logs() as logs, pytest.raises(Malformed) as refused:
            await self.sign_in(**said)
        assert refused.value.error == "provider_refused"
        (told,) = [entry for entry in logs if entry["event"] == "provider_refused"]
        return told["reason"], told.get("claim")

    async def failure(self) -> str:
        """Why a provider counts as away, as the log has it."""
        with capture_logs() as logs, pytest.raises(Unavailable) as away:
            await self.sign_in()
        assert away.value.error == "provider_unavailable"
        return str(next(entry["reason"] for entry in logs if entry["event"] == "provider_failed"))


@pytest.fixture
def hostile() -> Iterator[HostileProvider]:
    with hostile_provider() as provider:
        yield provider


@pytest.fixture
def relying(hostile: HostileProvider) -> Relying:
    provider = Provider(
        key="acme",
        name="Acme",
        issuer=hostile.issuer,
        client_id=CLIENT,
        secret=SecretStr(SECRET),
        trust=Trust.WHEN_SAID,
    )
    return Relying(hostile, provider)


async def test_who_tells_the_truth_is_believed(relying: Relying) -> None:
    """Without this every test below would prove nothing."""
    identity = await relying.sign_in()

    assert (identity.issuer, identity.subject) == (relying.hostile.issuer, "dana")
    assert (identity.email, identity.is_email_confirmed) == ("dana@example.org", True)


class TestAnAnswerOfSomebodyElse:
    @pytest.mark.asvs("10.2.2")
    async def test_is_known_by_the_issuer_it_names(self, relying: Relying) -> None:
        assert await relying.refusal(iss="https://other.example") == ("issuer_differs", None)

    async def test_is_known_by_naming_none(self, relying: Relying) -> None:
        assert await relying.refusal(iss=None) == ("issuer_missing", None)

    async def test_may_name_none_where_the_provider_never_does(self, relying: Relying) -> None:
        relying.hostile.metadata = {"authorization_response_iss_parameter_supported": False}

        assert (await relying.sign_in(iss=None)).subject == "dana"

    async def test_is_refused_before_its_code_goes_anywhere(self, relying: Relying) -> None:
        await relying.refusal(iss="https://other.example")

        assert "/token" not in relying.hostile.asked


# What is wrong with the claims, and for what they must be refused.
WRONG: dict[str, tuple[Claims, set[str], tuple[str, str | None]]] = {
    "a nonce of another sign-in": ({"nonce": "other"}, set(), ("InvalidClaimError", "nonce")),
    "no nonce": ({}, {"nonce"}, ("MissingClaimError", "nonce")),
    "another issuer": ({"iss": "https://other.example"}, set(), ("InvalidClaimError", "iss")),
    "no issuer": ({}, {"iss"}, ("MissingClaimError", "iss")),
    "for another client": ({"aud": "other"}, set(), ("InvalidClaimError", "aud")),
    "for nobody": ({}, {"aud"}, ("MissingClaimError", "aud")),
    "for a list of others": ({"aud": ["other"]}, set(), ("InvalidClaimError", "aud")),
    "for several, to none": ({"aud": [CLIENT, "other"]}, set(), ("MissingClaimError", "azp")),
    "given to another": ({"azp": "other"}, set(), ("InvalidClaimError", "azp")),
    "expired": ({"exp": int(time.time()) - HOUR}, set(), ("ExpiredTokenError", "exp")),
    "no end": ({}, {"exp"}, ("MissingClaimError", "exp")),
    "an end that is no number": ({"exp": "never"}, set(), ("InvalidClaimError", "exp")),
    "made in the future": ({"iat": int(time.time()) + HOUR}, set(), ("InvalidClaimError", "iat")),
    "not yet valid": ({"nbf": int(time.time()) + HOUR}, set(), ("InvalidClaimError", "nbf")),
    "no time of making": ({}, {"iat"}, ("MissingClaimError", "iat")),
    "no subject": ({}, {"sub"}, ("MissingClaimError", "sub")),
    "a subject that is a number": ({"sub": 7}, set(), ("InvalidClaimError", "sub")),
    "an empty subject": ({"sub": ""}, set(), ("no_subject", None)),
    "a subject of 256 letters": ({"sub": "x" * 256}, set(), ("no_subject", None)),
    "a subject with a NUL": ({"sub": "da\0na"}, set(), ("no_subject", None)),
    "a subject that looks like one": ({"sub": "dаna"}, set(), ("no_subject", None)),
    "a hash of another access token": (
        {"at_hash": "AAAA"},
        set(),
        ("InvalidClaimError", "at_hash"),
    ),
}


@pytest.mark.asvs("10.5.1", "10.5.2", "10.5.4", "9.2.1", "9.2.3")
@pytest.mark.parametrize("what", WRONG)
async def test_a_token_is_refused_with(what: str, relying: Relying) -> None:
    relying.hostile.claims, relying.hostile.left_out, why = WRONG[what]

    assert await relying.refusal() == why


async def test_a_token_that_was_shown_before_is_refused(relying: Relying) -> None:
    await relying.sign_in()
    relying.hostile.tokens = {"id_token": relying.hostile.signed[0]}

    assert await relying.refusal() == ("InvalidClaimError", "nonce")


class TestTheTokenEndpoint:
    @pytest.mark.parametrize(
        "tokens",
        [
            {"id_token": None},
            {"id_token": ["one", "two"]},
            {"access_token": None},
            {"access_token": {"a": "b"}},
            {"error": "<script>alert(1)</script>"},
        ],
        ids=str,
    )
    async def test_that_gives_no_tokens_is_refused(self, tokens: Claims, relying: Relying) -> None:
        relying.hostile.tokens = tokens

        assert (await relying.refusal())[0] in ("no_token", "no_id_token")

    async def test_that_says_no_is_believed(self, relying: Relying) -> None:
        def say_no(handler: Handler) -> None:
            handler.say({"error": "invalid_grant"}, status=400)

        relying.hostile.answering["/token"] = say_no

        assert (await relying.refusal())[0] == "no_token"

    async def test_is_shown_the_secret_in_a_header_unless_it_says_otherwise(
        self, relying: Relying
    ) -> None:
        seen = []

        def look(handler: Handler) -> None:
            seen.append(handler.headers["authorization"])
            handler.say({"error": "invalid_client"}, status=401)

        relying.hostile.metadata = {"token_endpoint_auth_methods_supported": None}
        relying.hostile.answering["/token"] = look
        await relying.refusal()

        written = base64.b64decode(seen[0].removeprefix("Basic ")).decode()
        assert written == f"{CLIENT}:the+secret+of+the+client%2C+long+enough"

    async def test_that_sends_us_on_gets_the_code_nowhere_else(self, relying: Relying) -> None:
        def send_on(handler: Handler) -> None:
            handler.send(b"", status=307, location=f"{relying.hostile.issuer}/elsewhere")

        relying.hostile.answering["/token"] = send_on

        assert await relying.failure() == "status_307"
        assert "/elsewhere" not in relying.hostile.asked


class TestUserinfo:
    @pytest.fixture
    def bare(self, relying: Relying) -> Relying:
        """A provider that tells the address only when it is asked for it."""
        relying.hostile.left_out = {"email", "email_verified"}
        return relying

    async def test_adds_what_the_token_leaves_out(self, bare: Relying) -> None:
        bare.hostile.userinfo = {"email": "dana@example.org", "email_verified": True}

        assert (await bare.sign_in()).is_email_confirmed

    @pytest.mark.asvs("10.5.1")
    async def test_of_somebody_else_is_refused(self, bare: Relying) -> None:
        bare.hostile.userinfo = {"sub": "victim", "email": "victim@example.org"}

        assert (await bare.refusal())[0] == "userinfo_of_another"

    async def test_changes_nothing_the_token_says(self, bare: Relying) -> None:
        bare.hostile.userinfo = {"iss": "https://other.example", "given_name": "Mallory"}

        identity = await bare.sign_in()

        assert (identity.issuer, identity.first_name) == (bare.hostile.issuer, "Dana")

    async def test_that_is_refused_ends_the_sign_in(self, bare: Relying) -> None:
        bare.hostile.answering["/me"] = lambda handler: handler.say({}, status=403)

        assert (await bare.refusal())[0] == "no_userinfo"


# What a provider may say instead of a code, and what a person is told.
SAID = {
    "access_denied": "provider_cancelled",
    "temporarily_unavailable": "provider_unavailable",
    "server_error": "provider_unavailable",
    "login_required": "provider_refused",
    "<script>alert(1)</script>": "provider_refused",
    "a\r\nset-cookie: b": "provider_refused",
}


@pytest.mark.parametrize("error", SAID)
async def test_an_error_is_told_in_our_own_words(error: str, relying: Relying) -> None:
    with pytest.raises(Refusal) as refused:
        await relying.sign_in(code=None, error=error)

    assert refused.value.error == SAID[error]
    assert "script" not in refused.value.message


async def test_an_error_of_another_provider_is_none(relying: Relying) -> None:
    assert (await relying.refusal(error="access_denied", iss="https://other.example"))[0] == (
        "issuer_differs"
    )


class TestASecretThatIsSignedAnew:
    """Apple takes a token of ours in the place of a secret."""

    async def test_says_who_we_are_and_not_for_long(self, relying: Relying) -> None:
        key = ECKey.generate_key("P-256", private=True)
        pem = SecretStr(key.as_pem(private=True).decode())
        relying.provider = replace(relying.provider, secret=AppleKey("TEAM", "KEYID", pem))
        seen: list[str] = []
        relying.hostile.answering["/token"] = partial(_note_secret, seen)
        await relying.refusal()

        read = jwt.decode(seen[0], key, algorithms=["ES256"])

        assert (read.header["kid"], read.header["alg"]) == ("KEYID", "ES256")
        claims = read.claims
        assert (claims["iss"], claims["sub"]) == ("TEAM", CLIENT)
        assert claims["aud"] == "https://appleid.apple.com"
        assert claims["exp"] - claims["iat"] == 300


def _note_secret(seen: list[str], handler: Handler) -> None:
    seen.append(handler.form["client_secret"])
    handler.say({"error": "invalid_client"}, status=401)


async def test_a_name_in_a_form_nobody_signed_is_only_a_name(relying: Relying) -> None:
    relying.provider = replace(relying.provider, posts_back=True)
    relying.hostile.left_out = {"given_name", "family_name"}
    form = {
        "name": {"firstName": "Dana", "lastName": "<b>www.evil.example</b>"},
        "email": "victim@example.org",
        "sub": "victim",
    }

    identity = await relying.sign_in(user=json.dumps(form))

    assert (identity.first_name, identity.last_name) == ("Dana", "")
    assert (identity.subject, identity.email) == ("dana", "dana@example.org")


@pytest.mark.parametrize("form", ["[", "7", '{"name": 7}', "{}", "[" * 5000], ids=lambda f: f[:9])
async def test_a_form_that_is_garbage_is_no_name(form: str, relying: Relying) -> None:
    relying.provider = replace(relying.provider, posts_back=True)
    relying.hostile.left_out = {"given_name", "family_name"}

    assert (await relying.sign_in(user=form)).first_name == ""
