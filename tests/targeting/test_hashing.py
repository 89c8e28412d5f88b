"""Where units fall is what each algorithm's own project publishes, and what it says it is."""

from itertools import combinations

import pytest
from growthbook.core import gbhash
from tests.targeting.asking import UNITS

from firstmile.targeting.hashing import NOT_INDEPENDENT, Hash, bound


def place(version: Hash, salt: str, unit: str, weight: int = 1) -> int:
    position, _ = bound(version, salt, weight)
    return position(unit)


@pytest.mark.parametrize(
    ("salt", "unit", "expected"),
    [
        ("", "hello", 613153351),
        ("fractional-flag", "jack", 2682799072),
        ("fractional-flag", "queen", 4278517551),
        ("fractional-flag", "ten", 801845258),
        ("fractional-flag", "nine", 1406129861),
        ("fractional-flag", "3", 604371928),
        ("", "ejOoVL", 0),
        ("", "bY9fO-", 1),
        ("", "SI7p-", 0x7FFFFFFF),
        ("", "6LvT0", 0x80000000),
        ("", "ceQdGm", 0xFFFFFFFF),
    ],
)
def test_murmur3_is_that_of_flagd(salt: str, unit: str, expected: int) -> None:
    """flagd's fractional, version 2, with the edges of its hash (flagd-testbed 3.9.0)."""
    assert place(Hash.MURMUR3, salt, unit) == expected


@pytest.mark.parametrize(
    ("version", "salt", "unit", "expected"),
    [
        (1, "", "a", 0.22), (1, "", "b", 0.077), (1, "b", "a", 0.946), (1, "ef", "d", 0.652),
        (1, "asdf", "8952klfjas09ujk", 0.549), (1, "", "123", 0.011), (1, "", '___)((*":&', 0.563),
        (2, "seed", "a", 0.0505), (2, "seed", "b", 0.2696), (2, "foo", "ab", 0.2575),
        (2, "foo", "def", 0.2019), (2, "89123klj", "8952klfjas09ujkasdf", 0.124),
        (2, "90850943850283058242805", "123", 0.7516), (2, "()**(%$##$%#$#", '___)((*":&', 0.0128),
    ],
)  # fmt: skip
def test_growthbook_is_that_of_its_specification(
    version: int, salt: str, unit: str, expected: float
) -> None:
    """GrowthBook's cases.json, version 0.8.0."""
    position, places = bound(Hash(f"growthbook-{version}"), salt, 1)

    assert position(unit) == round(expected * places)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("unit", ["é", "日本", "👋🏽", "a\ud800"])
def test_growthbook_hashes_what_javascript_calls_characters(version: int, unit: str) -> None:
    position, places = bound(Hash(f"growthbook-{version}"), "seed", 1)
    assert position(unit) / places == gbhash("seed", unit, version)


@pytest.mark.parametrize(("salt", "unit", "expected"), [("gr1", "123", 73), ("groupX", "999", 25)])
def test_unleash_is_that_of_its_specification(salt: str, unit: str, expected: int) -> None:
    assert place(Hash.UNLEASH, salt, unit) + 1 == expected


def test_variants_of_unleash_have_a_seed_of_their_own() -> None:
    assert place(Hash.UNLEASH_VARIANTS, "gr1", "123", 1000) + 1 == 796


@pytest.mark.parametrize(
    ("salt", "unit", "expected"),
    [
        ("hashKey.saltyA", "userKeyA", 0.42157587),
        ("hashKey.saltyA", "userKeyB", 0.6708485),
        ("hashKey.saltyA", "userKeyC", 0.10343106),
        ("61", "userKeyA", 0.09801207),
        ("61", "userKeyB", 0.14483777),
        ("61", "userKeyC", 0.9242641),
    ],
)
def test_launchdarkly_is_that_of_its_harness(salt: str, unit: str, expected: float) -> None:
    position, places = bound(Hash.LAUNCHDARKLY, salt, 1)

    assert position(unit) / places == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    ("salt", "unit", "expected"),
    [
        ("1,env_", "dana", 40.658131626325265),
        ("12,env_", "bob", 99.81996399279855),
        ("7,", "user-é", 7.341468293658732),
        ("12,", "29742", 50.0),
        ("12,", "18753", 53.890778155631125),  # hashed twice: the first time it is 100
        ("12,", "19707", 96.55931186237248),
    ],
)
def test_flagsmith_is_that_of_its_engine(salt: str, unit: str, expected: float) -> None:
    """flagsmith-flag-engine 11.1.1, get_hashed_percentage_for_object_ids."""
    position, places = bound(Hash.FLAGSMITH, salt, 1)

    assert position(unit) / places * 100 == expected


@pytest.mark.parametrize("version", Hash)
def test_every_unit_has_a_place(version: Hash) -> None:
    position, places = bound(version, "salt", 1000)

    for unit in ("", "é", "👋", "\ud800", "a" * 10_000, *UNITS[:2000]):
        assert 0 <= position(unit) < places


def together(version: Hash) -> list[float]:
    """Of who is in ten percent of one flag, the share that is in ten percent of another."""
    inside = []
    for number in range(2, 9):
        position, places = bound(version, f"checkout-v{number}", 1000)
        inside.append({unit for unit in UNITS if position(unit) * 10 < places})
    return [len(one & other) / len(one) for one, other in combinations(inside, 2)]


@pytest.mark.parametrize("version", [one for one in Hash if one not in NOT_INDEPENDENT])
def test_who_is_in_one_flag_tells_nothing_of_another(version: Hash) -> None:
    """Of some 2,000 a tenth deviates by 0.0067; 21 pairs stay within five times that."""
    shares = together(version)

    assert min(shares) > 0.066
    assert max(shares) < 0.134


@pytest.mark.parametrize("version", NOT_INDEPENDENT)
def test_an_algorithm_that_ties_flags_together_is_called_so(version: Hash) -> None:
    assert min(together(version)) < 0.03
