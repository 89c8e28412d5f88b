"""Features of GrowthBook, from its SDK payload (`/api/features/...`, SDK specification 0.8).

`id` is read from `targetingKey`. Sticky buckets are kept by the SDK and are not in the payload.
"""

from collections.abc import Callable, Iterable, Iterator
from math import gcd
from typing import Any

from firstmile.release.importing.growthbook_conditions import Conditions, attribute_of
from firstmile.release.importing.reading import (
    Imported,
    NotCarried,
    Remark,
    all_of,
    any_of,
    gathered,
    known_key,
    name_of,
    named_values,
    none_of,
)
from firstmile.targeting.conditions import Condition, Share
from firstmile.targeting.flags import Flag, Kind, Rule, Serve, Weight
from firstmile.targeting.hashing import Hash, bound
from firstmile.targeting.sharing import places

VERSIONS = {1: Hash.GROWTHBOOK_1, 2: Hash.GROWTHBOOK_2}
TIED = (
    "It is hashed by GrowthBook's first algorithm, under which who is in one flag tells something"
    " of who is in another; it stays so that nobody moves."
)
STICKY = "Sticky buckets are not carried over: who was assigned by another weight may move."
REFUSED = {
    "parentConditions": "it waits for another feature by a rule",
    "contextualBanditRef": "it learns whom to serve what",
    "contextualVariations": "it learns whom to serve what",
    "url": "it looks at the address of the page",
    "urlPatterns": "it looks at the address of the page",
}

Range = tuple[float, float]


def from_growthbook(document: Any) -> Imported:
    """The flags of a GrowthBook payload."""
    if not isinstance(document, dict) or not isinstance(document.get("features"), dict):
        raise NotCarried("This is no SDK payload of GrowthBook: it has no features.")
    notes: list[Remark] = []
    conditions = Conditions(document.get("savedGroups") or {})

    def made(key: str, feature: Any) -> Callable[[], Iterable[Flag]]:
        return lambda: [_Feature(key, feature, conditions, notes).flag()]

    features = sorted(document["features"].items())
    found = gathered([(key, made(key, one)) for key, one in features], ())
    carried = {flag.key for flag in found.flags}
    told = tuple(dict.fromkeys(note for note in notes if note.key in carried))
    return Imported(found.flags, found.segments, found.refused, told)


class _Feature:
    """One feature on its way to a flag."""

    def __init__(self, key: str, feature: Any, conditions: Conditions, notes: list[Remark]) -> None:
        self._key = known_key(key)
        self._default = feature.get("defaultValue")
        self._rules = feature.get("rules") or []
        self._conditions = conditions
        self._notes = notes
        values = [self._default] if self._default is not None else []
        for rule in self._rules:
            values += [rule["force"]] if rule.get("force") is not None else rule["variations"]
        if not values:
            raise NotCarried("it has no value at all")
        self._type, self._values = named_values(values)

    def flag(self) -> Flag:
        """The flag: its rules in their order, then the default."""
        off = None if self._default is None else self._name(self._default)
        first = next(iter(self._values))
        on = "on" if "on" in self._values else first
        rest = Serve(variant=off) if off else Serve(variant=first, rollout_percentage=0)
        return Flag(
            self._key,
            type=self._type,
            variants=self._values,
            enabled=True,
            on_variant=on,
            off_variant=off,
            rules=tuple(one for rule in self._rules for one in self._rule(rule)),
            serve=rest,
            kind=Kind.EXPERIMENT
            if any(rule.get("force") is None for rule in self._rules)
            else Kind.RELEASE,
        )

    def _rule(self, rule: Any) -> Iterator[Rule]:
        for field, why in REFUSED.items():
            if rule.get(field):
                raise NotCarried(why)
        when = all_of(
            self._conditions.read(rule.get("condition") or {}),
            *(self._filter(one) for one in rule.get("filters") or ()),
        )
        if rule.get("force") is not None:
            yield from self._force(rule, when)
        else:
            yield from self._experiment(rule, when)

    def _force(self, rule: Any, when: Condition) -> Iterator[Rule]:
        serve, coverage = Serve(variant=self._name(rule["force"])), rule.get("coverage")
        limits = rule.get("range") or (None if coverage is None else (0, coverage))
        if limits is None:
            yield Rule(when, serve, rule.get("id", ""))
            return
        version, seed = self._version(rule), rule.get("seed") or self._key
        by = attribute_of(rule.get("hashAttribute") or "id")
        yield Rule(all_of(when, _share(version, seed, by, limits)), serve, rule.get("id", ""))
        if other := rule.get("fallbackAttribute"):
            alone = none_of(_anybody(version, seed, by))
            share = _share(version, seed, attribute_of(other), limits)
            yield Rule(all_of(when, alone, share), serve, f"{rule.get('id', '')}-fallback")

    def _experiment(self, rule: Any, when: Condition) -> Iterator[Rule]:
        if any(one.get("passthrough") for one in rule.get("meta") or ()):
            raise NotCarried("one of its experiments passes people through (a holdout)")
        if rule.get("fallbackAttribute") or rule.get("minBucketVersion"):
            self._notes.append(Remark(self._key, STICKY))
        by = attribute_of(rule.get("hashAttribute") or "id")
        if (space := rule.get("namespace")) and not rule.get("filters"):
            name, begin, end = space
            when = all_of(when, _share(Hash.GROWTHBOOK_1, f"__{name}", by, (begin, end)))
        version, seed = self._version(rule), rule.get("seed") or rule.get("key") or self._key
        names = [self._name(value) for value in rule["variations"]]
        ranges = [tuple(one) for one in rule.get("ranges") or _ranges(rule, len(names))]
        serve = _weights(rule, names, ranges, Serve(by=by, salt=seed, hash_version=version))
        identity = str(rule.get("key") or rule.get("id", ""))
        if serve is not None:
            yield Rule(all_of(when, _anybody(version, seed, by)), serve, identity)
            return
        for place, (name, limits) in enumerate(zip(names, ranges, strict=True)):
            share = _share(version, seed, by, limits)
            yield Rule(all_of(when, share), Serve(variant=name), f"{identity}-{place}")

    def _filter(self, given: Any) -> Condition:
        version = VERSIONS[given.get("hashVersion", 2)]
        by = attribute_of(given.get("attribute") or "id")
        return any_of(
            *(_share(version, given.get("seed", ""), by, limits) for limits in given["ranges"])
        )

    def _version(self, rule: Any) -> Hash:
        version = VERSIONS.get(rule.get("hashVersion") or 1)
        if version is None:
            raise NotCarried(f"its hashVersion is {rule['hashVersion']}")
        if version is Hash.GROWTHBOOK_1:
            self._notes.append(Remark(self._key, TIED))
        return version

    def _name(self, value: Any) -> str:
        name = name_of(self._values, value)
        if name is None:
            raise NotCarried("one of its values has no name")
        return name


