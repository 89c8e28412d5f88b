"""What a page shows of an experiment: the visit as the experiment knows it, and the exposure."""

from collections.abc import Iterable
from dataclasses import dataclass

from litestar.datastructures import Cookie

from firstmile.kernel.visit import Visit
from firstmile.protect.consent import Purpose, agreed
from firstmile.protect.visitors import VisitorCookie
from firstmile.release.catalogue import Flags
from firstmile.release.experiments import Asker, Experiments
from firstmile.web.rendering import person_of

# The flags that our own pages ask. Each does nothing until it exists.
JOURNEY_ENCOURAGEMENT = "journey-encouragement"
SIGN_UP_ENCOURAGEMENT = "sign-up-encouragement"

ROLES = ("owner", "admin", "member", "viewer")  # the highest counts


@dataclass(frozen=True)
class Shown:
    """The value a page goes by, and the cookies it has to give for that."""

    value: object
    cookies: tuple[Cookie, ...] = ()

    @property
    def is_warm(self) -> bool:
        """Whether the page encourages: `true`, or a text other than `plain`."""
        return self.value is True or (isinstance(self.value, str) and self.value != "plain")


NOTHING = Shown(None)


async def shown(visit: Visit, flag_key: str) -> Shown:
    """The value of a flag for whoever is about to see the page; their exposure is kept.

    Staff in the place of somebody see no experiment: what they do is not what the person does.
    """
    if flag_key not in visit.part(Flags).snapshot().flags:
        return NOTHING
    actor = await visit.visitor()
    if actor is not None and actor.impersonator_id is not None:
        return NOTHING
    experiments, cookie = visit.part(Experiments), visit.part(VisitorCookie)
    visitor, given = cookie.read(visit.scope), list[Cookie]()
    agrees = agreed(visit.scope, Purpose.EXPERIMENTS)
    if actor is None and visitor is None and agrees and experiments.wants_visitor(flag_key):
        given.append(cookie.give())
        visitor = given[0].value
    person = await person_of(visit)
    asker = Asker(
        user_id=None if actor is None else actor.user_id,
        visitor=visitor,
        agrees=agrees,
        market=None if person is None else person.market,
        role=None if actor is None else highest(actor.roles),
    )
    outcome = await experiments.show(flag_key, asker)
    return Shown(outcome.value, tuple(given))


def highest(roles: Iterable[str]) -> str | None:
    """The highest of a person's roles, by which they are grouped."""
    held = set(roles)
    return next((role for role in ROLES if role in held), None)
