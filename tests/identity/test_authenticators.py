"""What authenticators say: any bytes at all are checked or refused, and nothing else."""

import base64
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import cbor2
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.identity.authenticator import ES256, RS256, Authenticator, decoded, encoded

from firstmile.identity.authenticator_names import name_for
from firstmile.identity.authenticators import (
    Passkey,
    Site,
    checked_assertion,
    checked_registration,
    key_id_of,
    key_named,
)
from firstmile.kernel.ids import UserId
from firstmile.kernel.refusals import Refusal

SITE = Site.at("http://localhost:8000", "Firstmile")
DANA = UserId(UUID("01900000-0000-7000-8000-000000000001"))
NOW = datetime(2026, 3, 1, tzinfo=UTC)
CHALLENGE = b"c" * 32
CREATE = {
    "rp": {"id": "localhost"},
    "user": {"id": encoded(DANA.bytes)},
    "challenge": encoded(CHALLENGE),
    "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (ES256, RS256)],
    "excludeCredentials": [],
}
GET = {"rpId": "localhost", "challenge": encoded(CHALLENGE), "allowCredentials": []}

DEVICE = Authenticator()
MADE = DEVICE.create(CREATE)
USED = DEVICE.get(GET)
KEY = checked_registration(SITE, CHALLENGE, MADE)
PASSKEY = Passkey(
    user_id=DANA,
    id=KEY.id,
    public_key=KEY.public_key,
    sign_count=0,
    transports=[],
    aaguid=None,
    name="Key",
    is_backed_up=False,
    created_at=NOW,
    last_used_at=None,
)


def changed(
    credential: dict[str, Any], part: str, change: Callable[[bytes], bytes]
) -> dict[str, Any]:
    """A credential with one part of its response changed."""
    response = dict(credential["response"])
    response[part] = encoded(change(decoded(response[part])))
    return {**credential, "response": response}


def flipped(at: int) -> Callable[[bytes], bytes]:
    def flip(value: bytes) -> bytes:
        place = at % (len(value) * 8)
        raw = bytearray(value)
        raw[place // 8] ^= 1 << place % 8
        return bytes(raw)

    return flip


@given(st.integers(0, 10_000))
def test_no_bit_of_what_was_signed_can_be_changed(at: int) -> None:
    for part in ("clientDataJSON", "authenticatorData", "signature"):
        with pytest.raises(Refusal):
            checked_assertion(SITE, CHALLENGE, changed(USED, part, flipped(at)), PASSKEY)


@given(st.integers(0, 10_000))
def test_a_new_key_with_a_bit_changed_is_refused_or_still_a_key(at: int) -> None:
    with suppress(Refusal):
        found = checked_registration(
            SITE, CHALLENGE, changed(MADE, "attestationObject", flipped(at))
        )
        with pytest.raises(Refusal):
            checked_assertion(SITE, b"another", USED, replace(PASSKEY, public_key=found.public_key))


@given(st.binary(max_size=300))
def test_any_bytes_in_the_place_of_an_answer_are_refused(garbage: bytes) -> None:
    for part in ("clientDataJSON", "attestationObject"):
        with pytest.raises(Refusal):
            checked_registration(SITE, CHALLENGE, changed(MADE, part, lambda _: garbage))
    for part in ("clientDataJSON", "authenticatorData", "signature"):
        with pytest.raises(Refusal):
            checked_assertion(SITE, CHALLENGE, changed(USED, part, lambda _: garbage), PASSKEY)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.binary(max_size=40) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-5, 5) | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(ANYTHING)
def test_any_structure_in_the_place_of_a_key_is_refused(anything: Any) -> None:
    lying = Authenticator().create(CREATE, cose=cbor2.dumps(anything))

    with pytest.raises(Refusal):
        checked_registration(SITE, CHALLENGE, lying)


@given(st.dictionaries(st.sampled_from([1, 3, -1, -2, -3]), ANYTHING, max_size=5))
def test_any_numbers_in_the_place_of_a_key_are_refused(numbers: dict[int, Any]) -> None:
    honest = DEVICE.keys[0].cose
    assume({**honest, **numbers} != honest)
    lying = Authenticator().create(CREATE, cose=cbor2.dumps({**honest, **numbers}))

    with pytest.raises(Refusal):
        checked_registration(SITE, CHALLENGE, lying)