def _anybody(version: Hash, seed: str, by: str) -> Condition:
    return Condition(share=Share(seed, by=by, hash_version=version))


def _share(version: Hash, seed: str, by: str, limits: Any) -> Condition:
    """The places whose quotient lies within limits, as floats of the SDK compare them."""
    _, scale = bound(version, "", 1)
    begin, end = (_first_place(float(limit), scale) for limit in limits)
    share = Share(
        seed,
        begin=begin * 100 / scale,
        end=max(begin, end) * 100 / scale,
        by=by,
        hash_version=version,
    )
    return (
        Condition(share=share)
        if share.end < 100 or share.begin > 0
        else _anybody(version, seed, by)
    )


def _first_place(limit: float, scale: int) -> int:
    """The first place that is not below a limit."""
    at = min(max(int(limit * scale) - 1, 0), scale)
    while at < scale and at / scale < limit:
        at += 1
    return at


def _ranges(rule: Any, count: int) -> list[Range]:
    """What getBucketRanges of the SDK gives, with the same additions of floats."""
    coverage = rule.get("coverage")
    coverage = 1 if coverage is None else min(max(coverage, 0), 1)
    weights = rule.get("weights")
    if not weights or len(weights) != count or not 0.99 <= sum(weights) <= 1.01 or min(weights) < 0:
        weights = [1 / count] * count
    found, begin = [], 0.0
    for weight in weights:
        found.append((begin, begin + coverage * weight))
        begin += weight
    return found


def _weights(rule: Any, names: list[str], ranges: list[Any], serve: Serve) -> Serve | None:
    """The experiment as weights, if they come to the very same places; else None."""
    weights = rule.get("weights") or [1] * len(names)
    if rule.get("ranges") or len(set(names)) < len(names) or len(weights) != len(names):
        return None
    coverage = rule.get("coverage")
    made = Serve(
        weights=tuple(Weight(*one) for one in zip(names, _counted(weights), strict=True)),
        rollout_percentage=100 if coverage is None else round(coverage * 100, 3),
        by=serve.by,
        salt=serve.salt,
        hash_version=serve.hash_version,
    )
    if not sum(one.weight for one in made.weights):
        return None
    _, scale = bound(made.hash_version, "", 1)
    there = [(_first_place(a, scale), _first_place(b, scale)) for a, b in ranges]
    wanted = [(name, a, b) for name, (a, b) in zip(names, there, strict=True) if b > a]
    here = [limit for limit in places(made, "")[1] if limit[2] > limit[1]]
    return made if here == wanted else None


def _counted(weights: list[float]) -> list[int]:
    """Weights as the smallest whole numbers, of which a weight of 1 has 10,000."""
    counted = [round(weight * 10_000) for weight in weights]
    whole = gcd(*counted) or 1
    return [one // whole for one in counted]
