"""Signed messages: the known answer of Standard Webhooks, and everything that is turned away."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from firstmile.kernel.refusals import Unauthenticated
from firstmile.onboarding.settings import OnboardingSettings
from firstmile.onboarding.signatures import ID, SIGNATURE, TIMESTAMP, checked, signed

# The vector of the reference libraries' tests.
SECRET, MESSAGE, BODY = (
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    b'{"test": 2432232314}',
)
AT = datetime.fromtimestamp(1_614_265_330, UTC)
KNOWN = {
    ID: MESSAGE,
    TIMESTAMP: "1614265330",
    SIGNATURE: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_a_message_is_signed_as_the_standard_says() -> None:
    assert signed(SECRET, MESSAGE, AT, BODY) == KNOWN


def test_of_several_secrets_and_signatures_one_pair_is_enough() -> None:
    several = {**KNOWN, SIGNATURE: f"v1,AAAA v1a,BBBB {KNOWN[SIGNATURE]}"}

    assert checked(["whsec_b3RoZXI=", SECRET], several, BODY, AT) == MESSAGE


def test_a_secret_without_a_key_is_none_because_everybody_has_it() -> None:
    settings = OnboardingSettings(
        onboarding_secret=SecretStr(SECRET), onboarding_secret_previous=SecretStr("whsec_")
    )

    assert settings.verdict_secrets == [SECRET]


@pytest.mark.parametrize("minutes", [-4.9, 4.9])
def test_two_clocks_may_differ_by_less_than_five_minutes(minutes: float) -> None:
    assert checked([SECRET], KNOWN, BODY, AT + timedelta(minutes=minutes)) == MESSAGE


@pytest.mark.parametrize(
    ("changed", "body", "minutes", "error"),
    [
        ({}, b'{"test": 2432232315}', 0, "signature_invalid"),
        ({ID: "msg_other"}, BODY, 0, "signature_invalid"),
        ({ID: ""}, BODY, 0, "signature_invalid"),
        ({TIMESTAMP: "1614265331"}, BODY, 0, "signature_invalid"),
        ({TIMESTAMP: "soon"}, BODY, 0, "signature_invalid"),
        ({TIMESTAMP: "9" * 400}, BODY, 0, "signature_expired"),
        ({SIGNATURE: "v1,\u00e9"}, BODY, 0, "signature_invalid"),
        ({SIGNATURE: ""}, BODY, 0, "signature_invalid"),
        ({}, BODY, 5.1, "signature_expired"),
        ({}, BODY, -5.1, "signature_expired"),
    ],
)
def test_anything_else_is_turned_away(
    changed: dict[str, str], body: bytes, minutes: float, error: str
) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        checked([SECRET], KNOWN | changed, body, AT + timedelta(minutes=minutes))

    assert refusal.value.error == error


def test_without_a_secret_no_message_is_taken() -> None:
    with pytest.raises(Unauthenticated):
        checked([], KNOWN, BODY, AT)
