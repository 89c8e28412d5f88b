"""What other applications show to somebody in an experiment: the kept variant of each."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from firstmile.kernel.database import Database
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid
from firstmile.protect.consent import Purpose, agreed_in
from firstmile.release import store_units
from firstmile.release.experiments import Asker, Experiments, Meeting
from firstmile.release.models import SdkKey
from firstmile.targeting.contexts import TARGETING_KEY

MOST = 100  # showings in a batch
LONGEST = 255  # characters of a targetingKey
LONGEST_GROUP = 40  # characters of a market or role


class Showing(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A flag that is about to be shown to somebody.

    The context is the one of OFREP: `targetingKey` says who it is, `consent` to what they
    agreed. `user` is their id here once they have an account, so that both are one.
    """

    flag: str
    context: dict[str, Any]
    user: UUID | None = None


async def met(
    database: Database, experiments: Experiments, key: SdkKey, showings: Sequence[Showing]
) -> list[tuple[Meeting, bool]]:
    """What each is to be shown, and whether they are a person with an account here.

    Each exposure is kept once, so that a batch may be sent again. Raises Invalid for a batch
    that makes no sense.
    """
    _check(showings)
    named = {found for one in showings if (found := one.user or _as_id(one)) is not None}
    async with database.lease() as db:
        people = await store_units.people_among(db, named)
    askers = [_asker(one, key.environment, people) for one in showings]
    return [
        (await experiments.meet(one.flag, asker), asker.user_id is not None)
        for one, asker in zip(showings, askers, strict=True)
    ]


def _asker(one: Showing, environment: str, people: set[UserId]) -> Asker:
    """Whom it is shown to: by their id here a person, by any other name a visitor."""
    by_name, told = _as_id(one), {**one.context}
    name = str(told.pop(TARGETING_KEY))
    person = next((UserId(id_) for id_ in (one.user, by_name) if id_ in people), None)
    return Asker(
        user_id=person,
        visitor=None if person is not None and person == by_name else name,
        environment=environment,
        agrees=agreed_in(one.context, Purpose.EXPERIMENTS),
        market=_group(told, "market"),
        role=_group(told, "role"),
        attributes=told,
    )


def _as_id(one: Showing) -> UUID | None:
    """The targetingKey as an id of ours, in the one spelling that is also hashed alike."""
    name = one.context[TARGETING_KEY]
    try:
        found = UUID(name)
    except ValueError:
        return None
    return found if str(found) == name else None


def _group(context: dict[str, Any], attribute: str) -> str | None:
    told = context.get(attribute)
    if isinstance(told, str) and told.isprintable() and 0 < len(told) <= LONGEST_GROUP:
        return told
    return None


def _check(showings: Sequence[Showing]) -> None:
    if not 1 <= len(showings) <= MOST:
        raise Invalid.field("exposures", N_("Send 1 to 100 exposures."))
    for one in showings:
        name = one.context.get(TARGETING_KEY)
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST:
            raise Invalid.field(
                "exposures", N_("Each context needs a targetingKey of 1 to 255 characters.")
            )
