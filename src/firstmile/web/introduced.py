"""Whom another service introduced to this browser, until their account is known."""

from urllib.parse import urlencode

from litestar.datastructures import Cookie

from firstmile.identity.cookies import Cookies
from firstmile.identity.introductions import Introduction, Introductions
from firstmile.kernel.asgi import cookies_of
from firstmile.kernel.refusals import Malformed
from firstmile.kernel.visit import Visit
from firstmile.kernel.work import Works

OFFER = "/account/connections/offer"


def introduction_of(visit: Visit) -> Introduction | None:
    """The introduction this browser keeps; None when there is none that still counts."""
    token = cookies_of(visit.scope).get(visit.part(Cookies).introduced_name)
    if not token:
        return None
    try:
        return visit.part(Introductions).read(token, visit.part(Works).clock())
    except Malformed:
        return None


def keep(visit: Visit, introduction: Introduction) -> Cookie:
    """Keeps an introduction in this browser."""
    life = introduction.expires_at - visit.part(Works).clock()
    token = visit.part(Introductions).seal(introduction)
    return visit.part(Cookies).introduced(token, int(life.total_seconds()))


def forget(visit: Visit) -> Cookie:
    """Forgets it."""
    return visit.part(Cookies).introduced("", 0)


def by_way_of_the_offer(visit: Visit, goal: str) -> str:
    """Where somebody goes who has signed in: first to what they may connect now, if anything."""
    if introduction_of(visit) is None:
        return goal
    return f"{OFFER}?{urlencode({'next': goal})}"
