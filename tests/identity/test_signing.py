"""Access tokens: read by somebody else's library, never forged, and keys that change in stages."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from pydantic import SecretStr
from tests.cast import Cast, Person
from tests.clock import MovedClock
from tests.waiting import until

from firstmile.identity.signing import SigningKeys, rotate_keys
from firstmile.kernel.secrets import Vault
from firstmile.service import Service
from firstmile.settings import Settings
from firstmile.verbs.keys import show_keys

Forgery = Callable[["Forger"], str]
ISSUER = "http://localhost:8000"


class Forger:
    """Knows a good token and the public keys, and (for the claims alone) borrows the real key."""

    def __init__(self, token: str, jwks: dict[str, Any], keys: SigningKeys) -> None:
        self.token = token
        self.header = jwt.get_unverified_header(token)
        self.claims = jwt.decode(token, options={"verify_signature": False})
        self.jwk = next(key for key in jwks["keys"] if key["kid"] == self.header["kid"])
        assert keys._active is not None
        self._real: Any = keys._active.private_key

    def signed(self, *, key: Any = None, headers: Any = None, **claims: Any) -> str:
        """With the real key unless another is given; a claim of None is left out."""
        changed = {name: v for name, v in {**self.claims, **claims}.items() if v is not None}
        return jwt.encode(
            changed, key or self._real, "ES256", headers={**self.header, **(headers or {})}
        )

    def spliced(self, header: dict[str, Any], signature: bytes | None = None) -> str:
        """The good claims behind another header."""
        _, claims, good = self.token.split(".")
        last = good if signature is None else _b64(signature)
        return f"{_b64(json.dumps(header).encode())}.{claims}.{last}"

    def by_hmac(self, secret: bytes) -> str:
        """Signed as HS256 with something that is public."""
        head = _b64(json.dumps({**self.header, "alg": "HS256"}).encode())
        signed = f"{head}.{self.token.split('.')[1]}"
        return f"{signed}.{_b64(hmac.digest(secret, signed.encode(), 'sha256'))}"

    def pem(self) -> bytes:
        public: Any = ECAlgorithm(ECAlgorithm.SHA256).from_jwk(self.jwk)
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        return bytes(public.public_bytes(serialization.Encoding.PEM, spki))


FOREIGN = ec.generate_private_key(ec.SECP256R1())
FOREIGN_JWK = json.loads(ECAlgorithm.to_jwk(FOREIGN.public_key()))
FORGERIES: dict[str, Forgery] = {
    "alg none": lambda f: f.spliced({**f.header, "alg": "none"}, b""),
    "alg nOnE": lambda f: f.spliced({**f.header, "alg": "nOnE"}, b""),
    "alg none, signature kept": lambda f: f.spliced({**f.header, "alg": "none"}),
    "no alg": lambda f: f.spliced({k: v for k, v in f.header.items() if k != "alg"}),
    "alg es256 in small letters": lambda f: f.spliced({**f.header, "alg": "es256"}),
    "alg ES384": lambda f: f.spliced({**f.header, "alg": "ES384"}),
    "HS256 with the public PEM": lambda f: f.by_hmac(f.pem()),
    "HS256 with the public JWK": lambda f: f.by_hmac(json.dumps(f.jwk).encode()),
    "HS256 with nothing": lambda f: f.by_hmac(b""),
    "a foreign key under our kid": lambda f: f.signed(key=FOREIGN),
    "a foreign key it brings along": lambda f: f.signed(key=FOREIGN, headers={"jwk": FOREIGN_JWK}),
    "a foreign key somewhere else": lambda f: f.signed(
        key=FOREIGN, headers={"jku": "https://evil.example/jwks.json"}
    ),
    "unknown kid": lambda f: f.signed(headers={"kid": "unknown"}),
    "kid as a path": lambda f: f.signed(headers={"kid": "../../../../dev/null"}),
    "kid as SQL": lambda f: f.signed(headers={"kid": "' OR 1=1 --"}),
    "kid as a number": lambda f: f.spliced({**f.header, "kid": 1}),
    "no kid": lambda f: f.spliced({k: v for k, v in f.header.items() if k != "kid"}),
    "signature of zeros": lambda f: f.spliced(f.header, bytes(64)),
    "signature cut": lambda f: f.token[:-4],
    "signature of the empty text": lambda f: f.spliced(f.header, b""),
    "claims changed": lambda f: ".".join(
        [f.token.split(".")[0], _b64(b'{"sub":"x"}'), f.token.split(".")[2]]
    ),
    "two parts": lambda f: f.token.rsplit(".", 1)[0],
    "four parts": lambda f: f"{f.token}.{_b64(b'x')}",
    "header is no object": lambda f: f".{f.token}".replace(".", _b64(b"[]") + ".", 1),
    "header is no JSON": lambda f: f"{_b64(b'{')}.{f.token.split('.', 1)[1]}",
    "header is no base64": lambda f: f"%%%.{f.token.split('.', 1)[1]}",
    "unknown critical header": lambda f: f.signed(headers={"crit": ["x"], "x": 1}),
    "expired": lambda f: f.signed(exp=f.claims["iat"] - 1),
    "no expiry": lambda f: f.signed(exp=None),
    "expiry as text": lambda f: f.signed(exp=str(f.claims["exp"])),
    "expiry far away as float": lambda f: f.signed(exp=1e300),
    "other audience": lambda f: f.signed(aud="another-service"),
    "audience in a list": lambda f: f.signed(aud=["another-service"]),
    "no audience": lambda f: f.signed(aud=None),
    "other issuer": lambda f: f.signed(iss="https://evil.example"),
    "no issuer": lambda f: f.signed(iss=None),
    "type JWT": lambda f: f.signed(headers={"typ": "JWT"}),
    "type of an identity token": lambda f: f.signed(headers={"typ": "id+jwt"}),
    "session of nobody": lambda f: f.signed(sid="01890000-0000-7000-8000-000000000000"),
}


@pytest.fixture
async def forger(cast: Cast, service: Service, client: httpx.AsyncClient) -> Forger:
    dana = await cast.dana()
    jwks = (await client.get("/.well-known/jwks.json")).json()
    return Forger(dana.access_token, jwks, service.keys)


@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2", "9.2.3")
async def test_no_forged_token_opens_anything(forger: Forger, client: httpx.AsyncClient) -> None:
    async def status(token: str) -> int:
        headers = {"authorization": f"Bearer {token}"}
        return (await client.get("/api/v1/auth/me", headers=headers)).status_code

    answers = {name: await status(forgery(forger)) for name, forgery in FORGERIES.items()}

    assert {name: told for name, told in answers.items() if told != 401} == {}
    # The forger's tools are good: only what is wrong with a forgery keeps it out.
    assert await status(forger.signed()) == 200


async def test_another_library_reads_our_tokens(cast: Cast, client: httpx.AsyncClient) -> None:
    dana = await cast.alice()

    answer = await client.get("/.well-known/jwks.json")
    claims = read_by_another_library(answer.json(), (await cast.sign_in("Alice")).access_token)

    assert claims["sub"] == str(dana.id)
    assert claims["roles"] == ["owner"]
    assert claims["exp"] - claims["iat"] == 3600
    assert "max-age" in answer.headers["cache-control"]
    assert all(set(key) <= PUBLIC for key in answer.json()["keys"])


PUBLIC = {"kty", "crv", "x", "y", "use", "alg", "kid"}


def read_by_another_library(jwks: dict[str, Any], token: str) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict(jwks)
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=["ES256"], audience="firstmile", issuer=ISSUER
    )
    return claims


async def test_a_token_expires_after_an_hour_even_when_the_session_lives(
    cast: Cast, clock: MovedClock
) -> None:
    dana = await cast.dana()
    token = dana.refresh_token
    for _ in range(3):
        clock.pass_by(minutes=19, seconds=59)
        body = {"refreshToken": token}
        token = (await dana.client.post("/api/v1/auth/refresh", json=body)).json()["refreshToken"]
    before = await dana.get("/api/v1/auth/me")

    clock.pass_by(seconds=3)

    assert before.status_code == 200
    assert (await dana.get("/api/v1/auth/me")).status_code == 401


async def test_a_rotation_keeps_old_tokens_and_signs_with_a_key_that_was_known_before(
    settings: Settings, service: Service, cast: Cast
) -> None:
    dana = await cast.dana()
    before = {row.kid: row.state for row in await show_keys(settings, rotate=False)}

    await show_keys(settings, rotate=True)
    await service.keys.load(service.database)
    newer = await cast.sign_in("Dana")

    kid = jwt.get_unverified_header(newer.access_token)["kid"]
    assert before[kid] == "next"
    assert await _opens(dana)
    assert await _opens(newer)
    assert read_by_another_library(service.keys.jwks, dana.access_token)
    states = sorted(row.state for row in await show_keys(settings, rotate=False))
    assert states == ["active", "next", "retiring"]


async def test_a_running_service_hears_of_a_rotation(settings: Settings, service: Service) -> None:
    await until(lambda: service.hints.is_connected)
    rows = await show_keys(settings, rotate=True)

    await until(lambda: {key["kid"] for key in service.keys.jwks["keys"]} == {r.kid for r in rows})


async def test_a_retiring_key_is_dropped_once_its_last_token_has_expired(
    service: Service, clock: MovedClock
) -> None:
    life = timedelta(seconds=service.settings.access_token_seconds)
    assert service.keys._active is not None
    first = service.keys._active.kid

    async def rotated() -> list[str]:
        async with service.works.begin() as work:
            return [row.kid for row in await rotate_keys(work, service.vault, token_life=life)]

    await rotated()
    clock.pass_by(minutes=59)
    within = await rotated()
    clock.pass_by(minutes=2)
    after = await rotated()

    assert first in within
    assert first not in after


async def test_keys_are_sealed_anew_with_a_new_secret(settings: Settings, cast: Cast) -> None:
    dana = await cast.dana()
    assert settings.secret_key is not None
    new = SecretStr("another-Q7w9Zr2Tn5Yb8Kd1Lf4Hj6Ms3Vc0Xp")
    changing = settings.model_copy(
        update={"secret_key": new, "secret_key_previous": settings.secret_key}
    )

    await show_keys(changing, rotate=True)
    later = Service(settings.model_copy(update={"secret_key": new}))
    await later.database.open()
    await later.keys.load(later.database)
    await later.database.close()
    later.hashing.close()

    rows = await show_keys(settings, rotate=False)
    assert all(Vault([new.get_secret_value()]).open("signing_key", r.private_sealed) for r in rows)
    assert read_by_another_library(later.keys.jwks, dana.access_token)["sub"] == str(dana.id)


async def _opens(person: Person) -> bool:
    return (await person.get("/api/v1/auth/me")).status_code == 200


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
