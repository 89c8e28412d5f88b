"""Why somebody is shown a content, or is not: every question that was asked, leaf by leaf.

The answers are those of the very functions that decide.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from firstmile.guidance.asking import Asking
from firstmile.guidance.attention import Decision
from firstmile.guidance.guide import Guide
from firstmile.guidance.leasing import NOT_PUBLISHED
from firstmile.guidance.models import Kind, Needs
from firstmile.guidance.shelf import Piece, Segments
from firstmile.guidance.store_attention import Interruptions
from firstmile.targeting.comparing import Predicate
from firstmile.targeting.compiling import compiled_condition
from firstmile.targeting.conditions import Condition
from firstmile.targeting.contexts import reader

# What only who writes contents is told of: whom a content is for, and what a gate asks.
AUTHORS = frozenset({"flag", "audience", "role", "permission"})
NEEDS = AUTHORS | {"step"}


class Verdict(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A question, whether it holds, what it looked at, and the questions within it.

    `passing` says that it stands in the way for minutes only.
    """

    what: str
    holds: bool
    passing: bool = False
    facts: dict[str, Any] = {}
    condition: Condition | None = None
    parts: "list[Verdict]" = []


def explained(guide: Guide, asking: Asking, key: str, had: Interruptions) -> Verdict:
    """Why a content is shown to somebody on their route now, or is not."""
    shelf = guide.shelf(asking.environment)
    piece = shelf.find(key)
    if piece is None:
        return _all("content", [*_leaves(NOT_PUBLISHED)])
    parts = [Verdict(what="published", holds=True, facts={"version": piece.version})]
    if piece.content.kind is Kind.GATE:
        return _all("gate", [*parts, *_of_gate(guide, piece, asking)])
    parts += [*_of_rules(guide, piece, asking)]
    decision = guide.decided(guide.situation(piece, asking, had))
    return _all("content", [*parts, _all("attention", [*_leaves(decision)])])


def explained_to_them(guide: Guide, asking: Asking, key: str, had: Interruptions) -> Verdict:
    """The same for who it is about: nothing of whom it is for, and what is not theirs is not there.

    A gate tells them its steps where those are what is in the way, as the embed does.
    """
    piece = guide.shelf(asking.environment).find(key)
    if piece is None:
        return _all("content", [*_leaves(NOT_PUBLISHED)])
    if piece.content.kind is Kind.GATE:
        hidden = AUTHORS if guide.passage(piece, asking).reason in (None, "step") else NEEDS
    elif guide.is_meant(piece, asking):
        hidden = AUTHORS
    else:
        return _all("content", [*_leaves(NOT_PUBLISHED)])
    whole = explained(guide, asking, key, had)
    return replace(whole, parts=[part for part in whole.parts if part.what not in hidden])


def _of_rules(guide: Guide, piece: Piece, asking: Asking) -> Iterator[Verdict]:
    content = piece.content
    facts: dict[str, Any] = {"beginsAt": content.begins_at, "endsAt": content.ends_at}
    yield Verdict(what="time", holds=piece.is_in_time(asking.now), facts=facts)
    facts = {"route": asking.route, "routes": list(content.routes)}
    yield Verdict(what="route", holds=piece.fits(asking.route), facts=facts)
    if content.flag is not None:
        facts = {"flag": content.flag}
        yield Verdict(what="flag", holds=guide.flag_lets(piece, asking), facts=facts)
    if content.when is not None:
        segments = Segments(guide.neighbours, asking.environment)
        told = _condition(content.when, segments, asking.context)
        yield Verdict(what="audience", holds=piece.holds(asking.context), parts=[told])


def _condition(
    condition: Condition, segments: Mapping[str, Predicate], context: Mapping[str, Any]
) -> Verdict:
    """A condition with what each of its parts saw."""
    try:
        holds = compiled_condition(condition, segments)(context)
    except (ValueError, LookupError, TypeError) as broken:
        return Verdict(what="broken", holds=False, facts={"message": str(broken)})
    if condition.attribute is not None:
        facts = {"value": reader(condition.attribute)(context)}
        return Verdict(what="comparison", holds=holds, facts=facts, condition=condition)
    if not condition.parts:
        what = "segment" if condition.segment is not None else "share"
        return Verdict(what=what, holds=holds, condition=condition)
    what = next(
        name
        for name, parts in (
            ("allOf", condition.all_of),
            ("anyOf", condition.any_of),
            ("noneOf", condition.none_of),
        )
        if parts is not None
    )
    parts = [_condition(part, segments, context) for part in condition.parts]
    return Verdict(what=what, holds=holds, parts=parts)


def _of_gate(guide: Guide, piece: Piece, asking: Asking) -> Iterator[Verdict]:
    needs, known = piece.content.needs or Needs(), asking.known
    found = guide.passage(piece, asking)
    yield Verdict(what="open", holds=found.is_allowed, facts={"reason": found.reason})
    if needs.flag is not None:
        is_on = guide.neighbours.is_on(needs.flag, asking.context, asking.environment)
        yield Verdict(what="flag", holds=is_on, facts={"flag": needs.flag})
    if needs.roles:
        facts = {"roles": sorted(known.roles), "oneOf": list(needs.roles)}
        yield Verdict(what="role", holds=bool(known.roles & set(needs.roles)), facts=facts)
    if needs.permission is not None:
        holds = needs.permission in known.permissions
        yield Verdict(what="permission", holds=holds, facts={"permission": needs.permission})
    undone = set(known.undone(needs.steps))
    for step in needs.steps:
        yield Verdict(what="step", holds=step not in undone, facts={"step": step})


def _leaves(decision: Decision) -> Iterator[Verdict]:
    for leaf in decision.leaves:
        facts = {**leaf.facts, **({"retryAt": leaf.retry_at} if leaf.is_against else {})}
        known = {name: value for name, value in facts.items() if value is not None}
        is_passing = leaf.is_against and leaf.retry_at is not None
        yield Verdict(what=leaf.why, holds=not leaf.is_against, passing=is_passing, facts=known)


def _all(what: str, parts: Iterable[Verdict]) -> Verdict:
    listed = list(parts)
    return Verdict(what=what, holds=all(part.holds for part in listed), parts=listed)
