"""Snapshots: never an exception, and nothing old in what is taken over."""

from typing import Any

import msgspec
from hypothesis import given, settings
from tests.targeting.asking import CONTEXTS, a_flag, a_segment, a_snapshot, flags

from firstmile.targeting.flags import Flag
from firstmile.targeting.snapshots import Contents

EARLY = a_segment("early", included=["dana"], when={"attribute": "country", "values": ["CA"]})
DANA = {"targetingKey": "dana"}


@settings(max_examples=150, deadline=None)
@given(flag=flags(), context=CONTEXTS)
def test_whatever_is_asked_there_is_an_outcome(flag: Flag, context: dict[str, Any]) -> None:
    snapshot = a_snapshot(flag, a_flag("base"), segments=[EARLY])

    outcome = snapshot.evaluate("flag", context)
    assert outcome == snapshot.evaluate_all(context)[0]
    assert outcome.error in (None, "TARGETING_KEY_MISSING")


def test_a_flag_that_is_not_there_is_an_outcome() -> None:
    assert a_snapshot().evaluate("gone", {}).error == "FLAG_NOT_FOUND"


@settings(max_examples=100, deadline=None)
@given(before=flags(), after=flags(), context=CONTEXTS)
def test_a_snapshot_after_another_answers_as_one_made_anew(
    before: Flag, after: Flag, context: dict[str, Any]
) -> None:
    first = a_snapshot(before, a_flag("base"), segments=[EARLY])
    left_out = a_segment("early", excluded=["dana"])
    for base, segment in ((a_flag("base", enabled=False), EARLY), (a_flag("base"), left_out)):
        for flag in (before, after):
            taken = a_snapshot(flag, base, segments=[segment], before=first)
            anew = a_snapshot(flag, base, segments=[segment])
            assert taken.evaluate_all(context) == anew.evaluate_all(context)


def test_what_did_not_change_is_not_compiled_again() -> None:
    rule = {"when": {"segment": "early"}, "serve": {"variant": "on"}}
    first = a_snapshot(a_flag("a", rules=[rule]), a_flag("b"), segments=[EARLY])
    again = a_snapshot(
        a_flag("a", rules=[rule]), a_flag("b", enabled=False), segments=[EARLY], before=first
    )

    assert again.resolve("a") is first.resolve("a")
    assert again.resolve("b") is not first.resolve("b")
    assert again.evaluate("b", DANA).value is False


def test_a_segment_within_a_segment_changes_the_flags_above() -> None:
    rule = {"when": {"segment": "outer"}, "serve": {"variant": "on"}}
    flag = a_flag(rules=[rule], serve={"variant": "off"})
    outer = a_segment("outer", when={"segment": "early"})
    first = a_snapshot(flag, segments=[outer, EARLY])
    later = a_snapshot(flag, segments=[outer, a_segment("early")], before=first)

    assert first.evaluate(flag.key, DANA).value is True
    assert later.evaluate(flag.key, DANA).value is False


def test_contents_are_json_and_back() -> None:
    contents = a_snapshot(a_flag(rules=[]), segments=[EARLY]).contents
    text = msgspec.json.encode(contents)

    assert msgspec.json.decode(text, type=Contents) == contents
    assert b"rolloutPercentage" not in text
