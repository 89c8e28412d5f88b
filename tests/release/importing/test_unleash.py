"""Everybody is served what Unleash's own engine served them, before and after the import."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT
from yggdrasil_engine.engine import UnleashEngine

from firstmile.release.importing.reading import NotCarried
from firstmile.release.importing.unleash import BY_CHANCE, from_unleash
from firstmile.targeting.outcomes import Outcome
from firstmile.targeting.snapshots import Contents, Snapshot

SPECIFICATION = ROOT / "tests/node/node_modules/@unleash/client-specification/specifications"
FILES = sorted(SPECIFICATION.glob("[0-9]*.json"))
# Files whose state is a stream of changes, which an import does not read.
STREAMS = {"19-delta-api-hydration", "20-delta-api-events"}


def context_of(given: dict[str, Any]) -> dict[str, Any]:
    """What an application would ask us with where it asked Unleash so."""
    own = {**given.get("properties", {}), **given}
    own.pop("properties", None)
    if "userId" in own:
        own["targetingKey"] = own.pop("userId")
    return own


class Both:
    """A state in the hands of both engines."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.imported = from_unleash(state)
        self.refused = {remark.key for remark in self.imported.refused}
        contents = Contents(flags=self.imported.flags, segments=self.imported.segments)
        self._snapshot = Snapshot(contents)
        self._engine = UnleashEngine()
        self._engine.take_state(json.dumps(state))

    def ours(self, key: str, context: dict[str, Any]) -> tuple[bool, Outcome]:
        asked = context_of(context)
        switch = self._snapshot.evaluate(key, asked)
        assert switch.error in (None, "FLAG_NOT_FOUND")
        return switch.value is True, self._snapshot.evaluate(f"{key}.variant", asked)

    def theirs(self, key: str, context: dict[str, Any]) -> tuple[bool, str | None]:
        variant = self._engine.get_variant(key, context).variant
        is_on = self._engine.is_enabled(key, context).is_enabled
        return is_on, variant.name if variant.enabled else None


def is_carried(both: Both, key: str) -> bool:
    return key not in both.refused and f"{key}.variant" not in both.refused


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_specification_of_its_clients_holds(path: Path) -> None:
    """client-specification 6.1.0: what was carried over answers as every client must."""
    given = json.loads(path.read_text())
    if path.stem in STREAMS:
        with pytest.raises(NotCarried):
            from_unleash(given["state"])
        return
    both = Both(given["state"])

    for case in given.get("tests", ()):
        if is_carried(both, case["toggleName"]):
            is_on, _ = both.ours(case["toggleName"], case["context"])
            assert is_on is case["expectedResult"], case["description"]
    for case in given.get("variantTests", ()):
        if is_carried(both, case["toggleName"]):
            is_on, variant = both.ours(case["toggleName"], case["context"])
            wanted = case["expectedResult"]
            assert is_on is wanted["feature_enabled"], case["description"]
            assert (variant.variant or "disabled") == wanted["name"], case["description"]
            if "payload" in wanted:
                is_number = wanted["payload"]["type"] == "number"
                value = wanted["payload"]["value"]
                assert variant.value == (float(value) if is_number else value)


def test_of_the_specification_most_is_carried_over_and_the_rest_says_why() -> None:
    carried = refused = 0
    for path in FILES:
        given = json.loads(path.read_text())
        if path.stem in STREAMS:
            continue
        both = Both(given["state"])
        assert all(remark.text for remark in both.imported.refused)
        for case in [*given.get("tests", ()), *given.get("variantTests", ())]:
            carried += is_carried(both, case["toggleName"])
            refused += not is_carried(both, case["toggleName"])

    assert (carried, refused) == (243, 32)


def a_constraint(chance: random.Random) -> dict[str, Any]:
    """A constraint at random."""
    operators: list[dict[str, Any]] = [
        {"contextName": "country", "operator": "IN", "values": ["CA", "US"]},
        {"contextName": "country", "operator": "NOT_IN", "values": ["CA"]},
        {"contextName": "userId", "operator": "IN", "values": ["1", "2", "3"]},
        {"contextName": "country", "operator": "STR_STARTS_WITH", "values": ["C", "u"]},
        {"contextName": "country", "operator": "STR_CONTAINS", "values": ["a"]},
        {"contextName": "country", "operator": "STR_ENDS_WITH", "values": ["S"]},
        {"contextName": "age", "operator": "NUM_GT", "value": "17"},
        {"contextName": "age", "operator": "NUM_LTE", "value": "18.5"},
        {"contextName": "age", "operator": "NUM_EQ", "value": "18"},
        {"contextName": "version", "operator": "SEMVER_GT", "value": "1.2.3"},
        {"contextName": "version", "operator": "SEMVER_LT", "value": "1.10.0"},
        {"contextName": "version", "operator": "SEMVER_EQ", "value": "1.2.3"},
        {"contextName": "since", "operator": "DATE_AFTER", "value": "2026-01-01T00:00:00Z"},
        {"contextName": "country", "operator": "REGEX", "value": "^[cC]"},
        {"contextName": "remoteAddress", "operator": "IN_CIDR", "values": ["10.0.0.0/8"]},
    ]
    found = chance.choice(operators)
    return {**found, "inverted": chance.random() < 0.3, "caseInsensitive": chance.random() < 0.5}


