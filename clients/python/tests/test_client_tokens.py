"""Only access tokens of this Firstmile are believed, whatever they say about themselves."""

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from firstmile_client import Claims, Settings, TokenRefused, TokenVerifier
from firstmile_client.testing import FakeFirstmile, StoppedClock

Verify = Callable[[str], Awaitable[Claims]]


@pytest.fixture
def verifier(fake: FakeFirstmile, settings: Callable[..., Settings]) -> TokenVerifier:
    return TokenVerifier(fake.base_url, settings())


@pytest.fixture(params=["sync", "async"])
def verify(request: pytest.FixtureRequest, verifier: TokenVerifier) -> Verify:
    async def in_this_thread(token: str) -> Claims:
        return verifier.verify(token)

    return in_this_thread if request.param == "sync" else verifier.averify


def encoded(part: Any) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def claims_of(fake: FakeFirstmile, **changes: Any) -> dict[str, Any]:
    payload = fake.token("alice", **changes).split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


def signed(fake: FakeFirstmile, key: Any = None, **header: Any) -> str:
    told = {"alg": "ES256", "kid": fake.key.kid, "typ": "at+jwt", **header}
    told = {name: value for name, value in told.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[told["alg"]], strict_check_header=False)
    return jwt.encode(told, claims_of(fake), key or fake.key, registry=registry, default_type=None)


async def test_a_token_of_firstmile_tells_who_it_is(fake: FakeFirstmile, verify: Verify) -> None:
    claims = await verify(fake.token("alice", roles=["owner"], plan="team"))
    assert (claims.subject, claims.session) == ("alice", "session-of-alice")
    assert claims.roles == ("owner",)
    assert claims.raw["plan"] == "team"


async def test_no_signature_is_refused(fake: FakeFirstmile, verify: Verify) -> None:
    for alg in ("none", "None", "NONE", "nOnE"):
        header = {"alg": alg, "kid": fake.key.kid, "typ": "at+jwt"}
        with pytest.raises(TokenRefused):
            await verify(f"{encoded(header)}.{encoded(claims_of(fake))}.")


async def test_the_public_key_is_no_shared_secret(fake: FakeFirstmile, verify: Verify) -> None:
    public = fake.key.as_pem(private=False)
    with pytest.raises(TokenRefused, match="algorithm"):
        await verify(signed(fake, OctKey.import_key(public.hex()), alg="HS256"))


async def test_a_key_of_another_curve_or_kind_is_refused(
    fake: FakeFirstmile, verify: Verify
) -> None:
    for alg, key in (
        ("ES384", ECKey.generate_key("P-384")),
        ("ES256K", ECKey.generate_key("secp256k1")),
        ("RS256", RSAKey.generate_key(2048)),
    ):
        with pytest.raises(TokenRefused, match="algorithm"):
            await verify(signed(fake, key, alg=alg))


async def test_somebody_elses_key_under_our_name_is_refused(
    fake: FakeFirstmile, verify: Verify
) -> None:
    with pytest.raises(TokenRefused, match="bad signature"):
        await verify(signed(fake, ECKey.generate_key("P-256")))


async def test_a_key_the_token_brings_along_is_not_used(
    fake: FakeFirstmile, verify: Verify
) -> None:
    mine = ECKey.generate_key("P-256", {"kid": "mine"})
    for header in ({"jwk": mine.as_dict(private=False)}, {"jku": "https://evil.example/jwks"}):
        with pytest.raises(TokenRefused, match="unknown key"):
            await verify(signed(fake, mine, kid="mine", **header))


@pytest.mark.parametrize("kid", ["another", "", None, 7, ["a"], {"a": 1}])
async def test_a_token_must_name_a_published_key(
    fake: FakeFirstmile, verify: Verify, kid: Any
) -> None:
    header = {"alg": "ES256", "typ": "at+jwt", "kid": kid}
    with pytest.raises(TokenRefused):
        await verify(f"{encoded(header)}.{encoded(claims_of(fake))}.{encoded(b'x' * 64)}")


@pytest.mark.parametrize("kind", ["JWT", "id+jwt", "logout+jwt", None])
async def test_a_token_of_another_kind_is_refused(
    fake: FakeFirstmile, verify: Verify, kind: Any
) -> None:
    with pytest.raises(TokenRefused):
        await verify(signed(fake, typ=kind))


@pytest.mark.parametrize("kind", ["AT+JWT", "application/at+jwt"])
async def test_the_kind_may_be_spelled_as_the_standard_allows(
    fake: FakeFirstmile, verify: Verify, kind: str
) -> None:
    assert (await verify(signed(fake, typ=kind))).subject == "alice"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another-product"},
        {"aud": ["another-product"]},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sid": None},
        {"sid": 7},
        {"exp": None},
        {"exp": "tomorrow"},
        {"roles": "owner"},
    ],
)
async def test_a_claim_of_another_value_or_shape_is_refused(
    fake: FakeFirstmile, verify: Verify, change: dict[str, Any]
) -> None:
    with pytest.raises(TokenRefused):
        await verify(fake.token("alice", **change))


async def test_a_token_ends_at_its_time_plus_the_leeway(
    fake: FakeFirstmile, verify: Verify, time: StoppedClock
) -> None:
    token = fake.token("alice")
    time.advance(3609)
    assert (await verify(token)).subject == "alice"
    time.advance(1)
    with pytest.raises(TokenRefused, match="expired"):
        await verify(token)
    with pytest.raises(TokenRefused):
        await verify(token)


async def test_a_token_from_the_future_is_refused(
    fake: FakeFirstmile, verify: Verify, time: StoppedClock
) -> None:
    for claim in ("iat", "nbf"):
        with pytest.raises(TokenRefused):
            await verify(fake.token("alice", **{claim: int(time.time) + 11}))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d.e",
        "é.é.é",
        "a" * 9000,
        encoded(b"[" * 6000) + ".e30.",
        encoded([]) + ".e30.",
        encoded("text") + ".e30.",
        encoded({"alg": ["ES256"]}) + ".e30.",
    ],
)
async def test_nonsense_is_refused_and_nothing_else_happens(verify: Verify, token: str) -> None:
    with pytest.raises(TokenRefused):
        await verify(token)


async def test_a_changed_token_is_refused_after_the_true_one_was_remembered(
    fake: FakeFirstmile, verify: Verify
) -> None:
    token = fake.token("alice")
    await verify(token)
    header, _, signature = token.split(".")
    with pytest.raises(TokenRefused, match="bad signature"):
        await verify(f"{header}.{encoded(claims_of(fake, sub='bob'))}.{signature}")


async def test_a_critical_extension_we_do_not_know_is_refused(
    fake: FakeFirstmile, verify: Verify
) -> None:
    header = {"alg": "ES256", "kid": fake.key.kid, "typ": "at+jwt", "crit": ["exp"], "exp": 1}
    with pytest.raises(TokenRefused):
        await verify(f"{encoded(header)}.{encoded(claims_of(fake))}.{encoded(b'x' * 64)}")


async def test_the_issuer_may_have_another_address_inside(
    fake: FakeFirstmile, settings: Callable[..., Settings]
) -> None:
    inside = TokenVerifier("http://firstmile.internal:8000", settings(issuer=fake.base_url + "/"))
    assert (await inside.averify(fake.token("alice"))).subject == "alice"
