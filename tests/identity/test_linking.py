"""What becomes of somebody whom a provider sends, in every case there is."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest

from firstmile.identity.claims import Identity
from firstmile.identity.linking import Step, has_another_way, next_step
from firstmile.identity.models import CONTESTED, NO_PASSWORD, User
from firstmile.kernel.ids import UserId

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
DANA = Identity(
    provider="acme",
    issuer="https://acme.example",
    subject="7",
    label="dana@example.org",
    email="dana@example.org",
    is_email_confirmed=True,
    first_name="Dana",
    last_name="Example",
    proved_at=NOW,
)
UNCONFIRMED = User.registering(
    UserId(UUID(int=1)),
    "dana@example.org",
    "hash",
    names=("Dana", "Example"),
    locale="en",
    now=NOW,
)
CONFIRMED = replace(UNCONFIRMED, email_verified_at=NOW)

ADDRESSES = {
    "confirmed": DANA,
    "unconfirmed": replace(DANA, is_email_confirmed=False),
    "none": replace(DANA, email=None, is_email_confirmed=False),
}
HOLDERS = {"nobody": None, "unconfirmed": UNCONFIRMED, "confirmed": CONFIRMED}

# The address the provider tells, the account that has it, and what comes next.
TABLE = {
    ("confirmed", "nobody"): Step.OPEN,
    ("confirmed", "unconfirmed"): Step.TAKE_OVER,
    ("confirmed", "confirmed"): Step.PROVE_ACCOUNT,
    ("unconfirmed", "nobody"): Step.PROVE_ADDRESS,
    ("unconfirmed", "unconfirmed"): Step.PROVE_ADDRESS,
    ("unconfirmed", "confirmed"): Step.PROVE_ADDRESS,
    ("none", "nobody"): Step.ASK_ADDRESS,
    ("none", "unconfirmed"): Step.ASK_ADDRESS,
    ("none", "confirmed"): Step.ASK_ADDRESS,
}
EVERY = list(product(ADDRESSES, HOLDERS))


def test_every_case_is_in_the_table() -> None:
    assert set(TABLE) == set(EVERY)


@pytest.mark.parametrize(("address", "holder"), EVERY)
def test_somebody_unknown_is_asked_for_proof_of_what_they_claim(address: str, holder: str) -> None:
    step = next_step(ADDRESSES[address], is_connected=False, holder=HOLDERS[holder])

    assert step is TABLE[address, holder]


@pytest.mark.asvs("6.8.1")
@pytest.mark.parametrize(("address", "holder"), EVERY)
def test_somebody_known_signs_in_whatever_address_they_have_by_now(
    address: str, holder: str
) -> None:
    step = next_step(ADDRESSES[address], is_connected=True, holder=HOLDERS[holder])

    assert step is Step.SIGN_IN


@pytest.mark.parametrize(("address", "holder"), EVERY)
def test_no_address_ever_opens_an_account_that_somebody_has_confirmed(
    address: str, holder: str
) -> None:
    step = next_step(ADDRESSES[address], is_connected=False, holder=HOLDERS[holder])

    if holder == "confirmed":
        assert step not in (Step.SIGN_IN, Step.OPEN, Step.TAKE_OVER)


@pytest.mark.parametrize(
    ("password", "has_passkey", "others", "can"),
    [
        ("hash", False, [], True),
        (NO_PASSWORD, False, [], False),
        (CONTESTED, False, [], False),
        (NO_PASSWORD, True, [], True),
        (NO_PASSWORD, False, ["acme"], True),
        (NO_PASSWORD, False, ["gone"], False),
        (NO_PASSWORD, False, ["gone", "acme"], True),
    ],
)
def test_a_connection_may_go_while_another_way_is_left(
    password: str, has_passkey: bool, others: list[str], can: bool
) -> None:
    """A service that is no longer offered here is no way in."""
    user = replace(CONFIRMED, password_hash=password)

    assert has_another_way(user, has_passkey=has_passkey, others=others, offered=["acme"]) is can
