"""What is wrong with a content, by the field of its form."""

from collections.abc import Iterable

from firstmile.guidance.lint import Finding
from firstmile.kernel.refusals import Invalid
from firstmile.web.guidance_places import field_of
from firstmile.web.guidance_words import GuidanceWords


def beside_fields(words: GuidanceWords, found: Iterable[Finding]) -> dict[str, str]:
    """Findings by the field of the form they are about."""
    told: dict[str, list[str]] = {}
    for one in found:
        about = f" ({one.about})" if one.about else ""
        told.setdefault(field_of(one.at), []).append(f"{words.remark(one.at, one.message)}{about}")
    return {field: " ".join(dict.fromkeys(messages)) for field, messages in told.items()}


def told_beside(words: GuidanceWords, refusal: Invalid) -> dict[str, str]:
    """The same of a refusal."""
    told: dict[str, list[str]] = {}
    for one in refusal.details or ():
        field, message = one["field"], str(one["message"])
        told.setdefault(field_of(field), []).append(words.remark(field, message))
    return {field: " ".join(dict.fromkeys(messages)) for field, messages in told.items()}
