"""Flags and contexts to ask with, written by hand or drawn at random."""

from collections.abc import Iterable
from typing import Any

import msgspec
from hypothesis import strategies as st

from firstmile.targeting import conditions as said
from firstmile.targeting.compiling import compiled_condition
from firstmile.targeting.conditions import Condition, Op
from firstmile.targeting.flags import Flag, Segment
from firstmile.targeting.hashing import Hash
from firstmile.targeting.outcomes import Outcome
from firstmile.targeting.snapshots import Contents, Snapshot

UNITS = [f"user-{number}" for number in range(20_000)]


def a_flag(key: str = "new-checkout", **given: Any) -> Flag:
    """A flag of JSON, enabled unless it says otherwise."""
    return msgspec.convert({"key": key, "enabled": True, **given}, Flag)


def a_condition(**given: Any) -> Condition:
    return msgspec.convert(given, Condition)


def a_segment(key: str, **given: Any) -> Segment:
    return msgspec.convert({"key": key, **given}, Segment)


def a_snapshot(
    *flags: Flag, segments: Iterable[Segment] = (), before: Snapshot | None = None
) -> Snapshot:
    return Snapshot(Contents(flags=flags, segments=tuple(segments)), before)


def asked(
    flag: Flag, context: dict[str, Any], *others: Flag, segments: Iterable[Segment] = ()
) -> Outcome:
    """What a flag comes to beside others."""
    return a_snapshot(flag, *others, segments=segments).evaluate(flag.key, context)


def holds(context: dict[str, Any], **condition: Any) -> bool:
    """Whether a condition of JSON holds for a context."""
    return compiled_condition(a_condition(**condition), {})(context)


def compares(found: Any, op: str, *values: Any, **given: Any) -> bool:
    """Whether an attribute compares so with the values."""
    return holds({"it": found}, attribute="it", op=op, values=list(values), **given)


# What a context may hold, and more.
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["CA", "dana", "1.2.3", "10.0.0.7", "2026-12-01", "\ud800", "", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)
NAMES = st.sampled_from(["targetingKey", "market", "country", "plan", "plan.name", "age"])
CONTEXTS = st.dictionaries(NAMES, ANYTHING, max_size=5)

_VALUES: dict[str, st.SearchStrategy[list[Any]]] = {
    "texts": st.lists(st.sampled_from(["CA", "dana", "a", ""]), min_size=1, max_size=3),
    "number": st.lists(st.integers(-5, 5) | st.just(1.5), min_size=1, max_size=1),
    "moment": st.just(["2026-12-01T09:00:00Z"]),
    "version": st.sampled_from([["1.2.3"], ["2"], ["1.2.3-rc.1"]]),
    "network": st.just(["10.0.0.0/8", "2001:db8::/32"]),
    "scalars": st.lists(st.sampled_from(["CA", 1, 1.5, True, "1"]), min_size=1, max_size=3),
    "none": st.just([]),
}


def _values(op: Op) -> st.SearchStrategy[list[Any]]:
    for ops, name in (
        (said.TEXTS, "texts"),
        (said.NUMBERS, "number"),
        (said.MOMENTS, "moment"),
        (said.VERSIONS, "version"),
        (said.WITHOUT_VALUES, "none"),
        (frozenset({Op.WITHIN}), "network"),
    ):
        if op in ops:
            return _VALUES[name]
    return _VALUES["scalars"]


@st.composite
def comparisons(draw: st.DrawFn) -> dict[str, Any]:
    op = draw(st.sampled_from(list(Op)))
    return {
        "attribute": draw(NAMES),
        "op": str(op),
        "values": draw(_values(op)),
        "ignoreCase": draw(st.booleans()),
        "loose": draw(st.booleans()),
    }


@st.composite
def shares(draw: st.DrawFn) -> dict[str, Any]:
    begin, end = sorted((draw(st.integers(0, 100)), draw(st.integers(0, 100))))
    return {"share": {"salt": "s", "begin": begin, "end": end, "by": draw(NAMES)}}


def conditions() -> st.SearchStrategy[dict[str, Any]]:
    return st.recursive(
        comparisons() | shares() | st.just({"segment": "early"}),
        lambda inner: st.builds(
            lambda name, parts: {name: parts},
            st.sampled_from(["allOf", "anyOf", "noneOf"]),
            st.lists(inner, max_size=3),
        ),
        max_leaves=4,
    )


@st.composite
def serves(draw: st.DrawFn) -> dict[str, Any]:
    serve: dict[str, Any] = {
        "rolloutPercentage": draw(st.sampled_from([0, 1, 25, 50, 99, 100])),
        "by": draw(NAMES),
    }
    if draw(st.booleans()):
        weights = draw(st.lists(st.integers(0, 9), min_size=2, max_size=2).filter(any))
        serve["weights"] = [
            {"variant": name, "weight": weight}
            for name, weight in zip(("on", "off"), weights, strict=True)
        ]
        serve["hashVersion"] = draw(st.sampled_from([str(one) for one in Hash]))
    else:
        serve["variant"] = draw(st.sampled_from(["on", "off"]))
    return serve


@st.composite
def flags(draw: st.DrawFn, key: str = "flag") -> Flag:
    rules = st.lists(
        st.builds(lambda when, serve: {"when": when, "serve": serve}, conditions(), serves()),
        max_size=3,
    )
    given: dict[str, Any] = {
        "enabled": draw(st.sampled_from([True, True, True, False])),
        "rules": draw(rules),
        "serve": draw(serves()),
        "userWhitelist": draw(st.sampled_from([[], ["dana"], ["1"]])),
        "markets": draw(st.sampled_from([["*"], ["CA"], ["*", "FR"]])),
        "prerequisites": draw(st.sampled_from([[], [{"flag": "base", "variants": ["on"]}]])),
        "offVariant": draw(st.sampled_from(["off", None])),
    }
    return a_flag(key, **given)
