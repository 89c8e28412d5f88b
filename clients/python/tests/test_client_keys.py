"""Published keys are asked for rarely, replaced when they change, and dropped when withdrawn."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from firstmile_client import Settings, TokenRefused, TokenVerifier
from firstmile_client.keys import read_keys
from firstmile_client.line import Reply
from firstmile_client.testing import FakeFirstmile, StoppedClock


@pytest.fixture
def verifier(fake: FakeFirstmile, settings: Callable[..., Settings]) -> TokenVerifier:
    return TokenVerifier(fake.base_url, settings())


def a_key(kid: str = "new") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


def published(*keys: Any, status: int = 200) -> Reply:
    return Reply(status, httpx.Headers(), json.dumps({"keys": keys}).encode())


def test_keys_are_asked_for_once(fake: FakeFirstmile, verifier: TokenVerifier) -> None:
    for person in ("alice", "bob", "charlie"):
        verifier.verify(fake.token(person))
    assert fake.key_requests == 1


def test_a_new_key_is_found_when_a_token_names_it(
    fake: FakeFirstmile, verifier: TokenVerifier, time: StoppedClock
) -> None:
    verifier.verify(fake.token("alice"))
    fake.key = a_key()
    time.advance(61)
    assert verifier.verify(fake.token("alice")).key_id == "new"
    assert fake.key_requests == 2


def test_invented_key_names_ask_at_most_once_a_minute(
    fake: FakeFirstmile, verifier: TokenVerifier, time: StoppedClock
) -> None:
    verifier.verify(fake.token("alice"))
    published_key = fake.key
    for minute in range(3):
        for number in range(20):
            fake.key = a_key(f"invented-{minute}-{number}")
            token = fake.token("mallory")
            fake.key = published_key
            with pytest.raises(TokenRefused, match="unknown key"):
                verifier.verify(token)
        time.advance(61)
    assert fake.key_requests == 3  # the first, and one in each of the two minutes after it


def test_keys_are_renewed_at_their_age(
    fake: FakeFirstmile, verifier: TokenVerifier, time: StoppedClock
) -> None:
    token = fake.token("alice")
    verifier.verify(token)
    time.advance(599)
    verifier.verify(token)
    assert fake.key_requests == 1
    time.advance(1)
    verifier.verify(token)
    assert fake.key_requests == 2


def test_a_withdrawn_key_ends_tokens_that_were_remembered(
    fake: FakeFirstmile, verifier: TokenVerifier, time: StoppedClock
) -> None:
    token = fake.token("alice")
    verifier.verify(token)
    fake.key = a_key()
    time.advance(600)
    with pytest.raises(TokenRefused, match="withdrawn"):
        verifier.verify(token)


def test_known_keys_serve_through_a_day_of_silence_and_no_longer(
    fake: FakeFirstmile, verifier: TokenVerifier, time: StoppedClock
) -> None:
    verifier.verify(fake.token("alice"))
    fake.is_down = True
    time.advance(86_000)
    assert verifier.verify(fake.token("alice")).subject == "alice"
    time.advance(401)
    with pytest.raises(TokenRefused):
        verifier.verify(fake.token("alice"))


def test_without_any_key_nobody_is_believed_and_asking_goes_on(
    fake: FakeFirstmile, verifier: TokenVerifier, time: StoppedClock
) -> None:
    fake.is_down = True
    with pytest.raises(TokenRefused):
        verifier.verify(fake.token("alice"))
    fake.is_down = False
    with pytest.raises(TokenRefused):
        verifier.verify(fake.token("alice"))
    time.advance(2)
    assert verifier.verify(fake.token("alice")).subject == "alice"


def test_the_memory_of_tokens_is_bounded(
    fake: FakeFirstmile, settings: Callable[..., Settings]
) -> None:
    verifier = TokenVerifier(fake.base_url, settings(remember=3))
    for number in range(10):
        verifier.verify(fake.token(f"person-{number}"))
    assert len(verifier._verified) == 3


def test_keys_of_other_kinds_are_passed_over() -> None:
    ours = a_key("ours").as_dict(private=False)
    others = [
        ECKey.generate_key("P-384", {"kid": "curve"}).as_dict(private=False),
        RSAKey.generate_key(2048, {"kid": "rsa"}).as_dict(private=False),
        OctKey.generate_key(256, {"kid": "secret"}).as_dict(),
        {**ours, "kid": "encryption", "use": "enc"},
        {**ours, "kid": "algorithm", "alg": "ECDH-ES"},
        {**ours, "kid": None},
        a_key("private").as_dict(private=True),
        "text",
    ]
    assert list(read_keys(published(*others, ours))) == ["ours"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"keys":7}',
        b'{"keys":[{"kty":"EC","crv":"P-256","kid":"x"}]}',
    ],
)
def test_an_answer_that_is_no_key_set_gives_no_keys(body: bytes) -> None:
    assert read_keys(Reply(200, httpx.Headers(), body)) == {}


def test_an_error_page_gives_no_keys() -> None:
    assert read_keys(published(a_key().as_dict(private=False), status=500)) == {}
