"""The console's pages that show rollouts and schedules, and end them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.identity import store_people
from firstmile.kernel.database import Connection
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Forbidden, Invalid, Refusal, Stale
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff
from firstmile.release import store, store_rollouts, store_schedules
from firstmile.release.models import Author, Subject
from firstmile.release.permissions import FLAGS_CHANGE, FLAGS_READ
from firstmile.release.ramping import agree, no_such_rollout, stop
from firstmile.release.rollouts import Rollout, judged
from firstmile.release.routes_flags import author_of
from firstmile.release.schedules import call_off
from firstmile.web.confirm import confirm_first
from firstmile.web.console import console_page
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.rendering import language_of, mistakes, person_of
from firstmile.web.rollout_words import Told

Page = Response[str] | Redirect

PATH = "/console/rollouts"
ONE = f"{PATH}/{{rollout_id:uuid}}"
CANCEL = f"{PATH}/schedules/{{schedule_id:uuid}}/cancel"
READ, CHANGE = [as_staff(FLAGS_READ)], [as_staff(FLAGS_CHANGE)]
LATEST = 10  # changes of the flag on a rollout's page


@get(PATH, guards=READ)
async def overview(visit: Visiting) -> Page:
    """Those under way first, with where they are; then what is scheduled, and what ended."""
    async with visit.reading() as db:
        rollouts = await store_rollouts.rollouts_of(db, None)
        schedules = await store_schedules.schedules_of(db, None)
        authors = [one.author for one in rollouts] + [one.author for one in schedules]
        words = await told_to(visit, db, authors)
    return await _page(
        visit,
        "console_rollouts.html",
        under_way=[words.rollout(one) for one in rollouts if one.is_under_way],
        ended=[words.rollout(one) for one in rollouts if not one.is_under_way],
        schedules=[words.schedule(one) for one in schedules],
    )


@get(ONE, guards=READ)
async def rollout_page(visit: Visiting, rollout_id: FromPath[UUID]) -> Page:
    """One rollout with its stages, what is known of its guards, and what was counted."""
    return await _one(visit, rollout_id, "console_rollout.html")


@get(f"{ONE}/stop", guards=CHANGE)
async def stop_page(visit: Visiting, rollout_id: FromPath[UUID]) -> Page:
    """What stopping does, the reason to give, and the two ways to do it."""
    if first := await confirm_first(visit, f"{PATH}/{rollout_id}/stop"):
        return first
    return await _one(visit, rollout_id, "console_rollout_stop.html")


@post(f"{ONE}/stop", guards=CHANGE)
async def stop_it(visit: Visiting, rollout_id: FromPath[UUID], request: AnyRequest) -> Page:
    """End it where it is, or where it began."""
    form = await fields_of(request)
    if first := await confirm_first(visit, f"{PATH}/{rollout_id}/stop"):
        return first
    author, back = await author_of(visit), form.get("how") == "back"
    try:
        reason = form.get("reason", "")
        hints = visit.part(Hints)
        await stop(await visit.work(), hints, rollout_id, author, reason, back=back)
    except (Invalid, Conflict, Stale) as refusal:
        return await _again(visit, rollout_id, refusal, form)
    return see(f"{PATH}/{rollout_id}?notice=rollout-{'back' if back else 'stopped'}")


@post(f"{ONE}/agree", guards=CHANGE)
async def agree_to_it(visit: Visiting, rollout_id: FromPath[UUID]) -> Page:
    """Let it begin, as the second person."""
    if first := await confirm_first(visit, f"{PATH}/{rollout_id}"):
        return first
    author = await author_of(visit)
    try:
        await agree(await visit.work(), visit.part(Hints), rollout_id, author)
    except (Forbidden, Conflict) as refusal:
        errors = mistakes(refusal, await _language(visit))
        status = status_of(refusal)
        return await _one(visit, rollout_id, "console_rollout.html", status=status, errors=errors)
    return see(f"{PATH}/{rollout_id}?notice=rollout-agreed")


@post(CANCEL, guards=CHANGE)
async def cancel_schedule(
    visit: Visiting, schedule_id: FromPath[UUID], request: AnyRequest
) -> Redirect:
    """Take a schedule back; without a reason nothing happens."""
    form = await fields_of(request)
    if first := await confirm_first(visit, PATH):
        return first
    await author_of(visit)
    try:
        await call_off(await visit.work(), schedule_id, form.get("reason", ""))
    except Conflict:
        return see(f"{PATH}?notice=schedule-over")
    except Invalid:
        return see(f"{PATH}?notice=reason-missing")
    return see(f"{PATH}?notice=schedule-cancelled")


async def told_to(visit: Visit, db: Connection, authors: Iterable[Author]) -> Told:
    """Words for who looks at the page, with the names of these people."""
    person = await person_of(visit)
    ids = {one.user_id for one in authors if one.user_id is not None}
    return Told(
        language_of(visit.scope, person),
        None if person is None else person.time_zone,
        visit.part(Works).clock(),
        await store_people.names_of(db, list(ids)),
    )


async def _again(
    visit: Visit, rollout_id: UUID, refusal: Refusal, form: dict[str, str]
) -> Response[str]:
    return await _one(
        visit,
        rollout_id,
        "console_rollout_stop.html",
        status=status_of(refusal),
        errors=mistakes(refusal, await _language(visit)),
        form=form,
    )


async def _one(
    visit: Visit, rollout_id: UUID, template: str, *, status: int = 200, **words: Any
) -> Response[str]:
    async with visit.reading() as db:
        rollout = await store_rollouts.rollout(db, rollout_id)
        if rollout is None:
            raise no_such_rollout()
        shown = await _shown(visit, db, rollout)
    return await _page(visit, template, status=status, **(shown | words))


async def _shown(visit: Visit, db: Connection, rollout: Rollout) -> dict[str, Any]:
    tallies = await store_rollouts.tallies(db, rollout.id)
    changes = await store.revisions(
        db, rollout.environment, subject=Subject.FLAG, key=rollout.key, most=LATEST
    )
    authors = [rollout.author, *(one.author for one in changes)]
    words = await told_to(visit, db, [*authors, *([rollout.second] if rollout.second else [])])
    judgements = judged(rollout, tallies)
    return {
        "rollout": words.rollout(rollout),
        "stages": words.stages(rollout),
        "guards": [
            words.guard(guard, judgement, tallies)
            for guard, judgement in zip(rollout.guards, judgements, strict=True)
        ],
        "tallies": [words.tally(one, rollout) for one in tallies],
        "history": [words.change(one) for one in changes],
    }


async def _page(visit: Visit, template: str, **words: Any) -> Response[str]:
    actor = await visit.actor()
    may_change = actor.staff_role in FLAGS_CHANGE.roles
    return await console_page(visit, template, may_change=may_change, **words)


async def _language(visit: Visit) -> str:
    return language_of(visit.scope, await person_of(visit))


router = Router(
    path="/",
    route_handlers=[overview, rollout_page, stop_page, stop_it, agree_to_it, cancel_schedule],
    include_in_schema=False,
)
