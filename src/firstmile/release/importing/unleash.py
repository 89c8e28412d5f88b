"""Flags of Unleash, from what its SDKs read (`/api/client/features`, Unleash 4 to 8).

A toggle becomes a flag that is on or off, and one with variants a second flag, `key.variant`,
whose variants they are. `userId` is read from `targetingKey`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import msgspec

from firstmile.release.importing.reading import (
    ALWAYS,
    NEVER,
    Imported,
    NotCarried,
    Remark,
    all_of,
    anybody,
    compared,
    gathered,
    known_key,
    none_of,
    switch,
    type_of,
)
from firstmile.release.importing.unleash_constraints import attribute_of, constraint
from firstmile.targeting.conditions import Condition, Op, Share
from firstmile.targeting.contexts import TARGETING_KEY
from firstmile.targeting.flags import Flag, Kind, Prerequisite, Rule, Segment, Serve, Type, Weight
from firstmile.targeting.hashing import Hash

KINDS = {
    "experiment": Kind.EXPERIMENT,
    "operational": Kind.OPERATIONAL,
    "kill-switch": Kind.OPERATIONAL,
    "permission": Kind.PERMISSION,
}
STICKINESS = {
    "gradualRolloutUserId": "userId",
    "gradualRolloutSessionId": "sessionId",
    "gradualRolloutRandom": "random",
}
BY_CHANCE = (
    "Whoever cannot be told apart, having no userId, sessionId or what else is hashed, is let in"
    " by chance in Unleash, anew each time; here they are not in."
)


def from_unleash(document: Any) -> Imported:
    """The flags and segments of what an Unleash server gives its SDKs."""
    if "features" not in document or "featureStrategies" in document:
        raise NotCarried("This is not what Unleash serves at /api/client/features.")
    reading = _Unleash(document)

    def made(toggle: Any) -> Callable[[], Iterable[Flag]]:
        return lambda: reading.flags_of(toggle)

    found = gathered(
        [(toggle["name"], made(toggle)) for toggle in document["features"]],
        reading.segments.values(),
    )
    carried = {flag.key for flag in found.flags}
    notes = tuple(Remark(key, BY_CHANCE) for key in reading.by_chance if key in carried)
    return replace(found, notes=notes)


class _Unleash:
    """What one file says."""

    def __init__(self, document: Any) -> None:
        self._toggles = {toggle["name"]: toggle for toggle in document["features"]}
        self.by_chance: list[str] = []
        self.segments: dict[int, Segment] = {}
        for one in document.get("segments") or ():
            try:
                when = all_of(*(constraint(part) for part in one["constraints"]))
            except NotCarried:
                continue  # whoever names it says that it is missing
            key = f"unleash-{one['id']}"
            self.segments[one["id"]] = Segment(key, str(one.get("name") or ""), when=when)

    def flags_of(self, toggle: Any) -> Iterator[Flag]:
        """The flag of a toggle, and that of its variants."""
        key = known_key(toggle["name"])
        strategies = [
            (one, self._when(key, one))
            for one in toggle.get("strategies") or ()
            if not one.get("disabled")
        ]
        is_bare = not toggle.get("strategies")
        given: dict[str, Any] = {
            "enabled": bool(toggle["enabled"]),
            "description": toggle.get("description") or "",
            "kind": KINDS.get(toggle.get("type"), Kind.RELEASE),
            "prerequisites": tuple(self._needed(toggle)),
        }
        switches = [(ALWAYS, True)] if is_bare else [(when, True) for _, when in strategies]
        yield switch(key, _until_always(switches), **given)
        if any(one.get("variants") for one in [toggle, *(one for one, _ in strategies)]):
            yield self._variants(toggle, [({}, ALWAYS)] if is_bare else strategies, given)

    def _needed(self, toggle: Any) -> Iterator[Prerequisite]:
        for needed in toggle.get("dependencies") or ():
            parent = self._toggles.get(needed["feature"])
            if parent is None:
                raise NotCarried(f"it waits for {needed['feature']}, which is not in the file")
            if parent.get("dependencies"):
                raise NotCarried(
                    "it waits for a flag that waits itself, and is never on in Unleash"
                )
            if needed.get("enabled") is False:
                yield Prerequisite(needed["feature"], ("off",))
            elif needed.get("variants"):
                yield Prerequisite(f"{needed['feature']}.variant", tuple(needed["variants"]))
            else:
                yield Prerequisite(needed["feature"], ("on",))

    def _when(self, key: str, strategy: Any) -> Condition:
        conditions = [constraint(one) for one in strategy.get("constraints") or ()]
        for number in strategy.get("segments") or ():
            if number not in self.segments:
                raise NotCarried(f"its segment {number} is missing or cannot be carried over")
            conditions.append(Condition(segment=self.segments[number].key))
        return all_of(*conditions, self._reach(key, strategy))

    def _reach(self, key: str, strategy: Any) -> Condition:
        """Whom a strategy reaches, beside its constraints."""
        name, given = strategy["name"], strategy.get("parameters") or {}
        if name == "default":
            return ALWAYS
        if name == "userWithId":
            return _listed(TARGETING_KEY, Op.IS, given.get("userIds", ""))
        if name == "remoteAddress":
            return _listed("remoteAddress", Op.WITHIN, given.get("IPs", ""))
        if name != "flexibleRollout" and name not in STICKINESS:
            raise NotCarried(f"its strategy {name!r} is code of the application")
        percentage = _percentage(given.get("rollout", given.get("percentage", 0)))
        group = given.get("groupId") or ("" if name != "flexibleRollout" else key)
        stickiness = STICKINESS.get(name) or given.get("stickiness") or "default"
        return self._share(key, group, stickiness, percentage)

    def _share(self, key: str, group: str, stickiness: str, percentage: float) -> Condition:
        if percentage == 0:
            return NEVER
        if stickiness == "random":
            if percentage < 100:
                raise NotCarried("it lets people in by chance, anew each time")
            return ALWAYS
        if stickiness == "default" and percentage == 100:
            return ALWAYS

        def share(by: str) -> Condition:
            return Condition(share=Share(group, end=percentage, by=by, hash_version=Hash.UNLEASH))

        if stickiness != "default":
            return share(attribute_of(stickiness))
        self.by_chance.append(key)
        no_user = none_of(anybody(group))
        return Condition(any_of=(share(TARGETING_KEY), all_of(no_user, share("sessionId"))))

    def _variants(
        self, toggle: Any, strategies: list[tuple[Any, Condition]], given: dict[str, Any]
    ) -> Flag:
        key = toggle["name"]
        variants = [*(toggle.get("variants") or ())]
        variants += [one for strategy, _ in strategies for one in strategy.get("variants") or ()]
        kind, values = _values(variants)
        rules: list[Rule] = []
        passed: list[Condition] = []
        for strategy, when in strategies:
            dealt = strategy.get("variants") or toggle.get("variants")
            if dealt:
                group, stickiness = _dealer(toggle, strategy)
                reached = all_of(when, none_of(*passed))
                rules += self._dealing(key, (group, stickiness), dealt, reached)
            else:
                passed.append(when)  # whom it reaches has no variant, whatever comes after it
            if when == ALWAYS:
                break
        return Flag(
            f"{key}.variant",
            type=kind,
            variants=values,
            on_variant=next(iter(values)),
            off_variant=None,
            rules=tuple(rules),
            serve=Serve(variant=next(iter(values)), rollout_percentage=0),
            **given,
        )

    def _dealing(
        self, key: str, dealer: tuple[str, str], variants: list[Any], when: Condition
    ) -> Iterator[Rule]:
        for one in variants:
            for override in one.get("overrides") or ():
                listed = compared(
                    attribute_of(override["contextName"]), Op.IS, *override["values"], loose=True
                )
                yield Rule(all_of(when, listed), Serve(variant=one["name"]))
        group, stickiness = dealer
        weights = tuple(Weight(one["name"], one["weight"]) for one in variants)
        served = [one for one in weights if one.weight > 0]
        if not served:
            return
        if len(served) == 1:
            yield Rule(when, Serve(variant=served[0].variant))
            return
        if stickiness == "random":
            raise NotCarried("it deals variants by chance, anew each time")
        by_user, by_session = (
            Serve(weights=weights, by=by, salt=group, hash_version=Hash.UNLEASH_VARIANTS)
            for by in (TARGETING_KEY, "sessionId")
        )
        self.by_chance.append(f"{key}.variant")
        if stickiness != "default":
            by = attribute_of(stickiness)
            serve = msgspec.structs.replace(by_user, by=by)
            yield Rule(all_of(when, anybody(group, by)), serve)
            return
        yield Rule(all_of(when, anybody(group)), by_user)
        yield Rule(all_of(when, none_of(anybody(group))), by_session)


def _dealer(toggle: Any, strategy: Any) -> tuple[str, str]:
    """The group that is hashed, and by what: of the strategy when the variants are its own."""
    if strategy.get("variants"):
        given = strategy.get("parameters") or {}
        return given.get("groupId") or toggle["name"], given.get("stickiness") or "default"
    return toggle["name"], toggle["variants"][0].get("stickiness") or "default"


def _until_always(rules: list[tuple[Condition, bool]]) -> Iterator[tuple[Condition, bool]]:
    for when, is_on in rules:
        yield when, is_on
        if when == ALWAYS:
            return


def _listed(attribute: str, op: Op, text: str) -> Condition:
    values = [one.strip() for one in text.split(",") if one.strip()]
    return compared(attribute, op, *values, loose=op is Op.IS) if values else NEVER


def _percentage(given: Any) -> float:
    percentage = float(given)
    if not percentage.is_integer() or not 0 <= percentage <= 100:
        raise NotCarried(f"its percentage is {given}, and Unleash counts whole ones of 0 to 100")
    return percentage


def _values(variants: list[Any]) -> tuple[Type, dict[str, Any]]:
    """Each variant's payload, or its name when it has none; as text unless all are of one type."""
    values: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    for one in variants:
        payload = one.get("payload") or {"type": "string", "value": one["name"]}
        known = texts.setdefault(one["name"], payload["value"])
        if known != payload["value"]:
            raise NotCarried(f"its variant {one['name']!r} has two values")
        values[one["name"]] = _payload(payload)
    kinds = {type_of(value) for value in values.values()}
    return (kinds.pop(), values) if len(kinds) == 1 else (Type.STRING, texts)


def _payload(payload: Any) -> Any:
    if payload["type"] == "number":
        return float(payload["value"])
    if payload["type"] == "json":
        return msgspec.json.decode(payload["value"])
    return payload["value"]
