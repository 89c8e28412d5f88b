"""What a change of a flag or a segment changed, line by line in the words of a page."""

from collections.abc import Callable
from typing import Any

import msgspec

from firstmile.kernel.languages import N_
from firstmile.release.differing import Difference, differences
from firstmile.release.differing import Kind as Way
from firstmile.release.models import Oversight, Subjected
from firstmile.targeting.conditions import Condition
from firstmile.targeting.flags import Flag, Prerequisite, Rule, Segment, Serve
from firstmile.web.flag_words import KINDS, Words

NAMES = {
    "type": N_("Type"),
    "onVariant": N_("Variant when on"),
    "offVariant": N_("Variant when off"),
    "userWhitelist": N_("Listed people"),
    "markets": N_("Markets"),
    "prerequisites": N_("Prerequisites"),
    "serve.variant": N_("Serves"),
    "serve.weights": N_("Weights"),
    "serve.rolloutPercentage": N_("Rollout"),
    "serve.by": N_("Same answer for each"),
    "serve.salt": N_("Salt"),
    "serve.hashVersion": N_("Hash"),
    "onUnknown": N_("While nobody can say"),
    "isPublic": N_("Open to browsers"),
    "kind": N_("Kind"),
    "description": N_("Description"),
    "owner": N_("Owner"),
    "expiresOn": N_("Expires on"),
    "tags": N_("Tags"),
    "included": N_("Always in it"),
    "excluded": N_("Never in it"),
    "when": N_("Condition"),
}
SIGNS = {Way.ADDED: "+", Way.REMOVED: "\N{MINUS SIGN}", Way.CHANGED: "~"}


def told_change(
    before: Subjected | None, after: Subjected | None, words: Words
) -> list[dict[str, Any]]:
    """Lines with a `name`, and what was `before` and is `after` it, where that is told."""
    if isinstance(after, Oversight):
        text = N_("Asks for a second person") if after.four_eyes else N_("Asks for one person")
        return [_line(words.say(text))]
    if isinstance(before, Oversight):
        return []
    if before is None and after is None:
        return []
    if after is None:
        is_flag = isinstance(before, Flag)
        return [_line(words.say(N_("Archived") if is_flag else N_("Deleted")), "\N{MINUS SIGN}")]
    if before is None:
        said = words.sentence(after) if isinstance(after, Flag) else ""
        return [_line(words.say(N_("Made")), "+", after=said or None)]
    return [_told(one, before, after, words) for one in differences(before, after)]


def _told(
    one: Difference, before: Flag | Segment, after: Flag | Segment, words: Words
) -> dict[str, Any]:
    sign = SIGNS[one.kind]
    if one.place == "enabled":
        return _line(words.say(N_("Switched on") if one.after else N_("Switched off")), sign)
    flags = [side for side in (before, after) if isinstance(side, Flag)]
    if one.place == "variants":
        name = words.say(N_("Variant %(name)s"), name=one.name)
        told = [None if side is None else words.value(side) for side in (one.before, one.after)]
        return _line(name, sign, *told)
    if one.place.startswith("rules") and flags:
        return _told_rule(one, flags[0], flags[-1], words)
    name = words.say(NAMES.get(one.place, one.place))
    return _line(name, sign, *(_said(one.place, side, words) for side in (one.before, one.after)))


def _told_rule(one: Difference, before: Flag, after: Flag, words: Words) -> dict[str, Any]:
    name, sign = words.say(N_("Rule %(number)s"), number=one.number), SIGNS[one.kind]
    if one.place == "rules":
        sides = (
            None if one.before is None else _rule(one.before, before, words),
            None if one.after is None else _rule(one.after, after, words),
        )
        return _line(name, sign, *sides)
    inner = one.place.removeprefix("rules.")
    told = (_said(inner, side, words) for side in (one.before, one.after))
    said = words.say(NAMES.get(inner, inner))
    return _line(f"{name}, {said[:1].lower()}{said[1:]}", sign, *told)


def _rule(document: Any, flag: Flag, words: Words) -> str:
    return words.rule(flag, msgspec.convert(document, Rule))


def _said(place: str, value: Any, words: Words) -> str | None:
    """A value of a field; None for nothing there."""
    if value is None or value == "":
        return None
    if place in SAID:
        return SAID[place](value, words)
    if isinstance(value, bool):
        return words.say(N_("yes") if value else N_("no"))
    if isinstance(value, list):
        return words.listed([str(one) for one in value])
    return str(value)


def _percent(value: Any, words: Words) -> str:
    return words.percent(float(value))


def _condition(value: Any, words: Words) -> str:
    return words.condition(msgspec.convert(value, Condition))


def _markets(value: Any, words: Words) -> str:
    return words.listed([words.market(one) for one in value])


def _weights(value: Any, _: Words) -> str:
    weights = msgspec.convert({"weights": value}, Serve).weights
    return ", ".join(f"{one.variant} {one.weight}" for one in weights)


def _kind(value: Any, words: Words) -> str:
    return words.say(KINDS[value])


def _prerequisites(value: Any, words: Words) -> str:
    needed = (msgspec.convert(one, Prerequisite) for one in value)
    return words.listed(
        [f"{one.flag} ({words.listed(list(one.variants), style='or')})" for one in needed]
    )


SAID: dict[str, Callable[[Any, Words], str]] = {
    "serve.rolloutPercentage": _percent,
    "when": _condition,
    "markets": _markets,
    "prerequisites": _prerequisites,
    "serve.weights": _weights,
    "kind": _kind,
}


def _line(
    name: str, sign: str = "~", before: str | None = None, after: str | None = None
) -> dict[str, Any]:
    return {"name": name, "sign": sign, "before": before, "after": after}
