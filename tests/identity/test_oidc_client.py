"""What a provider may say, and what we believe of it: every lie is refused for its own reason."""

import base64
import gzip
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import pytest
from joserfc import jwe, jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from pydantic import SecretStr
from structlog.testing import capture_logs
from tests.identity.hostile_provider import (
    CLIENT,
    HOUR,
    KEY,
    OTHER_KEY,
    SECRET,
    Claims,
    Handler,
    HostileProvider,
    be_silent,
    drip,
    gush,
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
SOON = 0.3  # seconds until we stop waiting, where a test waits for it
BOMB = gzip.compress(b" " * 50_000_000)


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


def part(told: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def unsigned(_: HostileProvider, claims: Claims) -> str:
    return f"{part({'alg': 'none'})}.{part(claims)}."


def unsigned_in_capitals(_: HostileProvider, claims: Claims) -> str:
    return f"{part({'alg': 'NONE', 'kid': 'one'})}.{part(claims)}."


def by_the_public_key(_: HostileProvider, claims: Claims) -> str:
    """The old trick: what is published to verify with, used as a shared secret."""
    body = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims)}"
    signature = hmac.digest(KEY.as_pem(private=False), body.encode(), "sha256")
    return f"{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def by_the_clients_secret(_: HostileProvider, claims: Claims) -> str:
    secret = OctKey.import_key(SECRET.encode())
    return jwt.encode({"alg": "HS256", "kid": "one"}, claims, secret, algorithms=["HS256"])


def by_another_key(_: HostileProvider, claims: Claims, **header: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one", **header}, claims, OTHER_KEY)


def by_a_key_it_brings_along(hostile: HostileProvider, claims: Claims) -> str:
    published, brought = (ECKey.generate_key("P-256", {"kid": "one"}) for _ in range(2))
    hostile.published = [published.as_dict(private=False)]
    header = {"alg": "ES256", "kid": "one", "jwk": brought.as_dict(private=False)}
    return jwt.encode(header, claims, brought)


def by_a_key_it_points_to(hostile: HostileProvider, claims: Claims) -> str:
    return by_another_key(hostile, claims, jku=f"{hostile.issuer}/other-keys")


def by_an_unknown_key(hostile: HostileProvider, claims: Claims) -> str:
    return by_another_key(hostile, claims, kid="../../one")


def by_a_key_of_another_kind(_: HostileProvider, claims: Claims) -> str:
    key = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
    return jwt.encode({"alg": "ES256", "kid": "one"}, claims, key)


def with_changed_claims(hostile: HostileProvider, claims: Claims) -> str:
    head, _, signature = jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY).split(".")
    return f"{head}.{part({**claims, 'sub': 'victim'})}.{signature}"


def with_a_critical_word(_: HostileProvider, claims: Claims) -> str:
    head = part({"alg": "RS256", "kid": "one", "crit": ["exp"], "exp": 1})
    return f"{head}.{part(claims)}.AAAA"


def sealed_for_somebody(_: HostileProvider, claims: Claims) -> str:
    header = {"alg": "RSA-OAEP", "enc": "A256GCM", "kid": "one"}
    key = RSAKey.import_key({**KEY.as_dict(private=False), "use": "enc"})
    return jwe.encrypt_compact(header, json.dumps(claims), key)


def no_token_at_all(_: HostileProvider, __: Claims) -> str:
    return "<script>alert(1)</script>"


def nested_without_end(_: HostileProvider, __: Claims) -> str:
    return jws.serialize_compact({"alg": "RS256", "kid": "one"}, b"[" * 90_000, KEY)


FORGED: dict[Callable[[HostileProvider, Claims], str], str] = {
    unsigned: "UnsupportedAlgorithmError",
    unsigned_in_capitals: "UnsupportedAlgorithmError",
    by_the_public_key: "UnsupportedAlgorithmError",
    by_the_clients_secret: "UnsupportedAlgorithmError",
    by_another_key: "BadSignatureError",
    by_a_key_it_brings_along: "BadSignatureError",
    by_a_key_it_points_to: "BadSignatureError",
    by_an_unknown_key: "unknown_key",
    by_a_key_of_another_kind: "InvalidKeyTypeError",
    with_changed_claims: "BadSignatureError",
    with_a_critical_word: "UnsupportedHeaderError",
    sealed_for_somebody: "DecodeError",
    no_token_at_all: "DecodeError",
    nested_without_end: "RecursionError",
}


