"""A flag tried with attributes that somebody typed: what it comes to, and why."""

from typing import Any

import msgspec

from firstmile.kernel.languages import N_
from firstmile.kernel.visit import Visit
from firstmile.release.catalogue import Flags
from firstmile.targeting.contexts import TARGETING_KEY
from firstmile.targeting.explaining import Explanation, Place, Seen, Taken, explained
from firstmile.targeting.flags import Reason
from firstmile.web.flag_words import Words
from firstmile.web.rendering import query_of

REASONS = {
    Reason.STATIC: N_("It is the same for everybody."),
    Reason.DEFAULT: N_("No rule covers them."),
    Reason.TARGETING_MATCH: N_("A rule covers them."),
    Reason.SPLIT: N_("The share decided by their id."),
    Reason.DISABLED: N_("It is switched off."),
}

STEPS = {
    "enabled": N_("Switched off"),
    "prerequisites": N_("Prerequisites"),
    "userWhitelist": N_("Listed people"),
    "markets": N_("Markets"),
    "serve": N_("Rollout"),
    "offVariant": N_("Nothing covered them"),
}


def tried(visit: Visit, environment: str, key: str, words: Words) -> dict[str, Any] | None:
    """What the address asks to try; None when it asks for nothing.

    The answer is of the snapshot in force, and is neither counted nor remembered.
    """
    query = query_of(visit.scope)
    if "unit" not in query and "attributes" not in query:
        return None
    unit, typed = query.get("unit", "").strip(), query.get("attributes", "")
    context = {name: value for name, value in map(_read, typed.splitlines()) if name}
    if unit:
        context[TARGETING_KEY] = unit
    explanation = explained(visit.part(Flags).snapshot(environment), key, context)
    outcome = explanation.outcome
    why = REASONS.get(outcome.reason)
    return {
        "unit": unit,
        "attributes": typed,
        "variant": outcome.variant,
        "value": None if outcome.variant is None else words.value(outcome.value),
        "why": words.say(why) if why else outcome.message,
        "steps": _told_steps(explanation, words),
    }


def _told_steps(explanation: Explanation, words: Words) -> list[dict[str, Any]]:
    """The questions the flag asked, in their order; the last one decided."""
    return [
        {"name": _name_of(step.at, words), "decides": step.decides, "saw": _saw(step, words)}
        for step in explanation.steps
    ]


def _name_of(at: str, words: Words) -> str:
    part, _, place = at.partition(".")
    if part == "rules" and place.isdecimal():
        return words.say(N_("Rule %(number)s"), number=int(place) + 1)
    return words.say(STEPS.get(part, part))


def _saw(step: Taken, words: Words) -> str:
    """What a question looked at, in words; empty when there is nothing to add."""
    parts = [_seen(one, words) for one in step.seen if not one.condition.parts]
    if step.came_to is not None:
        parts.append(words.say(N_("it came to %(variant)s"), variant=step.came_to))
    if step.place is not None:
        parts.append(_place(step.place, words))
    return words.listed(parts) if parts else ""


def _seen(seen: Seen, words: Words) -> str:
    holds = N_("%(condition)s: yes") if seen.holds else N_("%(condition)s: no")
    return words.say(holds, condition=words.condition(seen.condition))


def _place(place: Place, words: Words) -> str:
    if place.unit is None:
        return words.say(N_("no %(attribute)s to tell them apart"), attribute=place.by)
    inside = [one.variant for one in place.limits if one.begin <= (place.place or 0) < one.end]
    falls = (
        N_("their place falls to %(variant)s") if inside else N_("their place is past the share")
    )
    return words.say(falls, variant="".join(inside)) if inside else words.say(falls)


def _read(line: str) -> tuple[str, Any]:
    """`plan = pro` as an attribute; what reads as JSON is that, else it is text."""
    name, _, text = line.partition("=")
    try:
        return name.strip(), msgspec.json.decode(text.strip())
    except msgspec.DecodeError:
        return name.strip(), text.strip()
