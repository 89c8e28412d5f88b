"""What a flag comes to for somebody."""

from typing import Any

import msgspec

from .flags import ErrorCode, Flag, Reason


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """A flag's value for a context, and why. Made once for each way a flag can end.

    `variant` is None when the application's own default holds, and `value` is then None too.
    `rule` is the id or the place of the rule that decided.
    """

    key: str
    reason: Reason
    variant: str | None = None
    value: Any = None
    rule: str | None = None
    error: ErrorCode | None = None
    message: str = ""


def served(flag: Flag, variant: str | None, reason: Reason, rule: str | None = None) -> Outcome:
    """The outcome of serving a variant; of None, the application's default."""
    value = None if variant is None else flag.variants[variant]
    return Outcome(flag.key, reason, variant, value, rule)


def failed(key: str, error: ErrorCode, message: str) -> Outcome:
    """The outcome of not being able to say."""
    return Outcome(key, Reason.ERROR, error=error, message=message)
