"""Conditions of conditions, segments and shares, and what is wrong with them."""

from typing import Any

import pytest
from tests.targeting.asking import UNITS, a_condition, a_flag, a_segment, a_snapshot, asked, holds

from firstmile.targeting.checking import complaints
from firstmile.targeting.compiling import SegmentMissing

IN_CANADA = {"attribute": "country", "values": ["CA"]}
ON_PRO = {"attribute": "plan", "values": ["pro"]}
DANA = {"targetingKey": "dana", "country": "CA", "plan": "free"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"allOf": [IN_CANADA, ON_PRO]}, False),
        ({"anyOf": [IN_CANADA, ON_PRO]}, True),
        ({"noneOf": [IN_CANADA, ON_PRO]}, False),
        ({"noneOf": [ON_PRO]}, True),
        ({"allOf": [IN_CANADA, {"noneOf": [ON_PRO, {"allOf": [IN_CANADA, ON_PRO]}]}]}, True),
        ({"allOf": []}, True),
        ({"anyOf": []}, False),
        ({"noneOf": []}, True),
    ],
)
def test_conditions_hold_all_any_or_none(condition: dict[str, Any], expected: bool) -> None:
    assert holds(DANA, **condition) is expected


def in_segment(context: dict[str, Any], *segments: Any) -> bool:
    rule = {"when": {"segment": "early"}, "serve": {"variant": "on"}}
    flag = a_flag(rules=[rule], serve={"variant": "off"})
    return bool(asked(flag, context, segments=segments).value)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("dana", True), ("bob", False), ("alice", True), (7, True), (None, False), ([], False)],
)
def test_who_is_left_out_never_belongs_and_who_is_listed_always(unit: Any, expected: bool) -> None:
    segment = a_segment("early", included=["dana", "bob", "7"], excluded=["bob"], when=IN_CANADA)

    country = "CA" if unit == "alice" else "FR"
    assert in_segment({"targetingKey": unit, "country": country}, segment) is expected


def test_a_segment_may_name_others_in_any_order() -> None:
    early = a_segment("early", when={"allOf": [{"segment": "pro"}, {"segment": "canada"}]})
    pro, canada = a_segment("pro", when=ON_PRO), a_segment("canada", when=IN_CANADA)

    assert in_segment({**DANA, "plan": "pro"}, early, pro, canada)
    assert not in_segment(DANA, canada, early, pro)


def test_a_segment_that_names_itself_holds_only_who_is_listed() -> None:
    early = a_segment("early", included=["dana"], when={"noneOf": [{"segment": "late"}]})
    late = a_segment("late", when={"segment": "early"})

    assert in_segment({"targetingKey": "dana"}, early, late)
    assert not in_segment({"targetingKey": "bob"}, a_segment("early", when={"segment": "early"}))


def test_a_flag_that_names_a_missing_segment_fails_alone() -> None:
    rule = {"when": {"segment": "gone"}, "serve": {"variant": "on"}}
    snapshot = a_snapshot(a_flag("broken", rules=[rule]), a_flag("whole"))

    assert snapshot.evaluate("broken", DANA).error == "PARSE_ERROR"
    assert snapshot.evaluate("whole", DANA).value is True
    with pytest.raises(SegmentMissing):
        holds(DANA, segment="gone")


def test_a_share_holds_for_its_part_of_the_units() -> None:
    ten = {"share": {"salt": "layer", "begin": 20, "end": 30}}
    rest = {"share": {"salt": "layer", "begin": 30}}
    inside = [unit for unit in UNITS if holds({"targetingKey": unit}, **ten)]

    assert 0.09 < len(inside) / len(UNITS) < 0.11
    assert not any(holds({"targetingKey": unit}, **rest) for unit in inside)
    assert not holds({}, **ten)
    assert not holds({"targetingKey": ""}, share={"salt": "layer"})
    assert holds({"targetingKey": 7}, share={"salt": "layer"})


def a_share(**given: Any) -> dict[str, Any]:
    return {"share": {"salt": "s", **given}}


@pytest.mark.parametrize(
    ("condition", "at", "said"),
    [
        ({}, "when", "one of"),
        ({"segment": "a", "attribute": "b", "values": ["c"]}, "when", "one of"),
        ({"attribute": "", "values": ["a"]}, "when.attribute", "empty"),
        ({"attribute": "a" * 201, "values": ["a"]}, "when.attribute", "200"),
        ({"attribute": "a"}, "when.values", "empty"),
        ({"attribute": "a", "values": ["b"] * 10_001}, "when.values", "segment"),
        ({"attribute": "a", "op": "present", "values": ["b"]}, "when.values", "not for"),
        ({"attribute": "a", "op": "less", "values": [1, 2]}, "when.values", "one value"),
        ({"attribute": "a", "op": "less", "values": ["1"]}, "when.values", "no number"),
        ({"attribute": "a", "op": "less", "values": [True]}, "when.values", "no number"),
        ({"attribute": "a", "op": "contains", "values": ["b", 1]}, "when.values", "no text"),
        ({"attribute": "a", "op": "before", "values": ["soon"]}, "when.values", "no moment"),
        ({"attribute": "a", "op": "version_is", "values": ["x"]}, "when.values", "no version"),
        ({"attribute": "a", "op": "within", "values": ["10.0.0.0/40"]}, "when.values", "10.0"),
        ({"attribute": "a", "op": "matches", "values": ["("]}, "when.values", "missing"),
        ({"attribute": "a", "op": "matches", "values": ["a" * 501]}, "when.values", "500"),
        ({"share": {"salt": "s", "end": 101}}, "when.share.end", "0 to 100"),
        ({"share": {"salt": "s", "begin": 9, "end": 8}}, "when.share.begin", "past"),
        ({"share": {"salt": "s", "end": 0.0001}}, "when.share.end", "thousandths"),
        (a_share(end=0.5, hashVersion="unleash"), "when.share.end", "steps of 1 "),
        (a_share(hashVersion="unleash-variants"), "when.share.hashVersion", "weights"),
        ({"share": {"salt": "s", "by": ""}}, "when.share.by", "empty"),
        ({"segment": "a", "op": "less"}, "when", "for an attribute"),
        ({"allOf": [IN_CANADA, {"anyOf": [{}]}]}, "when.allOf.1.anyOf.0", "one of"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(
    condition: dict[str, Any], at: str, said: str
) -> None:
    found = list(complaints(a_condition(**condition), "when"))

    assert [where for where, _ in found] == [at]
    assert said in found[0][1]


def test_a_condition_may_not_go_too_deep() -> None:
    deep: dict[str, Any] = IN_CANADA
    for _ in range(13):
        deep = {"allOf": [deep]}

    assert [what for _, what in complaints(a_condition(**deep), "when")] == [
        "goes deeper than 12 levels"
    ]
    assert list(complaints(a_condition(**deep["allOf"][0]), "when")) == []
