"""What is wrong with a comparison, as a sentence for whoever wrote it in a form."""

import re

from firstmile.kernel.languages import N_

# What the rule language says of a comparison, and what to do about it.
SENTENCES = (
    (r"is empty", N_("Say with what it is compared.")),
    (r"has to be one value for .*", N_("This takes one value, not several.")),
    (r"is not for .*", N_("This takes no value.")),
    (r"is no number", N_("Give a number, without quotes.")),
    (r"is no text", N_("Give a text; a number stands in quotes.")),
    (r"is no moment .*", N_("Give a moment, such as 2026-12-01T09:00:00Z.")),
    (r"is no version .*", N_("Give a version, such as 1.4.0.")),
    (r"has a pattern of more than .*", N_("This pattern is too long.")),
    (r"has more than .* values.*", N_("These are too many values; a segment may hold them.")),
)
ATTRIBUTE = N_("Say which attribute is compared.")
ROW = re.compile(r"when\.(?:allOf|conditions)\.(\d+)\b")
NUMBERED = N_("Condition %(number)s: %(what)s")


def advised(at: str, message: str) -> tuple[str, int | None] | None:
    """The sentence for a complaint, and which condition it is about, from 1, if there are several.

    `at` is its place, as `when.allOf.1.values`; None for what is about no comparison.
    """
    if not at.startswith("when."):
        return None
    sentence = next((to for said, to in SENTENCES if re.fullmatch(said, message)), None)
    if at.endswith(".attribute"):
        sentence = ATTRIBUTE
    row = ROW.match(at)
    if sentence is None:
        return None
    return sentence, int(row[1]) + 1 if row else None