def some_variants(chance: random.Random) -> list[dict[str, Any]]:
    stickiness = chance.choice(["default", "userId", "sessionId", "company"])
    return [
        {
            "name": f"variant-{number}",
            "weight": chance.choice([0, 1, 333, 500]),
            "stickiness": stickiness,
            "payload": {"type": "string", "value": f"value-{number}"},
        }
        for number in range(chance.randint(1, 4))
    ]


def a_strategy(chance: random.Random) -> dict[str, Any]:
    """A strategy at random."""
    name = chance.choice(
        ["default", "flexibleRollout", "flexibleRollout", "userWithId", "remoteAddress",
         "gradualRolloutUserId", "gradualRolloutSessionId"]
    )  # fmt: skip
    percentage = str(chance.choice([0, 1, 25, 50, 73, 99, 100]))
    given: dict[str, Any] = {
        "name": name,
        "constraints": [a_constraint(chance) for _ in range(chance.randint(0, 2))],
        "segments": chance.choice([[], [], [1]]),
        "parameters": {
            "rollout": percentage,
            "percentage": percentage,
            "stickiness": chance.choice(["default", "userId", "sessionId", "company"]),
            "groupId": chance.choice(["group", "other"]),
            "userIds": "1,2, 3",
            "IPs": "10.0.0.0/8, 192.168.1.7",
        },
    }
    if name == "flexibleRollout" and chance.random() < 0.4:
        given["variants"] = some_variants(chance)
    return given


def a_state(seed: int) -> dict[str, Any]:
    """Twelve toggles at random, and one segment."""
    chance = random.Random(seed)
    features = []
    for number in range(12):
        toggle: dict[str, Any] = {
            "name": f"toggle-{number}",
            "enabled": chance.random() < 0.9,
            "strategies": [a_strategy(chance) for _ in range(chance.randint(0, 3))],
        }
        if chance.random() < 0.5:
            toggle["variants"] = some_variants(chance)
        features.append(toggle)
    features.append(
        {
            "name": "child",
            "enabled": True,
            "strategies": [],
            "dependencies": [{"feature": "toggle-0", "enabled": chance.random() < 0.5}],
        }
    )
    segments = [{"id": 1, "constraints": [a_constraint(chance)]}]
    return {"version": 2, "features": features, "segments": segments}


def a_context(chance: random.Random) -> dict[str, Any]:
    """A context with somebody in it: whom neither id names, Unleash serves by chance."""
    properties = {
        "country": chance.choice(["CA", "US", "ca", "FR", None]),
        "age": chance.choice(["17", "18", "18.5", "old", None]),
        "version": chance.choice(["1.2.3", "1.9.0", "2.0.0-rc.1", "1.2", "x", None]),
        "company": chance.choice([f"company-{chance.randrange(100)}", None]),
        "since": chance.choice(["2026-02-01T00:00:00Z", "2025-02-01T00:00:00Z", None]),
    }
    session = {"sessionId": f"session-{chance.randrange(10**6)}"}
    user = {"userId": chance.choice([str(chance.randrange(5)), f"user-{chance.randrange(10**6)}"])}
    return {
        **chance.choice([session, user, {**session, **user}, {**session, **user}]),
        "remoteAddress": chance.choice(["10.1.2.3", "192.168.1.7", "8.8.8.8"]),
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def has_everything(context: dict[str, Any]) -> bool:
    """Whether no variant is dealt by chance, as Unleash deals to whom its stickiness misses."""
    return {"userId", "sessionId"} <= set(context) and "company" in context["properties"]


@pytest.mark.parametrize("seed", range(12))
def test_everybody_stays_where_they_were(seed: int) -> None:
    both, chance = Both(a_state(seed)), random.Random(1000 + seed)
    keys = [f"toggle-{number}" for number in range(12)] + ["child"]

    assert both.imported.refused == ()
    for _ in range(40):
        context = a_context(chance)
        for key in keys:
            is_on, variant = both.ours(key, context)
            wanted, name = both.theirs(key, context)
            assert is_on is wanted, (key, context)
            if has_everything(context):
                assert variant.variant == name, (key, context)


NOW = {"contextName": "currentTime", "operator": "DATE_AFTER"}


def test_what_chance_decided_is_told() -> None:
    strategy = {"name": "flexibleRollout", "parameters": {"rollout": "50", "groupId": "g"}}
    toggle = {"name": "sale", "enabled": True, "strategies": [strategy]}
    found = from_unleash({"features": [toggle]})

    assert [(one.key, one.text) for one in found.notes] == [("sale", BY_CHANCE)]


@pytest.mark.parametrize(
    ("strategy", "why"),
    [
        ({"name": "gradualRolloutRandom", "parameters": {"percentage": "50"}}, "by chance"),
        ({"name": "ourOwn"}, "code of the application"),
        ({"name": "flexibleRollout", "parameters": {"rollout": "12.5"}}, "whole ones"),
        ({"name": "default", "segments": [7]}, "segment 7"),
        ({"name": "default", "constraints": [NOW]}, "time of asking"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_with_its_reason(strategy: dict[str, Any], why: str) -> None:
    toggle = {"name": "sale", "enabled": True, "strategies": [strategy]}
    found = from_unleash({"features": [toggle]})

    assert found.flags == ()
    assert why in found.refused[0].text
