"""Versions come one after another as semver.org says."""

from itertools import pairwise

import pytest
from tests.targeting.asking import compares

from firstmile.targeting.versions import parsed

# semver.org 2.0.0, section 11, with what 11.4.1 to 11.4.4 say of each kind.
ORDER = [
    "1.0.0-0",
    "1.0.0-2",
    "1.0.0-11",
    "1.0.0--",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.2.0",
    "1.10.0",
    "2.0.0",
    "2.1.0",
    "2.1.1",
    "10.0.0",
]


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(ORDER)))
def test_precedence_is_that_of_semver(lower: str, higher: str) -> None:
    assert compares(lower, "version_less", higher)
    assert compares(lower, "version_less_or_equal", higher)
    assert compares(higher, "version_more", lower)
    assert compares(higher, "version_more_or_equal", lower)
    assert not compares(lower, "version_is", higher)
    assert not compares(higher, "version_less", lower)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1.0.0+build", "1.0.0"), ("v1.2.3", "1.2.3"), ("1", "1.0.0"), ("1.2", "1.2.0")],
)
def test_what_says_the_same_is_the_same(one: str, other: str) -> None:
    assert compares(one, "version_is", other)


def test_the_same_major_or_minor() -> None:
    assert compares("1.9.0", "version_same_major", "1.2.3")
    assert not compares("2.2.3", "version_same_major", "1.2.3")
    assert compares("1.2.9-rc.1", "version_same_minor", "1.2.3")
    assert not compares("1.3.3", "version_same_minor", "1.2.3")


@pytest.mark.parametrize(
    "text", ["", "a", "1.", "1.2.3.4", "1.2.3-", "1.2.3-a..b", "١.٢.٣", "1" * 11, " 1.0.0", None, 1]
)
def test_what_is_no_version_compares_with_none(text: object) -> None:
    assert parsed(text) is None


def test_an_endless_number_is_no_version() -> None:
    assert parsed("1.0.0-" + "9" * 5000) is None
    assert parsed("1.0.0-" + "9" * 200) is not None
