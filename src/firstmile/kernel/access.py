"""Who asks, and what they may do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from firstmile.kernel.asgi import Scope
from firstmile.kernel.ids import SessionId, UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unauthenticated

SCOPE_KEY = "firstmile.asking"
KNOWN_KEY = "firstmile.visitor"
# Where a route declares its limits, and the `opt` of one that has none: what must work in an
# incident, and what costs nothing. `protect.limits` has the others.
LIMITS = "firstmile.limits"
UNLIMITED: dict[str, Any] = {LIMITS: ()}


class StaffRole(StrEnum):
    """What a person may do for others, on the side of those who run this."""

    SUPPORT = "support"
    OPERATOR = "operator"
    ADMIN = "admin"


STAFF_ADMINS = frozenset({StaffRole.ADMIN})
OPERATORS = STAFF_ADMINS | {StaffRole.OPERATOR}
ALL_STAFF = frozenset(StaffRole)


@dataclass(frozen=True)
class Permission:
    """A right by its name, what it is for, and the roles that have it.

    Roles are those in a project, or of staff when the right is over the whole installation.
    A right that is for keys is also a scope of API keys.
    """

    name: str
    what: str
    roles: frozenset[str]
    is_of_staff: bool = False
    is_for_keys: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind a request. Identity makes one; everybody else asks for it."""

    user_id: UserId
    session_id: SessionId
    roles: frozenset[str]
    locale: str
    by_cookie: bool
    proved_at: datetime | None = None
    staff_role: str | None = None
    impersonator_id: UserId | None = None


Asking = Callable[[], Awaitable[Actor | None]]


async def visitor(scope: Scope) -> Actor | None:
    """The actor of this request, or None when nobody is signed in."""
    asking: Asking | None = scope.get(SCOPE_KEY)
    if asking is None:
        return None
    scope[KNOWN_KEY] = actor = await asking()
    return actor


def known_visitor(scope: Scope) -> Actor | None:
    """The actor of this request, if somebody has asked for them already."""
    found: Actor | None = scope.get(KNOWN_KEY)
    return found


async def requires_actor(scope: Scope) -> Actor:
    """The actor of this request; raises Unauthenticated when nobody is signed in."""
    actor = await visitor(scope)
    if actor is None:
        raise Unauthenticated(N_("Sign in to continue."))
    return actor
