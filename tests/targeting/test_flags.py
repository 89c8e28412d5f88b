"""A flag asks in its order: enabled, prerequisites, whitelist, markets, rules, the rest."""

from typing import Any

import pytest
from tests.targeting.asking import a_flag, a_snapshot, asked

DANA = {"targetingKey": "dana", "market": "CA", "country": "CA"}
IN_CANADA = {"attribute": "country", "values": ["CA"]}
NOBODY = {"variant": "on", "rolloutPercentage": 0}


def test_a_flag_without_a_choice_is_static() -> None:
    outcome = asked(a_flag(), DANA)

    assert (outcome.value, outcome.variant, outcome.reason) == (True, "on", "STATIC")


def test_a_flag_that_is_not_enabled_is_off_whoever_asks() -> None:
    outcome = asked(a_flag(enabled=False, userWhitelist=["dana"]), DANA)

    assert (outcome.value, outcome.reason) == (False, "DISABLED")


def test_without_an_off_variant_the_application_decides() -> None:
    outcome = asked(a_flag(enabled=False, offVariant=None), DANA)

    assert (outcome.value, outcome.variant, outcome.error) == (None, None, None)


def test_the_whitelist_comes_before_markets_and_rules() -> None:
    flag = a_flag(
        userWhitelist=["dana"],
        markets=["FR"],
        rules=[{"when": IN_CANADA, "serve": {"variant": "off"}}],
    )

    assert asked(flag, DANA).rule == "whitelist"
    assert asked(flag, {**DANA, "targetingKey": "bob"}).reason == "DEFAULT"
    assert asked(flag, {**DANA, "targetingKey": "bob"}).value is False


def test_a_number_is_the_unit_it_spells() -> None:
    assert asked(a_flag(userWhitelist=["7"], markets=[]), {"targetingKey": 7}).value is True


@pytest.mark.parametrize(
    ("market", "expected"), [("CA", True), ("FR", False), (None, False), (["CA"], False)]
)
def test_outside_its_markets_a_flag_is_off(market: Any, expected: bool) -> None:
    assert asked(a_flag(markets=["CA", "US"]), {"market": market}).value is expected


def test_the_first_rule_that_serves_somebody_decides() -> None:
    flag = a_flag(
        rules=[
            {"id": "nobody", "when": IN_CANADA, "serve": NOBODY},
            {"id": "canada", "when": IN_CANADA, "serve": {"variant": "on"}},
            {"id": "late", "when": IN_CANADA, "serve": {"variant": "off"}},
        ],
        serve={"variant": "off"},
    )
    inside, outside = asked(flag, DANA), asked(flag, {"country": "FR"})

    assert (inside.rule, inside.reason) == ("canada", "TARGETING_MATCH")
    assert (outside.rule, outside.reason, outside.value) == (None, "DEFAULT", False)


def test_who_is_past_the_share_of_a_rule_falls_through() -> None:
    some = {"variant": "on", "rolloutPercentage": 50}
    flag = a_flag(rules=[{"when": IN_CANADA, "serve": some}], serve={"variant": "off"})
    found = {asked(flag, {**DANA, "targetingKey": str(one)}).reason for one in range(50)}

    assert found == {"SPLIT", "DEFAULT"}


def test_a_prerequisite_needs_a_variant_of_another_flag() -> None:
    upper = a_flag("upper", prerequisites=[{"flag": "base", "variants": ["on", "half"]}])

    assert asked(upper, DANA, a_flag("base")).value is True
    assert asked(upper, DANA, a_flag("base", enabled=False)).value is False
    assert asked(upper, DANA, a_flag("base", enabled=False)).reason == "DEFAULT"
    assert asked(upper, DANA).value is False


def test_a_prerequisite_comes_before_the_whitelist() -> None:
    needed = [{"flag": "base", "variants": ["on"]}]
    flag = a_flag(userWhitelist=["dana"], prerequisites=needed)

    assert asked(flag, DANA, a_flag("base", enabled=False)).value is False


def test_flags_that_wait_for_one_another_fail_alone() -> None:
    def waiting(key: str, *others: str) -> Any:
        return a_flag(key, prerequisites=[{"flag": one, "variants": ["on"]} for one in others])

    snapshot = a_snapshot(
        waiting("a", "b"), waiting("b", "c"), waiting("c", "a"), waiting("d", "a", "e"), a_flag("e")
    )

    assert {snapshot.evaluate(key, DANA).error for key in "abc"} == {"GENERAL"}
    assert snapshot.evaluate("d", DANA).value is False
    assert snapshot.evaluate("e", DANA).value is True


def test_a_flag_may_have_any_json_for_its_values() -> None:
    theme = {"colour": "red", "sizes": [1, 2.5, None]}
    red: dict[str, Any] = {"variants": {"red": theme}, "onVariant": "red", "offVariant": None}
    flag = a_flag(type="object", **red, serve={"variant": "red"})

    assert asked(flag, DANA).value == theme
