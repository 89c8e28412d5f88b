"""HTTP of what other applications counted while a rollout is under way."""

import msgspec
from litestar import Router, post
from litestar.params import JSONBody

from firstmile.kernel.access import UNLIMITED
from firstmile.kernel.asgi import header_of
from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.refusals import Malformed
from firstmile.kernel.visit import Visiting
from firstmile.release.catalogue import Flags
from firstmile.release.measures import Measure, take
from firstmile.release.sdk_keys import SdkKeys, of_a_server


class MeasuresIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A batch of measures."""

    measures: list[Measure]


@post(
    "/flags/measures",
    status_code=204,
    opt=UNLIMITED,
    responses=problems(*BODY, 401, 503, is_limited=False),
)
async def take_measures(visit: Visiting, data: JSONBody[MeasuresIn]) -> None:
    """Add what an application counted to the rollouts of its environment.

    Takes an SDK key of a server. A batch that is sent again with its Idempotency-Key counts once.
    """
    key = of_a_server(visit.part(SdkKeys).brought_by(visit.scope))
    token = header_of(visit.scope, b"idempotency-key")
    if not token:
        raise Malformed(
            N_("Send an Idempotency-Key, so that nothing counts twice."),
            error="idempotency_key_missing",
        )
    await take(await visit.work(), visit.part(Flags), key, token, data.measures)


router = Router(path="/api/v1", route_handlers=[take_measures], tags=["Flags"])
