"""What is wrong with a flag or a segment is told, all of it, each with its place."""

from typing import Any

import pytest
from tests.targeting.asking import a_flag, a_segment

from firstmile.targeting.flags import Flag
from firstmile.targeting.soundness import of_flag, of_segment


def wrong(flag: Flag, *others: Flag) -> list[str]:
    among = {one.key: one for one in others}
    return [at for at, _ in of_flag(flag, flags=among, segments={"early"})]


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ({}, []),
        ({"variants": {}}, ["variants", "onVariant", "offVariant", "serve"]),
        ({"variants": {"on": 1, "off": False}}, ["variants.on"]),
        ({"variants": {" on": True, "on": True, "off": False}}, ["variants. on"]),
        ({"variants": {"Neuer Text": True, "on": True, "off": False}}, []),
        ({"type": "number", "variants": {"on": True, "off": 0}}, ["variants.on"]),
        ({"type": "number", "variants": {"on": 2**53, "off": 0}}, ["variants.on"]),
        ({"type": "string", "variants": {"on": "a", "off": None}}, ["variants.off"]),
        ({"type": "object", "variants": {"on": {}, "off": []}}, []),
        ({"onVariant": "blue"}, ["onVariant"]),
        ({"offVariant": None}, []),
        ({"serve": {}}, ["serve"]),
        ({"serve": {"variant": "on", "weights": [{"variant": "on", "weight": 1}]}}, ["serve"]),
        ({"serve": {"weights": [{"variant": "on", "weight": 0}]}}, ["serve.weights"]),
        ({"serve": {"weights": [{"variant": "on", "weight": -1}]}}, ["serve.weights"]),
        ({"serve": {"weights": [{"variant": "on", "weight": 1}] * 2}}, ["serve.weights"]),
        ({"serve": {"weights": [{"variant": "on", "weight": 2**31}]}}, ["serve.weights"]),
        ({"serve": {"variant": "on", "rolloutPercentage": -1}}, ["serve.rolloutPercentage"]),
        ({"serve": {"variant": "on", "rolloutPercentage": 33.33333}}, ["serve.rolloutPercentage"]),
        (
            {"serve": {"variant": "on", "rolloutPercentage": 12.5, "hashVersion": "unleash"}},
            ["serve.rolloutPercentage"],
        ),
        ({"serve": {"variant": "on", "hashVersion": "unleash-variants"}}, ["serve.hashVersion"]),
        ({"serve": {"variant": "on", "by": ""}}, ["serve.by"]),
        ({"rules": [{"when": {"segment": "gone"}, "serve": {"variant": "on"}}]}, ["rules.0.when"]),
        ({"rules": [{"when": {"segment": "early"}, "serve": {"variant": "on"}}]}, []),
        ({"markets": []}, ["markets"]),
        ({"prerequisites": [{"flag": "gone", "variants": ["on"]}]}, ["prerequisites.0.flag"]),
        ({"prerequisites": [{"flag": "base", "variants": ["x"]}]}, ["prerequisites.0.variants"]),
        ({"prerequisites": [{"flag": "base", "variants": []}]}, ["prerequisites.0.variants"]),
    ],
)
def test_every_fault_is_told_with_its_place(given: dict[str, Any], places: list[str]) -> None:
    assert wrong(a_flag(**given), a_flag("base")) == places


@pytest.mark.parametrize("key", ["", "with space", "é", "-a", "a" * 101])
def test_a_key_is_of_letters_and_digits(key: str) -> None:
    assert wrong(a_flag(key)) == ["key"]


def waiting(key: str, *others: str) -> Flag:
    return a_flag(key, prerequisites=[{"flag": one, "variants": ["on"]} for one in others])


def test_a_flag_may_not_wait_for_itself() -> None:
    assert wrong(waiting("a", "a"), a_flag("a")) == ["prerequisites"]
    assert wrong(waiting("a", "b"), a_flag("a"), waiting("b", "a")) == ["prerequisites"]


def test_a_chain_of_prerequisites_has_an_end() -> None:
    chain = [a_flag("f0"), *(waiting(f"f{one}", f"f{one - 1}") for one in range(1, 20))]

    assert wrong(waiting("last", "f18"), *chain) == []
    assert wrong(waiting("last", "f19"), *chain) == ["prerequisites"]
    assert wrong(waiting("f0", "one-more"), *chain, a_flag("one-more")) == ["prerequisites"]


def test_a_segment_names_others_that_exist() -> None:
    def at(**given: Any) -> list[str]:
        return [where for where, _ in of_segment(a_segment("early", **given), segments={"late"})]

    assert at(when={"segment": "late"}) == []
    assert at(when={"segment": "gone"}) == ["when"]
    assert at(when={"segment": "early"}) == ["when"]
    assert at(included=["x"] * 100_001) == ["included"]
