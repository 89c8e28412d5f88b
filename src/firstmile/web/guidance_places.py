"""Where in the form of a content something stands, and what that is called."""

import re
from collections.abc import Callable

from firstmile.kernel.languages import LANGUAGES, N_

# Fields that the form calls otherwise than the content.
FIELDS = {"frequency": "days", "needs": "roles", "needs.flag": "neededFlag"}
NAMES = {
    "key": N_("Key"),
    "title": N_("Title"),
    "body": N_("Text"),
    "action": N_("Words of the link"),
    "href": N_("Link leads to"),
    "target": N_("Target"),
    "route": N_("Route"),
    "routes": N_("Routes"),
    "flag": N_("Flag"),
    "when": N_("For whom"),
    "beginsAt": N_("From (UTC)"),
    "endsAt": N_("Until (UTC)"),
    "frequency": N_("How often"),
    "priority": N_("Priority"),
    "needs": N_("What a gate asks for"),
    "steps": N_("Steps of a tour"),
}
STEP = re.compile(r"steps\.(\d+)")
WORDS = re.compile(r"(steps\.\d+\.)?words(?:\.(\w+)(?:\.(\w+))?)?")


def field_of(at: str) -> str:
    """The field of the form for a place in a content, such as `steps.0.words.en.title`."""
    if at.startswith(("routes", "when")):
        return at.partition(".")[0]
    if (words := WORDS.fullmatch(at)) is None:
        return FIELDS.get(at, at)
    within = (words[1] or "words.") + f"{words[2] or 'en'}."
    return within + (words[3] or "title")


def called(at: str, say: Callable[..., str]) -> str:
    """A place in the words of the form: `Step 1, Title, English`."""
    told = []
    if step := STEP.match(at):
        told.append(say(N_("Step %(number)s"), number=int(step[1]) + 1))
    parts = at.split(".")
    told += [say(NAMES[part]) for part in parts if part in NAMES and not (step and part == "steps")]
    told += [LANGUAGES[part] for part in parts if part in LANGUAGES]
    return ", ".join(told)
