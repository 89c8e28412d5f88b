"""HTTP of rollouts, for those who release."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.visit import Visiting
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff
from firstmile.release import store_rollouts as store
from firstmile.release.permissions import FLAGS_CHANGE, FLAGS_READ
from firstmile.release.ramping import Plan, agree, no_such_rollout, plan, stop
from firstmile.release.rollouts import judged
from firstmile.release.routes_flags import author_of
from firstmile.release.schemas_rollouts import (
    GuardOut,
    RolloutEvidenceOut,
    RolloutIn,
    RolloutOut,
    RolloutsOut,
    RolloutStopIn,
    TallyOut,
)

READ, CHANGE = [as_staff(FLAGS_READ)], [as_staff(FLAGS_CHANGE)]


@get(
    "/environments/{environment:str}/rollouts", guards=READ, responses=problems(400, 401, 403, 503)
)
async def list_rollouts(visit: Visiting, environment: FromPath[str]) -> RolloutsOut:
    """The rollouts of an environment, the newest first."""
    async with visit.reading() as db:
        found = await store.rollouts_of(db, environment)
    return RolloutsOut([RolloutOut.of(one) for one in found])


@get("/rollouts/{rollout_id:uuid}", guards=READ, responses=problems(400, 401, 403, 404, 503))
async def get_rollout(visit: Visiting, rollout_id: FromPath[UUID]) -> RolloutEvidenceOut:
    """One rollout with its evidence."""
    async with visit.reading() as db:
        rollout = await store.rollout(db, rollout_id)
        if rollout is None:
            raise no_such_rollout()
        tallies = await store.tallies(db, rollout_id)
    return RolloutEvidenceOut(
        RolloutOut.of(rollout),
        [TallyOut.of(one) for one in tallies],
        [GuardOut.of(one) for one in judged(rollout, tallies)],
    )


@post(
    "/environments/{environment:str}/flags/{key:str}/rollouts",
    guards=CHANGE,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def plan_rollout(
    visit: Visiting, environment: FromPath[str], key: FromPath[str], data: JSONBody[RolloutIn]
) -> RolloutOut:
    """Plan a rollout; without `startsAt` its first stage begins at once."""
    if data.starts_at is not None and data.starts_at.tzinfo is None:
        raise Invalid.field("startsAt", N_("Give the moment with its time zone."))
    author = await author_of(visit)
    wanted = Plan(
        environment, key, data.stages, data.guards, data.reason, data.starts_at, data.seen
    )
    return RolloutOut.of(await plan(await visit.work(), visit.part(Hints), wanted, author))


@post(
    "/rollouts/{rollout_id:uuid}/stop",
    guards=CHANGE,
    status_code=200,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def stop_rollout(
    visit: Visiting, rollout_id: FromPath[UUID], data: JSONBody[RolloutStopIn]
) -> RolloutOut:
    """End a rollout where it is, or with `back` where it began."""
    author = await author_of(visit)
    return RolloutOut.of(
        await stop(
            await visit.work(), visit.part(Hints), rollout_id, author, data.reason, back=data.back
        )
    )


@post(
    "/rollouts/{rollout_id:uuid}/agree",
    guards=CHANGE,
    status_code=200,
    responses=problems(400, 401, 403, 404, 409, 503),
)
async def agree_to_rollout(visit: Visiting, rollout_id: FromPath[UUID]) -> RolloutOut:
    """Let a rollout begin that another person planned where four eyes are asked for."""
    by = await author_of(visit)
    return RolloutOut.of(await agree(await visit.work(), visit.part(Hints), rollout_id, by))


router = Router(
    path="/api/v1/admin",
    route_handlers=[list_rollouts, get_rollout, plan_rollout, stop_rollout, agree_to_rollout],
    tags=["Rollouts"],
)
