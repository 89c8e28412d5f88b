"""Flags of Flagsmith, from the environment document its SDKs read.

A feature becomes a flag that is on or off, and one with a value a second flag, `key.value`, whose
values they are. The identifier is read from `targetingKey`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from firstmile.release.importing.flagsmith_segments import limit_below, segment_of, share_of_places
from firstmile.release.importing.reading import (
    ALWAYS,
    NEVER,
    Imported,
    NotCarried,
    Remark,
    all_of,
    compared,
    gathered,
    known_key,
    name_of,
    named_values,
    switch,
)
from firstmile.targeting.conditions import Condition, Op, shares_in
from firstmile.targeting.contexts import TARGETING_KEY
from firstmile.targeting.flags import Flag, Rule, Segment, Serve

LOWEST = float("inf")
BY_NUMBER = (
    "This environment hashes identities by Flagsmith's own numbers when its server is asked, which"
    " nobody else knows: whoever was asked so may move. Local evaluation hashes as it is here."
)


def from_flagsmith(document: Any) -> Imported:
    """The flags and segments of an environment document."""
    if not isinstance(document, dict) or "feature_states" not in document:
        raise NotCarried("This is no environment document of Flagsmith.")
    reading = _Environment(document)

    def made(state: Any) -> Callable[[], Iterable[Flag]]:
        return lambda: reading.flags_of(state)

    states = sorted(document["feature_states"], key=lambda one: str(one["feature"]["name"]))
    found = gathered(
        [(one["feature"]["name"], made(one)) for one in states], reading.segments.values()
    )
    hashing = () if document.get("use_identity_composite_key_for_hashing", True) else found.flags
    notes = [Remark(one.key, BY_NUMBER) for one in hashing if _is_split(one)]
    notes += [Remark(one.key, BY_ORDER) for one in found.segments if one.key in reading.ordered]
    return replace(found, notes=tuple(notes))


BY_ORDER = (
    "It compares by size. A trait that is a text is compared by its letters in Flagsmith, and with"
    " nothing here; a whole number is never larger or smaller than a broken one there."
)


class _Environment:
    """What one document says."""

    def __init__(self, document: Any) -> None:
        self._key = document["api_key"]
        self.segments: dict[int, Segment] = {}
        self.ordered: set[str] = set()
        self._overrides: dict[str, list[tuple[float, Condition | None, Any]]] = {}
        for identity in document.get("identity_overrides") or ():
            listed = compared(TARGETING_KEY, Op.IS, identity["identifier"])
            for state in identity["identity_features"]:
                plain = {**state, "multivariate_feature_state_values": []}
                self._override(plain, float("-inf"), listed)
        for one in (document.get("project") or {}).get("segments") or ():
            when = self._segment(one)
            for state in one.get("feature_states") or ():
                priority = (state.get("feature_segment") or {}).get("priority")
                self._override(state, LOWEST if priority is None else priority, when)

    def flags_of(self, state: Any) -> Iterator[Flag]:
        """The flag of a feature, and that of its values if it has any."""
        key = known_key(state["feature"]["name"])
        listed = self._overrides.get(key, [])
        if any(when is None for _, when, _ in listed):
            raise NotCarried("it is overridden by a segment that cannot be carried over")
        ways = [(when, one) for _, when, one in sorted(listed, key=lambda one: one[0]) if when]
        ways.append((ALWAYS, state))
        yield switch(key, [(when, bool(one["enabled"])) for when, one in ways], enabled=True)
        if any(value is not None for _, one in ways for value in _values(one)):
            yield self._value_flag(f"{key}.value", ways)

    def _segment(self, given: Any) -> Condition | None:
        """The condition of being in a segment; None when it cannot be carried over."""
        try:
            segment = segment_of(given, self._key)
        except NotCarried:
            return None
        self.segments[given["id"]] = segment
        if "_THAN" in str(given["rules"]):
            self.ordered.add(segment.key)
        return Condition(segment=segment.key)

    def _override(self, state: Any, priority: float, when: Condition | None) -> None:
        name = state["feature"]["name"]
        self._overrides.setdefault(name, []).append((priority, when, state))

    def _value_flag(self, key: str, ways: list[tuple[Condition, Any]]) -> Flag:
        found = [value for _, one in ways for value in _values(one)]
        last = ways[-1][1]
        if any(value is None for value in found) and not _is_plain_null(ways):
            raise NotCarried("some of its values are null and some are not")
        kind, named = named_values(value for value in found if value is not None)
        rules: list[Rule] = []
        for when, state in ways[:-1]:
            rules += self._rules(when, state, named)
        rules += self._rules(ALWAYS, last, named)
        rest = rules.pop() if rules and rules[-1].when == ALWAYS else None
        first = next(iter(named))
        return Flag(
            key,
            type=kind,
            variants=named,
            enabled=True,
            on_variant=first,
            off_variant=None,
            rules=tuple(rules),
            serve=rest.serve if rest else Serve(variant=first, rollout_percentage=0),
        )

    def _rules(self, when: Condition, state: Any, named: dict[str, Any]) -> Iterator[Rule]:
        """Each variant with its places, as the engine adds up percentages; then the control."""
        salt = f"{state.get('django_id') or state['featurestate_uuid']},{self._key}_"
        begin = 0.0
        for one in _splits(state):
            end = one["percentage_allocation"] + begin
            share = share_of_places(salt, limit_below(begin), limit_below(end))
            if share is not NEVER:
                name = name_of(named, one["multivariate_feature_option"]["value"])
                yield Rule(all_of(when, share), Serve(variant=name))
            begin = end
        if state["feature_state_value"] is not None:
            yield Rule(when, Serve(variant=name_of(named, state["feature_state_value"])))


def _values(state: Any) -> Iterator[Any]:
    yield state["feature_state_value"]
    for one in _splits(state):
        yield one["multivariate_feature_option"]["value"]


def _is_plain_null(ways: list[tuple[Condition, Any]]) -> bool:
    """Whether null is the default alone, which here is the application's own."""
    *overrides, (_, last) = ways
    others = [value for _, one in overrides for value in _values(one)]
    splits = [one["multivariate_feature_option"]["value"] for one in _splits(last)]
    return None not in others and None not in splits


def _splits(state: Any) -> list[Any]:
    """The variants in the order in which the engine adds up their percentages."""
    given = state.get("multivariate_feature_state_values") or []
    return sorted(given, key=lambda one: one.get("id") or UUID(one["mv_fs_value_uuid"]).int)


def _is_split(flag: Flag) -> bool:
    return any(True for rule in flag.rules for _ in shares_in(rule.when))
