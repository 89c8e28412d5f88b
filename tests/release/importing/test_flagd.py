"""Everybody is served what flagd served them, before and after the import."""

import json
from pathlib import Path
from typing import Any

import pytest

from firstmile.release.importing.flagd import from_flagd
from firstmile.release.importing.reading import NotCarried
from firstmile.targeting.outcomes import Outcome
from firstmile.targeting.snapshots import Contents, Snapshot

# Definitions at random without fractional, and what openfeature-flagd-core 2.0.0 said of each;
# its fractional is version 3, so that version 2 is held to the vectors of flagd-testbed instead.
ANSWERS = json.loads((Path(__file__).parent / "flagd_answers.json").read_text())
CARDS = [["clubs", 25], ["diamonds", 25], ["hearts", 25], ["spades", 25]]
EMAIL = {"var": "email"}


def a_file(targeting: Any, default: str | None = "clubs", **given: Any) -> dict[str, Any]:
    flag = {
        "state": "ENABLED",
        "variants": {name: name for name, _ in CARDS},
        "defaultVariant": default,
        "targeting": targeting,
        **given,
    }
    return {"flags": {"fractional-flag": flag}}


def asked(document: dict[str, Any], **context: Any) -> Outcome:
    imported = from_flagd(document)
    assert imported.refused == ()
    return Snapshot(Contents(flags=imported.flags)).evaluate("fractional-flag", context)


@pytest.mark.parametrize("given", ANSWERS, ids=range(len(ANSWERS)))
def test_conditions_answer_as_they_did(given: dict[str, Any]) -> None:
    imported = from_flagd(given["document"])
    snapshot = Snapshot(Contents(flags=imported.flags))

    assert imported.refused == ()
    for case in given["cases"]:
        for key, value in case["answers"].items():
            outcome = snapshot.evaluate(key, case["context"])
            assert ("code" if outcome.variant is None else outcome.value) == value, (key, case)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("jack", "hearts"),
        ("queen", "spades"),
        ("ten", "clubs"),
        ("nine", "diamonds"),
        ("3", "clubs"),
    ],
)
@pytest.mark.parametrize(
    "by",
    [None, {"cat": [{"var": "$flagd.flagKey"}, EMAIL]}, {"cat": ["fractional-", "flag", EMAIL]}],
)
def test_cards_are_dealt_by_version_2(name: str, expected: str, by: Any) -> None:
    """flagd-testbed 3.9.0, @fractional-v2, whose salt is the key of the flag."""
    dealing = a_file({"fractional": [*([by] if by else []), *CARDS]})

    assert asked(dealing, targetingKey=name, email=name).variant == expected


def test_without_a_salt_the_attribute_alone_is_hashed() -> None:
    dealing = a_file({"fractional": [EMAIL, *CARDS]}, default=None)

    assert asked(dealing, email="ejOoVL").variant == "clubs"  # its hash is 0
    assert asked(dealing, email="ceQdGm").variant == "spades"  # its hash is 2^32 - 1
    assert asked(dealing, email="6LvT0").variant == "hearts"  # its hash is 2^31
    assert asked(dealing).variant is None


def test_who_cannot_be_told_apart_has_the_default() -> None:
    assert asked(a_file({"fractional": CARDS}, default="spades")).variant == "spades"


def test_a_weight_below_zero_is_none_and_shorthand_is_one() -> None:
    dealing = a_file({"fractional": [["clubs", -5], ["hearts"]]})

    assert {asked(dealing, targetingKey=str(one)).variant for one in range(50)} == {"hearts"}


def test_a_branch_that_comes_to_nothing_does_not_fall_into_the_next() -> None:
    nothing = {"if": [{"==": [{"var": "a"}, 1]}, None, {"==": [{"var": "b"}, 1]}, "hearts"]}

    assert asked(a_file(nothing), a=1, b=1).variant == "clubs"
    assert asked(a_file(nothing), b=1).variant == "hearts"


def test_a_disabled_flag_leaves_it_to_the_application() -> None:
    outcome = asked(a_file(None, state="DISABLED"), targetingKey="jack")

    assert (outcome.reason, outcome.variant) == ("DISABLED", None)


@pytest.mark.parametrize(
    ("targeting", "why"),
    [
        ({"if": [{"==": [{"var": "a"}, {"var": "b"}]}, "clubs"]}, "computed"),
        ({"if": [{">": [{"var": "$flagd.timestamp"}, 5]}, "clubs"]}, "no attribute"),
        ({"if": [{"var": "a"}, "clubs"]}, "for conditions here"),
        ({"if": [True, "joker"]}, "none of its variants"),
        ({"fractional": [{"cat": [{"var": "a"}, {"var": "b"}]}, *CARDS]}, "several attributes"),
        ({"fractional": [["clubs", {"var": "weight"}]]}, "computed"),
        ({"if": [{"$ref": "gone"}, "clubs"]}, "missing"),
        ({"merge": []}, "names no variant"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_reason(targeting: Any, why: str) -> None:
    found = from_flagd(a_file(targeting))

    assert found.flags == ()
    assert why in found.refused[0].text


def test_another_file_is_refused() -> None:
    with pytest.raises(NotCarried):
        from_flagd({"features": {}})
