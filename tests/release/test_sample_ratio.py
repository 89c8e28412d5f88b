"""A split is judged by its arms that have a share, and only by those."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import betaln

from firstmile.release.sample_ratio import CONCENTRATIONS, SampleRatio, Split, check, watch

HALVES = {"A": 1, "B": 1}


@pytest.mark.parametrize(
    ("counts", "chance"),
    [((1_000, 1_100), 0.0290963), ((9_120, 6_400), 1.1e-105), ((5_050, 4_950), 0.317311)],
)
def test_the_chances_are_the_ones_published(counts: tuple[int, int], chance: float) -> None:
    found = check(dict(zip("AB", counts, strict=True)), HALVES)

    assert found.p_value == pytest.approx(chance, rel=0.02 if chance < 1e-9 else 2e-6)
    assert found.p_value == pytest.approx(stats.chisquare(counts).pvalue, rel=1e-11)


def test_an_arm_without_a_share_changes_nothing() -> None:
    """[5050, 4950, 0] with shares (.5, .5, 0) is .3173; a peer says .607."""
    without = check({"A": 5_050, "B": 4_950}, HALVES)
    with_it = check({"A": 5_050, "B": 4_950, "C": 0}, {**HALVES, "C": 0})

    assert with_it == without
    assert with_it.p_value == pytest.approx(0.317311, abs=5e-7)
    assert watch({"A": 5_050, "B": 4_950, "C": 0}, {**HALVES, "C": 0}) == watch(
        {"A": 5_050, "B": 4_950}, HALVES
    )


@pytest.mark.parametrize("weights", [{**HALVES, "C": 0}, HALVES])
def test_people_in_an_arm_without_a_share_are_an_error(weights: dict[str, float]) -> None:
    for look in (check, watch):
        found = look({"A": 5_050, "B": 4_950, "C": 1}, weights)

        assert found.split is Split.BROKEN
        assert found.misplaced == {"C": 1}
        assert found.units == 10_000


def test_a_broken_split_is_found() -> None:
    for look in (check, watch):
        assert look({"A": 9_120, "B": 6_400}, HALVES).split is Split.BROKEN
        assert look({"A": 5_050, "B": 4_950}, HALVES).split is Split.SOUND
        assert look({"A": 200, "B": 20}, HALVES).split is Split.BROKEN
        assert look({"A": 900, "B": 100}, {"A": 9, "B": 1}).split is Split.SOUND
        assert look({"A": 0, "B": 1_000}, HALVES).split is Split.BROKEN


def test_a_few_people_say_nothing_of_a_split() -> None:
    for look in (check, watch):
        assert look({"A": 99, "B": 0}, HALVES).split is Split.UNKNOWN
        assert look({}, HALVES).split is Split.UNKNOWN


def test_chi_square_waits_for_five_in_each_arm() -> None:
    assert check({"A": 400, "B": 8}, {"A": 99, "B": 1}).split is Split.UNKNOWN


def test_one_arm_alone_is_always_as_it_should_be() -> None:
    for look in (check, watch):
        assert look({"A": 500}, {"A": 1}).p_value == 1
        assert look({"A": 500}, {"A": 1}).split is Split.SOUND


@pytest.mark.parametrize(
    ("counts", "weights"),
    [({"A": -1}, {"A": 1}), ({"A": 1}, {"A": -1}), ({"A": 1}, {"A": 0}), ({}, {})],
)
def test_a_split_that_cannot_be_is_refused(
    counts: dict[str, int], weights: dict[str, float]
) -> None:
    for look in (check, watch):
        with pytest.raises(ValueError, match="some arm has a weight"):
            look(counts, weights)


COUNTS = st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 10**9))
WEIGHTS = st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 100), min_size=1)


@given(COUNTS, WEIGHTS)
def test_a_check_survives_whatever_comes(counts: dict[str, int], weights: dict[str, int]) -> None:
    if not any(weights.values()):
        return
    for found in (check(counts, weights), watch(counts, weights)):
        assert 0 <= found.p_value <= 1
        assert found.units + sum(found.misplaced.values()) == sum(counts.values())
        assert set(found.expected) == {arm for arm, weight in weights.items() if weight}


@given(st.integers(0, 3_000), st.integers(0, 3_000))
def test_the_watch_is_the_bayes_factor_of_the_paper(one: int, two: int) -> None:
    """Two arms by SciPy's beta function, where ours has gammas."""
    logs = [
        betaln(c / 2 + one, c / 2 + two) - betaln(c / 2, c / 2) + (one + two) * math.log(2)
        for c in CONCENTRATIONS
    ]
    factor = math.fsum(math.exp(min(700, log)) for log in logs) / len(logs)

    if max(logs) < 700:
        assert watch({"A": one, "B": two}, HALVES).p_value == pytest.approx(
            min(1.0, 1 / factor), rel=1e-6
        )


def test_watching_a_sound_split_seldom_alarms_and_chi_square_does() -> None:
    """Looked at 200 times. With one look in a thousand allowed, chi-square alarms too often."""
    chance = random.Random(11)
    alarms = {check: 0, watch: 0}
    for _ in range(400):
        looks = list(_looks(chance))
        for way in alarms:
            alarms[way] += any(way(counts, HALVES).p_value < 0.001 for counts in looks)

    assert alarms[watch] <= 1
    assert alarms[check] >= 4


def _looks(chance: random.Random) -> list[dict[str, int]]:
    found, other = [], 0
    for look in range(1, 201):
        other += chance.getrandbits(100).bit_count()
        found.append({"A": look * 100 - other, "B": other})
    return found


def test_a_result_says_what_should_have_been() -> None:
    found = check({"A": 60, "B": 80}, {"A": 1, "B": 3})

    assert isinstance(found, SampleRatio)
    assert found.expected == {"A": 35.0, "B": 105.0}
