"""Every comparison with every kind of value: what compares, and what never does."""

from typing import Any

import pytest
from tests.targeting.asking import compares, holds

from firstmile.targeting.comparing import MOST_TEXT
from firstmile.targeting.conditions import Op

KINDS: list[Any] = [None, True, False, 0, 1, 1.5, "", "1", "text", [], ["1"], {}, {"a": 1}]
VALUES: dict[Op, list[Any]] = {
    **{op: ["1.2.3"] for op in Op},
    Op.LESS: [2],
    Op.LESS_OR_EQUAL: [2],
    Op.MORE: [0],
    Op.MORE_OR_EQUAL: [0],
    Op.BEFORE: ["2026-12-01T09:00:00Z"],
    Op.AFTER: ["2026-12-01T09:00:00Z"],
    Op.WITHIN: ["10.0.0.0/8"],
    Op.PRESENT: [],
    Op.ABSENT: [],
}


@pytest.mark.parametrize("op", Op)
def test_what_is_missing_compares_with_nothing(op: Op) -> None:
    missing = holds({}, attribute="it", op=op, values=VALUES[op])

    assert missing is (op in (Op.IS_NOT, Op.ABSENT))
    assert compares(None, op, *VALUES[op]) is missing


@pytest.mark.parametrize("op", Op)
@pytest.mark.parametrize("found", KINDS)
def test_no_kind_of_value_stops_a_comparison(op: Op, found: Any) -> None:
    for given in ({}, {"loose": True}, {"ignoreCase": True}):
        assert compares(found, op, *VALUES[op], **given) in (True, False)


@pytest.mark.parametrize(
    ("found", "values", "expected"),
    [
        ("CA", ["CA", "US"], True),
        ("ca", ["CA"], False),
        (1, [1], True),
        (1.0, [1], True),
        (1, ["1"], False),
        ("1", [1], False),
        (True, [1], False),
        (1, [True], False),
        (True, [True], True),
        (False, [0], False),
        (["US", "CA"], ["CA"], True),
        (["US"], ["CA"], False),
        ([True], [1], False),
        ([["CA"]], ["CA"], False),
        ([], ["CA"], False),
        ({"CA": 1}, ["CA"], False),
        (float("nan"), [0], False),
        (10**30, [10**30], True),
    ],
)
def test_being_one_of_the_values_is_as_strict_as_json(
    found: Any, values: list[Any], expected: bool
) -> None:
    assert compares(found, "is", *values) is expected
    assert compares(found, "is_not", *values) is not expected


@pytest.mark.parametrize(
    ("found", "op", "values", "expected"),
    [
        (1, "is", ["1"], True),
        ("1", "is", [1], True),
        (1.0, "is", ["1"], True),
        (1.5, "is", ["1.5"], True),
        (True, "is", ["true"], True),
        (True, "is", [1], False),
        ([1, 2], "is", ["2"], True),
        (1, "is_not", ["1"], False),
        ("7", "more", [6], True),
        ("7 ", "more", [6], False),
        ("seven", "more", [6], False),
        ("1e3", "more_or_equal", [1000], True),
        ("9" * 400, "more", [1], False),
        (True, "more", [0], False),
        (12, "starts_with", ["1"], True),
        (2, "version_more", ["1.9"], True),
        (None, "is", ["null"], False),
    ],
)
def test_loosely_text_and_what_it_spells_are_the_same(
    found: Any, op: str, values: list[Any], expected: bool
) -> None:
    assert compares(found, op, *values, loose=True) is expected


@pytest.mark.parametrize(
    ("op", "found", "value", "expected"),
    [
        ("contains", "a@example.org", "@example", True),
        ("contains", "a@EXAMPLE.org", "@example", False),
        ("starts_with", "Dana", "Da", True),
        ("starts_with", "Dana", "na", False),
        ("ends_with", "Dana", "na", True),
        ("ends_with", "Dana", "Da", False),
        ("matches", "abc-12", "^[a-z]+-[0-9]{2}$", True),
        ("matches", "xabc-123", "[a-z]+-[0-9]{2}", True),
        ("matches", "ABC", "^abc$", False),
        ("contains", 5, "5", False),
        ("contains", ["a"], "a", False),
    ],
)
def test_texts(op: str, found: Any, value: str, expected: bool) -> None:
    assert compares(found, op, value) is expected


