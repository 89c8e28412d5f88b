"""Shares and weights: everybody stays where they are while a percentage grows."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.targeting.asking import UNITS, a_flag, asked

from firstmile.targeting.flags import Flag, Serve
from firstmile.targeting.hashing import Hash
from firstmile.targeting.outcomes import Outcome
from firstmile.targeting.sharing import places

CLUBS = [{"variant": name, "weight": 25} for name in ("clubs", "diamonds", "hearts", "spades")]
CARDS: dict[str, Any] = {
    "type": "string",
    "variants": {one["variant"]: one["variant"] for one in CLUBS},
    "onVariant": "clubs",
    "offVariant": None,
}


def unit(name: Any) -> dict[str, Any]:
    return {"targetingKey": name}


def dealt(percentage: float, **serve: Any) -> Flag:
    return a_flag(
        "fractional-flag",
        **CARDS,
        serve={"weights": CLUBS, "rolloutPercentage": percentage, **serve},
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("jack", "hearts"),
        ("queen", "spades"),
        ("ten", "clubs"),
        ("nine", "diamonds"),
        ("3", "clubs"),
        (3, "clubs"),
    ],
)
def test_cards_are_dealt_as_flagd_deals_them(name: Any, expected: str) -> None:
    outcome = asked(dealt(100), unit(name))

    assert (outcome.value, outcome.reason) == (expected, "SPLIT")


@pytest.mark.parametrize("version", Hash)
@settings(max_examples=40, deadline=None)
@given(
    weights=st.lists(st.integers(0, 1000), min_size=2, max_size=4).filter(any),
    percentages=st.lists(st.integers(0, 100_000), min_size=2, max_size=2).map(sorted),
)
def test_growing_a_percentage_keeps_everybody(
    version: Hash, weights: list[int], percentages: list[int]
) -> None:
    def serving(percentage: int) -> Flag:
        named = [
            {"variant": one["variant"], "weight": weight}
            for one, weight in zip(CLUBS, weights, strict=False)
        ]
        return dealt(percentage / 1000, weights=named, hashVersion=version)

    small, large = (serving(one) for one in percentages)
    for name in UNITS[:60]:
        before = asked(small, unit(name))
        if before.variant is not None:
            assert asked(large, unit(name)) == before


@pytest.mark.parametrize("version", [one for one in Hash if one is not Hash.UNLEASH_VARIANTS])
def test_a_percentage_is_about_that_part_of_the_units(version: Hash) -> None:
    flag = a_flag(serve={"variant": "on", "rolloutPercentage": 30, "hashVersion": version})
    inside = sum(asked(flag, unit(name)).value for name in UNITS[:5000])

    assert 0.27 < inside / 5000 < 0.33


@settings(max_examples=100, deadline=None)
@given(
    weights=st.lists(st.integers(0, 2**20), min_size=1, max_size=5).filter(any),
    percentage=st.integers(1, 100_000),
    version=st.sampled_from(Hash),
)
def test_the_limits_leave_no_gap_and_never_overlap(
    weights: list[int], percentage: int, version: Hash
) -> None:
    given = {
        "weights": [{"variant": str(at), "weight": one} for at, one in enumerate(weights)],
        "rolloutPercentage": percentage / 1000,
        "hashVersion": version,
    }
    _, limits = places(msgspec.convert(given, Serve), "key")
    ends = 0
    for _, begin, end in limits:
        assert ends <= begin <= end
        ends = end
    if percentage == 100_000:
        assert [limit[1] for limit in limits[1:]] == [limit[2] for limit in limits[:-1]]


def without(**serve: Any) -> Outcome:
    return asked(a_flag(serve={"variant": "on", **serve}), {"market": "CA"})


def test_who_cannot_be_told_apart_gets_an_error_only_where_it_matters() -> None:
    assert without(rolloutPercentage=50).error == "TARGETING_KEY_MISSING"
    assert without(rolloutPercentage=50, by="sessionId").value is False
    assert without(rolloutPercentage=100).value is True
    assert without(rolloutPercentage=0).value is False


@pytest.mark.parametrize("key", ["", None, True, [], {}, float("nan")])
def test_what_identifies_nobody_is_no_key(key: Any) -> None:
    flag = a_flag(serve={"variant": "on", "rolloutPercentage": 50}, userWhitelist=["x"])
    outcome = asked(flag, unit(key))

    assert outcome.error == (None if isinstance(key, float) else "TARGETING_KEY_MISSING")


def test_a_salt_of_its_own_ties_two_flags_together() -> None:
    def variants(key: str, **serve: Any) -> list[Any]:
        flag = a_flag(key, serve={"variant": "on", "rolloutPercentage": 50, **serve})
        return [asked(flag, unit(name)).value for name in UNITS[:200]]

    assert variants("one", salt="pair") == variants("other", salt="pair")
    assert variants("one") != variants("other")


def test_a_percentage_is_as_fine_as_a_thousandth() -> None:
    flag = a_flag(serve={"variant": "on", "rolloutPercentage": 0.001})
    _, [(_, begin, end)] = places(flag.serve, flag.key)

    assert (begin, end) == (0, 42_950)  # of 2^32
