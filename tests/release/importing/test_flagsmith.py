"""Everybody is served what Flagsmith's own engine served them, before and after the import."""

import json
from pathlib import Path
from typing import Any

import pytest

from firstmile.release.importing.flagsmith import BY_NUMBER, BY_ORDER, from_flagsmith
from firstmile.release.importing.flagsmith_segments import PLACES, limit_below, limit_through
from firstmile.release.importing.reading import NotCarried
from firstmile.targeting.snapshots import Contents, Snapshot

# Environment documents at random, and what flagsmith-flag-engine 11.1.1 said of each feature.
ANSWERS = json.loads((Path(__file__).parent / "flagsmith_answers.json").read_text())


def a_document(**given: Any) -> dict[str, Any]:
    state = {
        "feature": {"id": 1, "name": "sale"},
        "enabled": True,
        "feature_state_value": None,
        "django_id": 7,
    }
    return {"api_key": "env", "feature_states": [state], "project": {"segments": []}, **given}


def a_segment(*conditions: dict[str, Any]) -> dict[str, Any]:
    """A document whose one feature is overridden by a segment."""
    state = {**a_document()["feature_states"][0], "enabled": False}
    rule = {"type": "ALL", "conditions": list(conditions)}
    segment = {"id": 3, "name": "Early", "rules": [rule], "feature_states": [state]}
    return a_document(project={"segments": [segment]})


@pytest.mark.parametrize("given", ANSWERS, ids=range(len(ANSWERS)))
def test_everybody_stays_where_they_were(given: dict[str, Any]) -> None:
    imported = from_flagsmith(given["document"])
    snapshot = Snapshot(Contents(flags=imported.flags, segments=imported.segments))

    assert imported.refused == ()
    for case in given["cases"]:
        for key, (is_on, value) in case["answers"].items():
            assert snapshot.evaluate(key, case["context"]).value is is_on, (key, case["context"])
            assert snapshot.evaluate(f"{key}.value", case["context"]).value == value


@pytest.mark.parametrize("percentage", [0, 0.01, 12.345678, 33.3, 50, 99.99, 100])
def test_a_percentage_ends_at_the_place_where_the_engines_floats_end_it(percentage: float) -> None:
    places = [at / PLACES * 100 for at in range(PLACES)]

    assert limit_below(percentage) == sum(one < percentage for one in places)
    assert limit_through(percentage) == sum(one <= percentage for one in places)


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ({"property_": "age", "operator": "MODULO", "value": "2|0"}, "segment that cannot"),
        ({"property_": "name", "operator": "GREATER_THAN", "value": "m"}, "segment that cannot"),
        ({"property_": "age", "operator": "NOT_EQUAL", "value": "1.5"}, "segment that cannot"),
        ({"property_": "$.environment.name", "operator": "EQUAL", "value": "x"}, "segment that"),
        (
            {"property_": "plan", "operator": "PERCENTAGE_SPLIT", "value": "5"},
            "segment that cannot",
        ),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_reason(
    condition: dict[str, Any], why: str
) -> None:
    found = from_flagsmith(a_segment(condition))

    assert found.flags == ()
    assert why in found.refused[0].text


def test_what_differs_is_told() -> None:
    ordered = from_flagsmith(a_segment({"property_": "age", "operator": "LESS_THAN", "value": "5"}))
    assert [(one.key, one.text) for one in ordered.notes] == [("flagsmith-3", BY_ORDER)]

    value = {"value": "red"}
    split = {"id": 1, "percentage_allocation": 50, "multivariate_feature_option": value}
    document = a_document(use_identity_composite_key_for_hashing=False)
    document["feature_states"][0]["multivariate_feature_state_values"] = [split]
    numbered = from_flagsmith(document)
    assert [(one.key, one.text) for one in numbered.notes] == [("sale.value", BY_NUMBER)]


def test_another_file_is_refused() -> None:
    with pytest.raises(NotCarried):
        from_flagsmith({"flags": {}})