@pytest.mark.parametrize("op", ["is", "contains", "starts_with", "ends_with"])
def test_case_is_passed_over_letter_by_letter_as_in_every_language_of_clients(op: str) -> None:
    assert compares("ÉTÉ", op, "été", ignoreCase=True)
    assert not compares("ÉTÉ", op, "été")
    assert not compares("STRASSE", op, "straße", ignoreCase=True)


def test_a_pattern_passes_over_case_when_asked() -> None:
    assert compares("ABC", "matches", "^abc$", ignoreCase=True)


@pytest.mark.parametrize(
    ("op", "found", "expected"),
    [
        ("less", 4.9, True), ("less", 5, False), ("less", "4", False), ("less", True, False),
        ("less_or_equal", 5, True), ("less_or_equal", 5.1, False),
        ("more", 5.1, True), ("more", 5, False), ("more", float("inf"), True),
        ("more_or_equal", 5, True), ("more_or_equal", 4, False), ("more", float("nan"), False),
        ("more", [6], False), ("more", 10**400, True),
    ],
)  # fmt: skip
def test_numbers(op: str, found: Any, expected: bool) -> None:
    assert compares(found, op, 5) is expected


@pytest.mark.parametrize(
    ("op", "found", "expected"),
    [
        ("before", "2026-12-01T08:59:59Z", True),
        ("before", "2026-12-01T09:00:00Z", False),
        ("before", "2026-12-01T10:59:59+02:00", True),
        ("before", "2026-12-01T08:59:59", True),
        ("after", "2026-12-01T09:00:00.001Z", True),
        ("after", "2026-12-02", True),
        ("after", 1_796_115_601, True),
        ("before", 1_796_115_599, True),
        ("after", "yesterday", False),
        ("after", 1e400, False),
        ("after", float("nan"), False),
        ("after", True, False),
        ("before", [1], False),
    ],
)
def test_moments(op: str, found: Any, expected: bool) -> None:
    assert compares(found, op, "2026-12-01T09:00:00Z") is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("10.255.0.1", True),
        ("11.0.0.1", False),
        ("::ffff:10.0.0.1", True),
        ("2001:db8::7", True),
        ("2001:db9::7", False),
        ("192.168.1.7", True),
        ("192.168.1.8", False),
        ("10.0.0", False),
        ("", False),
        (167_772_161, False),
    ],
)
def test_addresses_within_networks(found: Any, expected: bool) -> None:
    networks = ["10.0.0.0/8", "2001:db8::/32", "192.168.1.7"]

    assert compares(found, "within", *networks) is expected


def test_nothing_blows_up_a_pattern() -> None:
    """RE2 takes steps in the length of the text; a backtracking engine would take 2^30."""
    evil, text = "^(a+)+$", "a" * 30 + "!"

    assert not compares(text, "matches", evil)
    assert not compares("a" * (MOST_TEXT * 10) + "!", "matches", "(x+x+)+y")


@pytest.mark.parametrize("broken", ["(", "a{1001}", "(?=a)", "\\1", "(a{1000}){1000}"])
def test_a_pattern_that_re2_does_not_take_is_refused(broken: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        compares("a", "matches", broken)


def test_half_a_character_is_only_a_text_that_does_not_match() -> None:
    assert not compares("\ud800", "matches", "^a")
    assert not compares("\ud800", "is", "a")


@pytest.mark.parametrize(
    ("name", "context", "expected"),
    [
        ("plan.name", {"plan": {"name": "pro"}}, True),
        ("plan.name", {"plan.name": "pro"}, True),
        ("plan.name", {"plan.name": "free", "plan": {"name": "pro"}}, False),
        ("plan.name", {"plan": "pro"}, False),
        ("plan.name.first", {"plan": {"name": {"first": "pro"}}}, True),
        ("plan.name", {"plan": {"nam": "pro"}}, False),
        ("plan.name", {}, False),
    ],
)
def test_an_attribute_is_found_by_its_whole_name_first(
    name: str, context: dict[str, Any], expected: bool
) -> None:
    assert holds(context, attribute=name, values=["pro"]) is expected
