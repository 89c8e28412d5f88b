"""The console's pages of changes that wait for a second person, and of who has to be asked."""

from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Forbidden, Invalid, Refusal
from firstmile.kernel.visit import Visit, Visiting
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff
from firstmile.release import store, store_proposals
from firstmile.release.actions import publish
from firstmile.release.models import (
    Change,
    Oversight,
    Proposal,
    Subject,
    Subjected,
)
from firstmile.release.permissions import FLAGS_CHANGE, FLAGS_READ
from firstmile.release.proposals import approve, decline, no_such_proposal, propose
from firstmile.release.routes_flag_safety import locked_proposal, previewed
from firstmile.release.routes_flags import author_of
from firstmile.web.confirm import confirm_first
from firstmile.web.console_flag_changes import told_preview
from firstmile.web.flag_diff import told_change
from firstmile.web.flag_frame import Frame, frame_of
from firstmile.web.flag_history import told_proposals
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.rendering import mistakes

Page = Response[str] | Redirect

MANY = 50
PATH = "/console/flag-proposals/{environment:str}"
ONE = f"{PATH}/{{proposal_id:uuid}}"
OVERSIGHT = "/console/flag-oversight/{environment:str}"
READ, CHANGE = [as_staff(FLAGS_READ)], [as_staff(FLAGS_CHANGE)]


@get(PATH, guards=READ)
async def proposals_page(visit: Visiting, environment: FromPath[str]) -> Page:
    """What waits, and what was decided lately."""
    frame = await frame_of(visit, environment)
    async with visit.reading() as db:
        found = await store_proposals.proposals(db, environment, only_open=False, most=MANY)
        told = await told_proposals(db, found, frame.now, frame.words)
    return await frame.page(
        "console_flag_proposals.html",
        "flag-proposals",
        open=[one for one in told if one["is_open"]],
        decided=[one for one in told if not one["is_open"]],
    )


@get(ONE, guards=READ)
async def proposal_page(
    visit: Visiting, environment: FromPath[str], proposal_id: FromPath[UUID]
) -> Page:
    """What a proposal would change, and the buttons that decide it."""
    frame = await frame_of(visit, environment)
    async with visit.reading() as db:
        proposal = await store_proposals.proposal(db, environment, proposal_id)
    if proposal is None:
        raise no_such_proposal()
    return await _page(frame, proposal)


@post(f"{ONE}/approve", guards=CHANGE)
async def approve_here(
    visit: Visiting, environment: FromPath[str], proposal_id: FromPath[UUID]
) -> Page:
    """Publish it, as the second person."""
    frame, here = await frame_of(visit, environment), _href(environment, proposal_id)
    if first := await confirm_first(visit, here):
        return first
    author, work = await author_of(visit), await visit.work()
    proposal = await locked_proposal(work, environment, proposal_id)
    try:
        await approve(work, visit.part(Hints), proposal, author)
    except (Conflict, Forbidden, Invalid) as refusal:
        return await _again(frame, proposal, refusal)
    return see(f"{here}?notice=flag-published")


@post(f"{ONE}/decline", guards=CHANGE)
async def decline_here(
    visit: Visiting,
    environment: FromPath[str],
    proposal_id: FromPath[UUID],
    request: AnyRequest,
) -> Page:
    """Turn it down, or take one's own back."""
    frame, here = await frame_of(visit, environment), _href(environment, proposal_id)
    form = await fields_of(request)
    if first := await confirm_first(visit, here):
        return first
    author, work = await author_of(visit), await visit.work()
    proposal = await locked_proposal(work, environment, proposal_id)
    try:
        await decline(work, proposal, author, form.get("reason", ""))
    except (Conflict, Invalid) as refusal:
        return await _again(frame, proposal, refusal)
    return see(f"{here}?notice=proposal-declined")


@get(OVERSIGHT, guards=CHANGE)
async def oversight_page(visit: Visiting, environment: FromPath[str]) -> Page:
    """Whether a second person is asked for, and the form that changes it."""
    if first := await confirm_first(visit, f"/console/flag-oversight/{environment}"):
        return first
    frame = await frame_of(visit, environment)
    return await frame.page("console_flag_oversight.html", "flags")


@post(OVERSIGHT, guards=CHANGE)
async def change_oversight(
    visit: Visiting, environment: FromPath[str], request: AnyRequest
) -> Page:
    """Ask for a second person from now on; or propose that nobody is asked any more."""
    frame, form = await frame_of(visit, environment), await fields_of(request)
    if first := await confirm_first(visit, f"/console/flag-oversight/{environment}"):
        return first
    author, work = await author_of(visit), await visit.work()
    after = Oversight(form.get("fourEyes") == "on")
    change = Change(
        environment, Subject.ENVIRONMENT, environment, after, author, form.get("reason", "")
    )
    try:
        if frame.environment.four_eyes and not after.four_eyes:
            proposal = await propose(work, change)
            return see(f"{_href(environment, proposal.id)}?notice=flag-proposed")
        await publish(work, visit.part(Hints), change)
    except (Invalid, Conflict) as refusal:
        return await frame.page(
            "console_flag_oversight.html",
            "flags",
            status=status_of(refusal),
            errors=mistakes(refusal, frame.words.language),
        )
    return see(f"/console/flags/{environment}?notice=flag-published")


async def _page(
    frame: Frame, proposal: Proposal, *, status: int = 200, errors: dict[str, str] | None = None
) -> Page:
    visit, change = frame.visit, proposal.change
    actor = await visit.actor()
    async with visit.reading() as db:
        (told,) = await told_proposals(db, [proposal], frame.now, frame.words)
    before, revision = await _current(visit, frame, proposal)
    found = await previewed(visit, frame.name, change.subject, change.key, change.after)
    return await frame.page(
        "console_flag_proposal.html",
        "flag-proposals",
        status=status,
        errors=errors or {},
        proposal=told,
        lines=told_change(before, change.after, frame.words),
        preview=told_preview(found, frame.words),
        key=change.key,
        is_own=actor.user_id == change.author.user_id,
        is_late=revision is not None and revision != change.seen,
    )


async def _current(
    visit: Visit, frame: Frame, proposal: Proposal
) -> tuple[Subjected | None, int | None]:
    """What is in force now of what should change, and its revision if it has one."""
    change = proposal.change
    if change.subject is Subject.ENVIRONMENT:
        return Oversight(frame.environment.four_eyes), None
    async with visit.reading() as db:
        if change.subject is Subject.FLAG:
            row = await store.flag(db, frame.name, change.key)
            return (None, 0) if row is None or row.archived_at else (row.flag, row.revision)
        found = await store.segment(db, frame.name, change.key)
        return (None, 0) if found is None else (found.segment, found.revision)


async def _again(frame: Frame, proposal: Proposal, refusal: Refusal) -> Page:
    errors = mistakes(refusal, frame.words.language)
    if isinstance(refusal, Conflict):
        errors = {"form": frame.words.say(refusal.message)}
    return await _page(frame, proposal, status=status_of(refusal), errors=errors)


def _href(environment: str, proposal_id: UUID) -> str:
    return f"/console/flag-proposals/{environment}/{proposal_id}"


router = Router(
    path="/",
    route_handlers=[
        proposals_page,
        proposal_page,
        approve_here,
        decline_here,
        oversight_page,
        change_oversight,
    ],
    include_in_schema=False,
)
