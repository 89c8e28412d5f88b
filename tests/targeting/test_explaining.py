"""An explanation never disagrees with the evaluation, and says what each question saw."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from tests.targeting.asking import CONTEXTS, a_flag, a_segment, a_snapshot, flags

from firstmile.targeting.explaining import explained
from firstmile.targeting.flags import Flag
from firstmile.targeting.receipts import Receipt, receipt_of, replayed
from firstmile.targeting.telling import told

EARLY = a_segment("early", included=["dana"], when={"attribute": "country", "values": ["CA"]})
DANA = {"targetingKey": "dana", "market": "CA", "age": 30, "plan": {"name": "pro"}}
PLACE = 'dana falls to place 3454709024 by murmur3 with salt "layer"; served are 0 to 429496730'
RULES = [
    {
        "id": "adults",
        "when": {
            "allOf": [
                {"segment": "early"},
                {"attribute": "age", "op": "more_or_equal", "values": [18]},
                {"noneOf": [{"attribute": "plan.name", "values": ["free"]}]},
            ]
        },
        "serve": {"variant": "on", "rolloutPercentage": 50},
    },
    {"when": {"share": {"salt": "layer", "end": 10}}, "serve": {"variant": "on"}},
]


@settings(max_examples=150, deadline=None)
@given(flag=flags(), context=CONTEXTS)
def test_an_explanation_comes_to_what_the_evaluation_does(
    flag: Flag, context: dict[str, Any]
) -> None:
    snapshot = a_snapshot(flag, a_flag("base", markets=["CA"]), segments=[EARLY])
    explanation = explained(snapshot, "flag", context)

    assert explanation.outcome == snapshot.evaluate("flag", context)
    assert [step.decides for step in explanation.steps[:-1]] == [False] * (
        len(explanation.steps) - 1
    )
    assert explanation.steps[-1].decides
    assert list(told(explanation))


@settings(max_examples=100, deadline=None)
@given(flag=flags(), context=CONTEXTS)
def test_a_receipt_comes_to_the_same_from_what_it_holds(
    flag: Flag, context: dict[str, Any]
) -> None:
    unused = a_segment("unused", included=["bob"])
    snapshot = a_snapshot(flag, a_flag("base"), a_flag("other"), segments=[unused, EARLY])
    receipt = receipt_of(snapshot, "flag", {**context, "email": "dana@example.org"})

    assert replayed(receipt)[1]
    assert "email" not in receipt.context
    assert {one.key for one in receipt.contents.flags} <= {"flag", "base"}
    assert {one.key for one in receipt.contents.segments} <= {"early"}


def test_each_part_of_a_rule_says_what_it_saw() -> None:
    snapshot = a_snapshot(a_flag("sale", rules=RULES, serve={"variant": "off"}), segments=[EARLY])
    explanation = explained(snapshot, "sale", DANA)
    rule = explanation.steps[0]

    assert [(one.at, one.holds, one.value) for one in rule.seen] == [
        ("rules.0.when.allOf.0", True, None),
        ("segments.early.when", False, None),
        ("rules.0.when.allOf.1", True, 30),
        ("rules.0.when.allOf.2.noneOf.0", False, "pro"),
    ]
    assert rule.place is not None
    assert (rule.place.unit, rule.place.salt, rule.place.hash_version) == (
        "dana",
        "sale",
        "murmur3",
    )
    assert rule.decides is (rule.place.place is not None and rule.place.place < 2**31)


def test_an_explanation_is_told_in_lines() -> None:
    flag = a_flag(
        "sale",
        prerequisites=[{"flag": "base", "variants": ["on"]}],
        userWhitelist=["bob"],
        markets=["CA"],
        rules=RULES,
        serve={"variant": "on", "rolloutPercentage": 0},
    )
    snapshot = a_snapshot(flag, a_flag("base"), segments=[EARLY])

    assert list(told(explained(snapshot, "sale", {**DANA, "age": 17}))) == [
        "prerequisites.0: the other flag came to on, as needed",
        "userWhitelist: passes on",
        "markets: passes on",
        "rules.0: passes on",
        "    yes rules.0.when.allOf.0: in segment early",
        '    no  segments.early.when: country is "CA"; it was not there',
        "    no  rules.0.when.allOf.1: age more or equal 18; it was 17",
        '    no  rules.0.when.allOf.2.noneOf.0: plan.name is "free"; it was "pro"',
        "rules.1: passes on",
        f"    no  rules.1.when: from 0 to 10 percent by targetingKey; {PLACE}",
        "offVariant: nothing decided, so it is off",
        "sale is false, variant off (DEFAULT)",
    ]


@pytest.mark.parametrize(
    ("flag", "last"),
    [
        (a_flag("sale", enabled=False), "sale is false, variant off (DISABLED)"),
        (a_flag("sale", enabled=False, offVariant=None), "sale is what the application has by"),
        (a_flag("other"), "sale cannot be told (FLAG_NOT_FOUND): There is no such flag."),
    ],
)
def test_what_was_not_asked_is_told_too(flag: Flag, last: str) -> None:
    assert list(told(explained(a_snapshot(flag), "sale", DANA)))[-1].startswith(last)


def test_a_receipt_that_was_touched_does_not_agree() -> None:
    snapshot = a_snapshot(a_flag("sale", rules=RULES), segments=[EARLY])
    text = msgspec.json.encode(receipt_of(snapshot, "sale", DANA))
    kept = msgspec.json.decode(text, type=Receipt)
    touched = msgspec.json.decode(text.replace(b'"value":true', b'"value":false'), type=Receipt)

    assert replayed(kept)[1]
    assert not replayed(touched)[1]