@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3")
@pytest.mark.parametrize("forge", FORGED, ids=lambda forge: str(forge.__name__))
async def test_a_token_is_refused_that_is_signed(
    forge: Callable[[HostileProvider, Claims], str], relying: Relying
) -> None:
    relying.hostile.signs = forge

    assert (await relying.refusal())[0] == FORGED[forge]
    assert "/other-keys" not in relying.hostile.asked


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


SHORT = {"n": "x" * 171}  # 1024 bits
CONFIGURATION = "/.well-known/openid-configuration"


def a_heap(handler: Handler) -> None:
    handler.say({"filler": "x" * 400_000})


def squeezed(handler: Handler) -> None:
    handler.send(BOMB, content_encoding="gzip")


def no_json(handler: Handler) -> None:
    handler.send(b"<html>")


def no_text(handler: Handler) -> None:
    handler.send(b'"\xff"')


def a_deep_well(handler: Handler) -> None:
    handler.send(b"[" * 200_000)


def out_of_order(handler: Handler) -> None:
    handler.say({}, status=500)


def too_busy(handler: Handler) -> None:
    handler.say({}, status=429)


def send_on(handler: Handler) -> None:
    handler.send(b"", status=302, location="http://169.254.169.254/latest/meta-data")


FAILING: dict[Callable[[Handler], None], str] = {
    gush: "too_large",
    a_heap: "too_large",
    squeezed: "compressed",
    no_json: "no_json",
    no_text: "no_json",
    a_deep_well: "no_json",
    out_of_order: "status_500",
    too_busy: "status_429",
    send_on: "status_302",
}


@pytest.mark.asvs("15.3.2", "12.3.2")
@pytest.mark.parametrize("path", [CONFIGURATION, "/jwks", "/token"])
@pytest.mark.parametrize("answer", FAILING, ids=lambda answer: str(answer.__name__))
async def test_it_is_away_when_its_answer_is(
    answer: Callable[[Handler], None], path: str, relying: Relying
) -> None:
    relying.hostile.answering[path] = answer

    assert await relying.failure() == FAILING[answer]


@pytest.mark.parametrize("path", [CONFIGURATION, "/jwks", "/token"])
@pytest.mark.parametrize("answer", [drip, be_silent], ids=["drip", "silence"])
async def test_it_is_away_when_its_answer_takes_too_long(
    answer: Callable[[Handler], None], path: str, relying: Relying
) -> None:
    relying.hostile.answering[path] = answer

    assert await replace(relying, seconds=SOON).failure() == "TimeoutError"


