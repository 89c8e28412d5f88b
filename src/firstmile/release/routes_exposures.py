"""HTTP of experiments in other applications: what to show to somebody, kept as their exposure."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Router, post
from litestar.params import JSONBody

from firstmile.kernel.access import UNLIMITED
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visiting
from firstmile.kernel.work import Works
from firstmile.release.experiments import Experiments, Meeting, Part
from firstmile.release.exposures import Showing, met
from firstmile.release.sdk_keys import SdkKeys, of_a_server
from firstmile.targeting.flags import Reason


class ExposuresIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Flags that are about to be shown."""

    exposures: list[Showing]


class ExposureOut(msgspec.Struct, rename="camel"):
    """What to show. Without a variant the application's own default holds.

    `counted` says whether the exposure is kept, and `part` why not. `person` says whether it is
    somebody with an account here: only then the moments of their first mile are counted too.
    """

    flag: str
    variant: str | None
    value: Any
    reason: Reason
    experiment: UUID | None
    counted: bool
    part: Part
    person: bool

    @classmethod
    def of(cls, meeting: Meeting, *, person: bool) -> "ExposureOut":
        """As they met it."""
        shown = meeting.outcome
        return cls(
            shown.key,
            shown.variant,
            shown.value,
            shown.reason,
            meeting.experiment_id,
            meeting.part is Part.COUNTED,
            meeting.part,
            person,
        )


class ExposuresOut(msgspec.Struct, rename="camel"):
    """An answer for each that was sent, in their order."""

    items: list[ExposureOut]


@post(
    "/experiments/exposures",
    status_code=200,
    opt=UNLIMITED,
    responses=problems(*BODY, 401, 503, is_limited=False),
)
async def take_exposures(visit: Visiting, data: JSONBody[ExposuresIn]) -> ExposuresOut:
    """What somebody is to be shown of experiments, from now on the same; their exposure is kept.

    Takes an SDK key of a server, and asks in its environment. A batch may be sent again.
    """
    key = of_a_server(visit.part(SdkKeys).brought_by(visit.scope))
    found = await met(visit.part(Works).database, visit.part(Experiments), key, data.exposures)
    return ExposuresOut([ExposureOut.of(meeting, person=person) for meeting, person in found])


router = Router(path="/api/v1", route_handlers=[take_exposures], tags=["Experiments"])
