"""An explanation in words, for whoever asks on a command line."""

from collections.abc import Iterator
from typing import Any

import msgspec

from .conditions import Condition
from .explaining import Explanation, Place, Seen, Taken
from .outcomes import Outcome


def told(explanation: Explanation) -> Iterator[str]:
    """The lines of an explanation: each question, then the answer."""
    for step in explanation.steps:
        yield f"{step.at}: {_said(step)}"
        for one in step.seen:
            yield f"    {'yes' if one.holds else 'no ':3} {one.at}: {_told_part(one)}"
        if step.place is not None:
            yield f"    {_told_place(step.place)}"
    yield told_outcome(explanation.outcome)


def told_outcome(outcome: Outcome) -> str:
    """What a flag came to, in a line."""
    if outcome.error is not None:
        return f"{outcome.key} cannot be told ({outcome.error}): {outcome.message}"
    if outcome.variant is None:
        return f"{outcome.key} is what the application has by itself ({outcome.reason})"
    return f"{outcome.key} is {_json(outcome.value)}, variant {outcome.variant} ({outcome.reason})"


def told_condition(condition: Condition) -> str:
    """A part of a condition, in a line."""
    if condition.segment is not None:
        return f"in segment {condition.segment}"
    if condition.share is not None:
        share = condition.share
        return f"from {share.begin:g} to {share.end:g} percent by {share.by}"
    values = ", ".join(_json(value) for value in condition.values)
    words = [condition.attribute or "", condition.op.replace("_", " "), values]
    words += ["in any case"] if condition.ignore_case else []
    words += ["loosely"] if condition.loose else []
    return " ".join(word for word in words if word)


def _said(step: Taken) -> str:
    if step.at.startswith("prerequisites."):
        came_to = "nothing" if step.came_to is None else step.came_to
        return f"the other flag came to {came_to}, {'not ' if step.decides else ''}as needed"
    if step.at == "enabled":
        return "it is not enabled"
    if step.at == "offVariant":
        return "nothing decided, so it is off"
    return "decides" if step.decides else "passes on"


def _told_part(seen: Seen) -> str:
    told = told_condition(seen.condition)
    if seen.place is not None:
        return f"{told}; {_told_place(seen.place)}"
    if seen.condition.attribute is None:
        return told
    return f"{told}; it was {'not there' if seen.value is None else _json(seen.value)}"


def _told_place(place: Place) -> str:
    if place.unit is None:
        return f"there is no {place.by} to tell anybody apart by"
    limits = ", ".join(
        f"{one.variant + ' ' if one.variant else ''}{one.begin} to {one.end}"
        for one in place.limits
    )
    return (
        f"{place.unit} falls to place {place.place} by {place.hash_version}"
        f" with salt {_json(place.salt)}; served are {limits or 'none'}"
    )


def _json(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError):
        return repr(value)
