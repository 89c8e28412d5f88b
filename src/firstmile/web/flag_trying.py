"""A flag tried with attributes that somebody typed: what it comes to, and why."""

from typing import Any

import msgspec

from firstmile.kernel.languages import N_
from firstmile.kernel.visit import Visit
from firstmile.release.catalogue import Flags
from firstmile.targeting.contexts import TARGETING_KEY
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
    outcome = visit.part(Flags).snapshot(environment).evaluate(key, context)
    why = REASONS.get(outcome.reason)
    return {
        "unit": unit,
        "attributes": typed,
        "variant": outcome.variant,
        "value": None if outcome.variant is None else words.value(outcome.value),
        "why": words.say(why) if why else outcome.message,
        "rule": outcome.rule,
        "reason": str(outcome.reason),
    }


def _read(line: str) -> tuple[str, Any]:
    """`plan = pro` as an attribute; what reads as JSON is that, else it is text."""
    name, _, text = line.partition("=")
    try:
        return name.strip(), msgspec.json.decode(text.strip())
    except msgspec.DecodeError:
        return name.strip(), text.strip()
