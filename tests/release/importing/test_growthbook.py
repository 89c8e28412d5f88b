"""Everybody is served what GrowthBook's own SDK served them, before and after the import."""

import random
from typing import Any

import pytest
from growthbook import GrowthBook

from firstmile.release.importing.growthbook import TIED, from_growthbook
from firstmile.release.importing.reading import NotCarried
from firstmile.targeting.snapshots import Contents, Snapshot

VALUES: dict[str, list[Any]] = {
    "boolean": [True, False],
    "string": ["red", "blue", "a rather long name of a colour that nobody would ever give"],
    "number": [1, 2.5, 0],
    "json": [{"a": 1}, {"a": 2}, [1]],
}
ATTRIBUTES: dict[str, list[Any]] = {
    "country": ["CA", "US", "ca", "", 7, None],
    "age": [17, 18, 18.5, "18", None],
    "version": ["1.2.3", "2.0.0", "1.10.0", "1.2.3-rc.1", None],
    "beta": [True, False, 1, None],
    "tags": [["a", "b"], ["c"], [], None],
}
GROUPS = {
    "few": ["CA", "US"],
    "typed": {"type": "list", "attributeKey": "country", "values": ["CA"]},
}


def drawn(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    """A condition at random."""
    if depth < 2 and chance.random() < 0.3:
        word = chance.choice(["$and", "$or", "$nor", "$not"])
        parts = [drawn(chance, depth + 1) for _ in range(chance.randint(0, 2))]
        return {word: drawn(chance, depth + 1) if word == "$not" else parts}
    return chance.choice(
        [
            {"country": chance.choice(["CA", "US", None])},
            {"country": {"$in": chance.choice([["CA", "US"], [], ["CA", None]])}},
            {"country": {"$nin": ["CA"]}},
            {"country": {"$ini": ["CA"]}},
            {"country": {"$inGroup": "few"}},
            {"country": {"$notInGroup": chance.choice(["few", "gone"])}},
            {"country": {"$regex": "^C"}},
            {"country": {"$regexi": "^c"}},
            {"country": {"$notRegex": "^C"}},
            {"country": {"$ne": "CA", "$exists": chance.choice([True, False])}},
            {"country": {"$not": {"$eq": "CA"}}},
            {"$savedGroup": {"id": "typed"}},
            {"age": {"$gt": 17, "$lte": chance.choice([18, 18.5])}},
            {"age": {"$lt": 18}},
            {
                "version": {
                    chance.choice(["$vgt", "$vgte", "$vlt", "$vlte", "$veq", "$vne"]): "1.2.3"
                }
            },
            {"beta": chance.choice([True, False])},
            {"beta": {"$exists": True}},
            {"tags": {"$in": ["a"]}},
            {"tags": {"$nin": ["c"]}},
        ]
    )


def a_rule(chance: random.Random, values: list[Any]) -> dict[str, Any]:
    """A rule at random: forced, rolled out, or an experiment."""
    rule: dict[str, Any] = {"condition": drawn(chance)} if chance.random() < 0.5 else {}
    rule["hashVersion"] = chance.choice([1, 2, None])
    rule["hashAttribute"] = chance.choice(["id", "company", None])
    rule["seed"] = chance.choice(["seed", None])
    if chance.random() < 0.3:
        begin = chance.random() / 2
        rule["filters"] = [{"seed": "layer", "ranges": [[begin, begin + 0.3], [0.9, 1]]}]
    kind = chance.choice(["force", "rollout", "range", "experiment", "ranges"])
    if kind in ("force", "rollout", "range"):
        rule["force"] = chance.choice(values)
        if kind == "rollout":
            rule["coverage"] = chance.choice([0, 0.1, 0.29, 0.333, round(chance.random(), 4), 1])
            rule["fallbackAttribute"] = chance.choice(["device", None])
        if kind == "range":
            rule["range"] = [0.1, chance.choice([0.3, 0.57, 1.1])]
        return {key: value for key, value in rule.items() if value is not None}
    count = chance.randint(2, 4)
    rule["key"] = chance.choice(["exp", None])
    rule["variations"] = [chance.choice(values) for _ in range(count)]
    if kind == "ranges":
        rule["ranges"] = [[0, 0.1], [0.2, 0.35], [0.4, 0.4], [0.9, 1]][:count]
    else:
        weights = chance.choice([None, [1 / count] * count, [0.1, 0.2, 0.7, 0.0][:count]])
        rule["weights"] = weights
        rule["coverage"] = chance.choice([None, 0.5, 0.1, round(chance.random(), 3), 1])
    if chance.random() < 0.3:
        rule["namespace"] = ["checkout", 0.2, chance.choice([0.6, 1])]
    return {key: value for key, value in rule.items() if value is not None}


def a_payload(seed: int) -> dict[str, Any]:
    """Twelve features at random."""
    chance, features = random.Random(seed), {}
    for number in range(12):
        values = VALUES[chance.choice(list(VALUES))]
        rules = [a_rule(chance, values) for _ in range(chance.randint(0, 3))]
        default = chance.choice([*values, None]) if rules else chance.choice(values)
        features[f"feature-{number}"] = {"defaultValue": default, "rules": rules}
    return {"features": features, "savedGroups": GROUPS}


def some_attributes(chance: random.Random) -> dict[str, Any]:
    """Attributes at random, some of them missing."""
    found = {name: chance.choice(values) for name, values in ATTRIBUTES.items()}
    found["id"] = chance.choice([f"user-{chance.randrange(10**6)}", "", None, "é👋"])
    found["company"] = chance.choice([f"company-{chance.randrange(500)}", None])
    found["device"] = chance.choice([f"device-{chance.randrange(10**6)}", None])
    return {name: value for name, value in found.items() if value is not None}


@pytest.mark.parametrize("seed", range(12))
def test_everybody_stays_where_they_were(seed: int) -> None:
    payload = a_payload(seed)
    imported = from_growthbook(payload)
    snapshot = Snapshot(Contents(flags=imported.flags))
    chance = random.Random(1000 + seed)

    assert imported.refused == ()
    for _ in range(40):
        attributes = some_attributes(chance)
        context = {
            ("targetingKey" if name == "id" else name): value for name, value in attributes.items()
        }
        sdk = GrowthBook(attributes=attributes, features=payload["features"], savedGroups=GROUPS)
        for key in payload["features"]:
            outcome = snapshot.evaluate(key, context)
            assert outcome.error is None
            assert outcome.value == sdk.eval_feature(key).value, (key, attributes)
        sdk.destroy()


def test_an_even_experiment_reads_as_weights() -> None:
    rule = {"variations": ["a", "b", "c"], "hashVersion": 2, "key": "three", "coverage": 0.6}
    flag = from_growthbook({"features": {"f": {"defaultValue": "a", "rules": [rule]}}}).flags[0]

    assert [(one.variant, one.weight) for one in flag.rules[0].serve.weights] == [
        ("a", 1),
        ("b", 1),
        ("c", 1),
    ]
    assert flag.rules[0].serve.rollout_percentage == 60
    assert flag.kind == "experiment"


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"parentConditions": [{"id": "x"}], "force": True}, "waits for another"),
        ({"condition": {"tags": {"$size": 1}}, "force": True}, r"no \$size"),
        ({"condition": {"tags": {"$elemMatch": {"$eq": "a"}}}, "force": True}, r"no \$elemMatch"),
        ({"condition": {"name": {"$lt": "m"}}, "force": True}, "texts by their order"),
        ({"condition": {"a": {"b": 1}}, "force": True}, "with an object"),
        ({"condition": {"a": [1]}, "force": True}, "with a list"),
        ({"condition": {"a": {"$regex": "(?=a)"}}, "force": True}, "rules.0.when.values"),
        ({"force": True, "coverage": 0.5, "hashVersion": 99}, "hashVersion is 99"),
        ({"variations": [True, False], "meta": [{"passthrough": True}]}, "holdout"),
        ({"force": "text"}, "several types"),
        ({"condition": {"$savedGroup": {"id": "gone"}}, "force": True}, "missing"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_reason(rule: dict[str, Any], why: str) -> None:
    found = from_growthbook({"features": {"f": {"defaultValue": False, "rules": [rule]}}})

    assert found.flags == ()
    assert [one.key for one in found.refused] == ["f"]
    with pytest.raises(AssertionError, match=why):
        raise AssertionError(found.refused[0].text)


def test_the_first_algorithm_is_told() -> None:
    rule = {"force": True, "coverage": 0.1}
    found = from_growthbook({"features": {"f": {"defaultValue": False, "rules": [rule]}}})

    assert [one.text for one in found.notes] == [TIED]


@pytest.mark.parametrize("document", [[], {}, {"features": []}, "text"])
def test_another_file_is_refused(document: Any) -> None:
    with pytest.raises(NotCarried):
        from_growthbook(document)
