"""Whether somebody agreed to be part of experiments: the one place where that is asked.

A page that asks people writes the cookie `fm-consent`, the purposes they agreed to with dots
between them: `fm-consent=experiments`. A browser that sends `Sec-GPC: 1` (Global Privacy Control)
has said no for all of them, whatever its cookie says.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from firstmile.kernel.asgi import Scope, cookies_of, header_of

COOKIE = "fm-consent"
ATTRIBUTE = "consent"


class Purpose(StrEnum):
    """What somebody may agree to."""

    EXPERIMENTS = "experiments"


def agreed(scope: Scope, purpose: Purpose) -> bool:
    """Whether the browser of this request brought an agreement."""
    if header_of(scope, b"sec-gpc") == "1":
        return False
    return purpose in cookies_of(scope).get(COOKIE, "").split(".")


def refused(scope: Scope, purpose: Purpose) -> bool:
    """Whether the browser of this request said no, which is more than to have said nothing."""
    told = cookies_of(scope).get(COOKIE)
    said_no = told is not None and purpose not in told.split(".")
    return said_no or header_of(scope, b"sec-gpc") == "1"


def agreed_in(context: Mapping[str, Any], purpose: Purpose) -> bool:
    """Whether an application says so: its context lists the purpose under `consent`."""
    told = context.get(ATTRIBUTE)
    return isinstance(told, list | tuple) and purpose in told
