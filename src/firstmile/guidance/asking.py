"""Who asks for guidance, as one value: what is known of them, and whose attention it would be."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from firstmile.guidance.attention import Tips, both
from firstmile.guidance.knowing import Known
from firstmile.guidance.neighbours import Neighbours
from firstmile.guidance.store_attention import (
    Audience,
    Remembered,
    Whose,
    audience,
    past_of,
    sessions_of,
)
from firstmile.kernel.asgi import header_of
from firstmile.kernel.database import Connection
from firstmile.kernel.languages import accepted, best_of, supported
from firstmile.kernel.visit import Visit
from firstmile.kernel.work import Works
from firstmile.protect.places import place_of
from firstmile.protect.visitors import guided_as

SESSION = b"x-firstmile-session"
VISITOR = b"fm-guidance"


@dataclass(frozen=True)
class Asking:
    """Somebody at a place, in a language and an environment, at a moment."""

    known: Known
    whose: Whose | None
    environment: str
    route: str
    language: str
    now: datetime
    sitting: Audience | None = None
    sessions: int = 0
    remembered: dict[str, Remembered] = field(default_factory=dict)
    session: UUID | None = None

    @property
    def tips(self) -> Tips:
        """How much they want."""
        return self.sitting.tips if self.sitting else Tips.ALL

    @property
    def context(self) -> dict[str, Any]:
        """What conditions may ask about them here."""
        mine = {
            "known": self.known.user_id is not None,
            "locale": self.language,
            "route": self.route,
            "sessions": self.sessions,
        }
        return {**self.known.context, **mine}


async def who_asks(
    visit: Visit,
    db: Connection,
    neighbours: Neighbours,
    *,
    environment: str,
    route: str = "/",
    language: str | None = None,
    session: UUID | None = None,
) -> Asking:
    """The one who asks, with all that decides what they are shown.

    A visitor is recognised only if they agreed to be; else there is the session of their browser.
    """
    actor = await visit.visitor()
    spoken = _language(visit, language, actor.locale if actor else None)
    known = Known()
    if actor is not None:
        known = await neighbours.person(db, actor, spoken)
    session = session or session_in(visit)
    whose = whose_of(known, environment, session)
    asking = Asking(known, whose, environment, place_of(route), spoken, visit.part(Works).clock())
    is_theirs = actor is None or actor.impersonator_id is None  # the browser, and what it did
    return await remembering(db, replace(asking, session=session if is_theirs else None))


async def remembering(db: Connection, asking: Asking) -> Asking:
    """The same with what they did before, if anything is kept of them.

    Whoever signed in or agreed to be recognised a moment ago did what their browser's session did.
    """
    sitting = await audience(db, asking.whose) if asking.whose else None
    remembered = await past_of(db, sitting.id) if sitting else {}
    for key, one in (await _before_this(db, asking)).items():
        own = remembered.get(key)
        remembered[key] = one if own is None else stricter(own, one)
    sessions = await sessions_of(db, sitting.id) if sitting else 0
    return replace(asking, sitting=sitting, remembered=remembered, sessions=sessions)


async def _before_this(db: Connection, asking: Asking) -> dict[str, Remembered]:
    if asking.whose is None or asking.whose.session_id is not None or asking.session is None:
        return {}
    before = await audience(db, Whose(asking.environment, session_id=asking.session))
    return await past_of(db, before.id) if before else {}


def stricter(one: Remembered, other: Remembered) -> Remembered:
    """What two did who are one: the later word counts, and the first who is in a tour."""
    return Remembered(both(one.past, other.past), one.step or other.step)


def visitor_digest(number: str) -> bytes:
    """What is kept in place of the number of a browser."""
    return blake2b(number.encode(), digest_size=20, person=VISITOR).digest()


def whose_of(known: Known, environment: str, session: UUID | None) -> Whose | None:
    """Whose attention it is; None when there is nothing to tell one from the next."""
    if known.user_id is not None:
        return Whose(environment, user_id=known.user_id)
    number = guided_as.get()
    if number is not None:
        return Whose(environment, visitor=visitor_digest(number))
    return None if session is None else Whose(environment, session_id=session)


def session_in(visit: Visit) -> UUID | None:
    """The session that the embed named in a header; None for none, and for what is no UUID."""
    try:
        return UUID(header_of(visit.scope, SESSION) or "")
    except ValueError:
        return None


def _language(visit: Visit, asked: str | None, own: str | None) -> str:
    if asked:
        return best_of([asked])
    return supported(own) if own else best_of(accepted(header_of(visit.scope, b"accept-language")))
