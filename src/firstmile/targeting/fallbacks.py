"""What a flag comes to while nobody can say how it stands: variables, and what it holds to."""

from collections.abc import Mapping
from typing import Any

import msgspec

from .flags import ErrorCode, Flag, Reason, Unknown
from .outcomes import Outcome, failed, served
from .snapshots import Snapshot

WORDS = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
PREFIX = "FLAG_"
FROM_VARIABLE = "environment"  # what stands in the place of the variant


def settled(
    snapshot: Snapshot, outcome: Outcome, told: Mapping[str, str], *, is_stale: bool
) -> Outcome:
    """An outcome as it is served: from its variable when nobody knows the flag, held when stale."""
    if outcome.error is ErrorCode.FLAG_NOT_FOUND:
        return from_variable(outcome, told)
    return held(snapshot.flags[outcome.key], outcome) if is_stale else outcome


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Those variables of a process that say something of flags."""
    return {name: value for name, value in environ.items() if name.startswith(PREFIX)}


def variable_of(key: str) -> str:
    """The environment variable of a flag: `new-checkout` is `FLAG_NEW_CHECKOUT`."""
    return PREFIX + "".join(one if one.isalnum() else "_" for one in key).upper()


def from_variable(outcome: Outcome, told: Mapping[str, str]) -> Outcome:
    """The outcome that its variable gives a flag nobody knows; without one, as it was."""
    text = told.get(variable_of(outcome.key)) if told else None
    if text is None:
        return outcome
    return Outcome(outcome.key, Reason.CACHED, FROM_VARIABLE, _value(text))


def held(flag: Flag, outcome: Outcome) -> Outcome:
    """What a flag holds to while nobody can say whether it changed: reason STALE."""
    if flag.on_unknown is Unknown.OFF:
        return served(flag, flag.off_variant, Reason.STALE)
    if flag.on_unknown is Unknown.ON:
        return served(flag, flag.on_variant, Reason.STALE)
    if flag.on_unknown is Unknown.CODE_DEFAULT:
        return served(flag, None, Reason.STALE)
    if outcome.error is not None:
        return failed(flag.key, outcome.error, outcome.message)
    return Outcome(flag.key, Reason.STALE, outcome.variant, outcome.value, outcome.rule)


def _value(text: str) -> Any:
    """A variable's value: a word for yes or no, else JSON, else the text itself."""
    if (word := text.strip().lower()) in WORDS:
        return WORDS[word]
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