class TestTheConfiguration:
    @pytest.mark.asvs("10.5.3")
    @pytest.mark.parametrize(
        "named", ["https://other.example", None, "", ["{issuer}"], "{issuer}/", "{ISSUER}"], ids=str
    )
    async def test_must_name_the_very_issuer(self, named: Any, relying: Relying) -> None:
        issuer = relying.hostile.issuer
        if isinstance(named, str):
            named = named.replace("{issuer}", issuer).replace("{ISSUER}", issuer.upper())
        relying.hostile.metadata = {"issuer": named}

        with pytest.raises(Unavailable):
            await relying.departs()

    @pytest.mark.parametrize(
        "address",
        [
            "http://other.example/auth",
            "javascript:alert(1)",
            "data:text/html,hello",
            "https://dana:secret@other.example/auth",
            "https://",
            "//other.example/auth",
            "http://[",
            None,
            ["https://other.example"],
        ],
        ids=str,
    )
    async def test_sends_nobody_to_an_unsafe_address(self, address: Any, relying: Relying) -> None:
        relying.hostile.metadata = {"authorization_endpoint": address}

        with pytest.raises(Unavailable):
            await relying.departs()

    @pytest.mark.parametrize(
        "published",
        [[], ["one"], [{"kty": "oct", "k": "AAAA"}], [{}], [{"kty": "RSA", **SHORT, "e": "AQAB"}]],
        ids=["none", "text", "secret", "nothing", "short"],
    )
    async def test_without_a_key_of_use_signs_nobody_in(
        self, published: list[Any], relying: Relying
    ) -> None:
        relying.hostile.published = published

        with pytest.raises(Unavailable):
            await relying.sign_in()

    async def test_may_hold_keys_that_nobody_understands(self, relying: Relying) -> None:
        relying.hostile.published += [{"kty": "new"}, {"kty": "RSA", "n": "?", "e": "?"}, 7]

        assert (await relying.sign_in()).subject == "dana"

    async def test_with_a_wrong_key_verifies_nothing(self, relying: Relying) -> None:
        relying.hostile.published = [OTHER_KEY.as_dict(private=False)]

        assert (await relying.refusal())[0] == "BadSignatureError"

    async def test_is_asked_for_once(self, relying: Relying) -> None:
        for _ in range(3):
            await relying.sign_in()

        assert relying.hostile.asked.count(CONFIGURATION) == 1
        assert relying.hostile.asked.count("/jwks") == 1

    async def test_is_not_asked_for_again_by_tokens_with_keys_that_are_made_up(
        self, relying: Relying
    ) -> None:
        await relying.sign_in()
        relying.hostile.signs = by_an_unknown_key

        for _ in range(5):
            await relying.refusal()

        assert relying.hostile.asked.count("/jwks") == 1

    async def test_that_fails_is_left_alone_for_a_moment(self, relying: Relying) -> None:
        relying.hostile.answering[CONFIGURATION] = out_of_order

        for _ in range(5):
            with pytest.raises(Unavailable):
                await relying.departs()

        assert relying.hostile.asked.count(CONFIGURATION) == 1


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


class TestManyTenants:
    """Microsoft's common configuration: one set of keys, and an issuer for each tenant."""

    TENANT = "11111111-2222-3333-4444-555555555555"

    @pytest.fixture
    def common(self, relying: Relying) -> Relying:
        pattern = "https://login.example/{tenantid}/v2.0"
        relying.hostile.metadata = {
            "issuer": pattern,
            "authorization_response_iss_parameter_supported": False,
        }
        relying.hostile.claims = {"iss": self.issuer(self.TENANT), "tid": self.TENANT}
        relying.provider = replace(relying.provider, issuer_pattern=pattern, trust=Trust.NEVER)
        return relying

    def issuer(self, tenant: str) -> str:
        return f"https://login.example/{tenant}/v2.0"

    async def test_make_an_identity_of_the_tenant_that_issued_it(self, common: Relying) -> None:
        identity = await common.sign_in(iss=None)

        assert identity.issuer == self.issuer(self.TENANT)

    async def test_do_not_speak_for_each_other(self, common: Relying) -> None:
        other = self.TENANT.replace("1", "9")
        common.hostile.claims = {"iss": self.issuer(other), "tid": self.TENANT}

        assert await common.refusal(iss=None) == ("InvalidClaimError", "iss")

    @pytest.mark.parametrize("tenant", ["../common", "", None, 7, "common", f"{TENANT}/x"], ids=str)
    async def test_have_an_id_and_no_other_name(self, tenant: Any, common: Relying) -> None:
        common.hostile.claims = {"iss": self.issuer(str(tenant)), "tid": tenant}

        assert (await common.refusal(iss=None))[0] in ("ValueError", "InvalidClaimError")

    async def test_are_not_signed_for_by_a_key_of_another(self, common: Relying) -> None:
        own = {**KEY.as_dict(private=False), "issuer": self.issuer(self.TENANT.replace("1", "9"))}
        common.hostile.published = [own]

        assert (await common.refusal(iss=None))[0] == "ValueError"

    @pytest.mark.asvs("6.8.2")
    async def test_have_addresses_that_prove_nothing(self, common: Relying) -> None:
        """Any administrator may write any address into their directory (nOAuth, 2023)."""
        common.hostile.claims |= {"email": "victim@example.org", "xms_edov": True}

        identity = await common.sign_in(iss=None)

        assert (identity.email, identity.is_email_confirmed) == ("victim@example.org", False)


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