@given(ANYTHING)
def test_any_structure_in_the_place_of_an_attestation_is_refused(anything: Any) -> None:
    with pytest.raises(Refusal):
        checked_registration(
            SITE, CHALLENGE, changed(MADE, "attestationObject", lambda _: cbor2.dumps(anything))
        )


@given(st.text(max_size=60))
def test_any_text_is_the_id_of_a_key_or_of_none(text: str) -> None:
    assert isinstance(key_id_of(text), bytes)


def test_what_is_deep_without_end_is_refused() -> None:
    deep = b"\x81" * 30_000 + b"\x00"

    with pytest.raises(Refusal):
        checked_registration(SITE, CHALLENGE, changed(MADE, "attestationObject", lambda _: deep))
    client = changed(USED, "clientDataJSON", lambda _: b"[" * 100_000)
    with pytest.raises(Refusal):
        checked_assertion(SITE, CHALLENGE, client, PASSKEY)


def test_a_key_that_would_take_long_to_check_is_refused() -> None:
    endless = {1: 3, 3: RS256, -1: b"\xff" * 4096, -2: b"\x01\x00\x01"}
    lying = Authenticator().create(CREATE, cose=cbor2.dumps(endless))

    with pytest.raises(Refusal):
        checked_registration(SITE, CHALLENGE, lying)


def test_a_key_says_whose_it_is() -> None:
    assert key_named(USED) == (KEY.id, DANA)


@pytest.mark.parametrize(
    ("base_url", "rp_id", "origin"),
    [
        ("https://app.example.org", "app.example.org", "https://app.example.org"),
        ("https://App.Example.org:443", "app.example.org", "https://app.example.org"),
        ("https://app.example.org:8443", "app.example.org", "https://app.example.org:8443"),
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
        ("http://localhost:80", "localhost", "http://localhost"),
        ("https://app.example.org/under", "app.example.org", "https://app.example.org"),
    ],
)
def test_a_site_is_a_host_and_an_origin(base_url: str, rp_id: str, origin: str) -> None:
    site = Site.at(base_url, "Firstmile")

    assert (site.rp_id, site.origin) == (rp_id, origin)


@pytest.mark.parametrize(
    ("base_url", "is_well"),
    [
        ("https://app.example.org", True),
        ("http://localhost:8000", True),
        ("http://app.localhost:8000", True),
        ("http://app.example.org", False),
        ("http://127.0.0.1:8000", False),
        ("https://192.0.2.7", False),
        ("https://[2001:db8::1]:8443", False),
    ],
)
def test_passkeys_are_made_for_names_and_over_tls(base_url: str, is_well: bool) -> None:
    assert (Site.at(base_url, "Firstmile").trouble is None) is is_well


@pytest.mark.parametrize(
    ("stored", "told", "is_copy"),
    [(0, 0, False), (0, 1, False), (5, 6, False), (5, 5, True), (5, 4, True), (5, 0, False)],
)
def test_a_count_that_does_not_rise_is_that_of_a_copy(
    stored: int, told: int, is_copy: bool
) -> None:
    assert replace(PASSKEY, sign_count=stored).has_a_copy(told) is is_copy


def test_a_passkey_gets_a_name_that_is_free() -> None:
    hello = UUID("08987058-cadc-4b81-b6e1-30de50dcbe96")

    assert name_for(hello, "Edge on Windows", []) == "Windows Hello"
    assert name_for(hello, "", ["Windows Hello", "Windows Hello 2"]) == "Windows Hello 3"
    assert name_for(None, "Firefox on Linux", ["Windows Hello"]) == "Firefox on Linux"
    assert name_for(UUID(int=7), "", []) == "Passkey"


def test_base64_with_and_without_padding_names_the_same_key() -> None:
    padded = base64.urlsafe_b64encode(b"key").decode()

    assert key_id_of(padded) == key_id_of(padded.rstrip("=")) == b"key"
