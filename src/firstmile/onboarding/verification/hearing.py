"""What the customer's server says of people: attributes, and verdicts on steps."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid, NotFound
from firstmile.kernel.work import Work
from firstmile.onboarding import store
from firstmile.onboarding.actions import activate_if_complete, known_journey, saved
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.events import AttributesNoted
from firstmile.onboarding.models import Attributes, Journey
from firstmile.onboarding.verification import store_heard
from firstmile.onboarding.verification.judging import Judgement, judge
from firstmile.onboarding.verification.together.verdicts import hear_together

MOST_ATTRIBUTES, MOST_BYTES, MOST_NAME = 50, 4096, 100


async def note_attributes(
    work: Work, catalogue: Catalogue, user_id: UserId, attributes: Mapping[str, Any]
) -> None:
    """Put these in the place of what was said of a person. Raises Invalid and NotFound."""
    _check_attributes(attributes)
    said = Attributes(msgspec.json.encode(attributes, order="sorted").decode())
    if not await store.note_attributes(work.db, user_id, said):
        raise NotFound(N_("There is no such person."))
    work.announce(AttributesNoted(user_id=user_id, names=sorted(attributes)))
    await activate_if_complete(work, await known_journey(work, catalogue, user_id))


async def hear_verdict(
    work: Work,
    catalogue: Catalogue,
    user_id: UserId,
    key: str,
    judgement: Judgement,
    *,
    message: str | None = None,
    project_id: UUID | None = None,
) -> Journey:
    """Take a verdict; the journey after it. A step of a project is that of `project_id`, or of
    the one the person joined first. A `message`, which `bind_message` noted, is taken once.

    Raises as `judge` does, and of a step of a project as `hear_together` does.
    """
    if catalogue.is_shared(key):
        return await hear_together(
            work, catalogue, user_id, key, judgement, message=message, project_id=project_id
        )
    journey = await known_journey(work, catalogue, user_id, project_id)
    if message is not None and not await store_heard.take(work.db, message):
        return journey
    state, events = judge(journey, key, judgement)
    return await saved(work, journey, key, state, events) if events else journey


def _check_attributes(attributes: Mapping[str, Any]) -> None:
    if len(attributes) > MOST_ATTRIBUTES or len(msgspec.json.encode(attributes)) > MOST_BYTES:
        raise Invalid.field("attributes", N_("Send at most 50 attributes, of 4 KB in all."))
    for name, value in attributes.items():
        values = value if isinstance(value, list) else [value]
        is_plain = all(isinstance(one, str | int | float) for one in values)
        if not 0 < len(name) <= MOST_NAME or not is_plain:
            raise Invalid.field(
                f"attributes.{name[:MOST_NAME]}",
                N_("An attribute is a text, a number, yes or no, or a list of these."),
            )
