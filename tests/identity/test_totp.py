"""Codes of an authenticator app, held against RFC 6238 and against another maker of them."""

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstmile.identity import totp

# RFC 6238, appendix B, with the last six of its eight digits.
RFC_SECRET = b"12345678901234567890"
RFC_CODES = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}
NOW = datetime(2026, 3, 1, 9, 30, 10, tzinfo=UTC)

secrets = st.binary(min_size=totp.SECRET_BYTES, max_size=totp.SECRET_BYTES)
moments = st.integers(10**9, 4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES.items())
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)

    assert totp.code_at(RFC_SECRET, totp.step_at(moment)) == code


@given(secrets, moments)
def test_another_maker_gives_the_same_codes(secret: bytes, moment: datetime) -> None:
    other = pyotp.TOTP(base64.b32encode(secret).decode())

    assert totp.code_at(secret, totp.step_at(moment)) == other.at(moment)


@given(secrets, moments, st.integers(min_value=-40, max_value=40))
@pytest.mark.asvs("6.5.5")
def test_a_code_fits_in_its_own_half_minute_and_those_beside_it(
    secret: bytes, moment: datetime, steps: int
) -> None:
    code = totp.code_at(secret, totp.step_at(moment) + steps)
    near = {totp.code_at(secret, totp.step_at(moment) + near) for near in (-1, 0, 1)}

    matched = totp.matched_step(secret, code, moment)

    assert (matched is not None) == (code in near)


@given(secrets, moments)
@pytest.mark.asvs("6.5.1")
def test_no_step_fits_twice_nor_one_before_it(secret: bytes, moment: datetime) -> None:
    present = totp.step_at(moment)
    for step in (present - 1, present, present + 1):
        code = totp.code_at(secret, step)

        again = totp.matched_step(secret, code, moment, after=step)

        assert again is None or again > step


def test_a_clock_that_is_half_a_minute_off_is_forgiven_and_a_minute_is_not() -> None:
    app = pyotp.TOTP(base64.b32encode(RFC_SECRET).decode())

    def fits(**off: int) -> bool:
        return totp.matched_step(RFC_SECRET, app.at(NOW + timedelta(**off)), NOW) is not None

    assert fits(seconds=-30)
    assert fits(seconds=30)
    assert not fits(seconds=-60)
    assert not fits(seconds=60)


@pytest.mark.parametrize("garbage", ["", "12345", "1234567", "abcdef", "é" * 6, "١٢٣٤٥٦", "\0" * 6])
def test_what_is_no_code_fits_nothing(garbage: str) -> None:
    assert totp.matched_step(RFC_SECRET, garbage, NOW) is None
