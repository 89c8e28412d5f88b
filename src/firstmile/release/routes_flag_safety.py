"""HTTP of what keeps changes of flags safe: a second person, previews, and what to tidy up."""

import asyncio
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Work, Works
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff
from firstmile.release import store, store_proposals, store_usage
from firstmile.release.actions import publish
from firstmile.release.catalogue import Flags
from firstmile.release.debt import Debt
from firstmile.release.models import (
    Change,
    Oversight,
    Proposal,
    Subject,
    Subjected,
    no_such_environment,
)
from firstmile.release.permissions import FLAGS_CHANGE, FLAGS_READ
from firstmile.release.preview import Preview, preview
from firstmile.release.proposals import approve, decline, no_such_proposal, propose
from firstmile.release.recent import reads_of_flag, reads_of_segment
from firstmile.release.routes_flags import author_of
from firstmile.release.schemas import EnvironmentOut
from firstmile.release.schemas_flag_safety import (
    DebtOut,
    DocumentIn,
    FourEyesIn,
    PreviewOut,
    ProposalIn,
    ProposalOut,
    ProposalsOut,
    ReasonIn,
)
from firstmile.release.tidying import debts_in
from firstmile.targeting.flags import Flag, Segment

READ, CHANGE = [as_staff(FLAGS_READ)], [as_staff(FLAGS_CHANGE)]
ONE = "/environments/{environment:str}"
PROPOSALS = f"{ONE}/proposals"
MANY = 100

All = Annotated[bool | None, QueryParameter(description="Those that were decided too")]


@put(ONE, guards=CHANGE, responses=problems(*BODY, 401, 404, 409, 503))
async def put_environment(
    visit: Visiting, environment: FromPath[str], data: JSONBody[FourEyesIn]
) -> EnvironmentOut:
    """Ask for a second person from now on; no longer to ask is proposed, as any change then."""
    author, work = await author_of(visit), await visit.work()
    after = Oversight(data.four_eyes)
    change = Change(environment, Subject.ENVIRONMENT, environment, after, author, data.reason)
    await publish(work, visit.part(Hints), change)
    found = await store.lock_environment(work.db, environment)
    if found is None:
        raise no_such_environment()
    return EnvironmentOut.of(found)


@post(f"{ONE}/preview", guards=READ, status_code=200, responses=problems(*BODY, 401, 404, 503))
async def preview_change(
    visit: Visiting, environment: FromPath[str], data: JSONBody[DocumentIn]
) -> PreviewOut:
    """For whom a change would change anything, among those this process answered lately."""
    subject, key, after = _subject_of(data, environment)
    return PreviewOut.of(await previewed(visit, environment, subject, key, after))


@get(PROPOSALS, guards=READ, responses=problems(400, 401, 403, 422, 503))
async def list_proposals(
    visit: Visiting, environment: FromPath[str], decided: All = None
) -> ProposalsOut:
    """The changes that wait for a second person, the newest first."""
    async with visit.reading() as db:
        found = await store_proposals.proposals(db, environment, only_open=not decided, most=MANY)
    return ProposalsOut([ProposalOut.of(one) for one in found])


@post(PROPOSALS, guards=CHANGE, responses=problems(*BODY, 401, 404, 409, 503))
async def add_proposal(
    visit: Visiting, environment: FromPath[str], data: JSONBody[ProposalIn]
) -> ProposalOut:
    """Ask for a change that another person then publishes, or turns down."""
    author, (subject, key, after) = await author_of(visit), _subject_of(data, environment)
    change = Change(environment, subject, key, after, author, data.reason, data.seen)
    return ProposalOut.of(await propose(await visit.work(), change))


@post(
    f"{PROPOSALS}/{{proposal_id:uuid}}/approve",
    guards=CHANGE,
    status_code=204,
    responses=problems(400, 401, 403, 404, 409, 422, 503),
)
async def approve_proposal(
    visit: Visiting, environment: FromPath[str], proposal_id: FromPath[UUID]
) -> None:
    """Publish it with both names; nobody does so with their own."""
    author, work = await author_of(visit), await visit.work()
    proposal = await locked_proposal(work, environment, proposal_id)
    await approve(work, visit.part(Hints), proposal, author)


@post(
    f"{PROPOSALS}/{{proposal_id:uuid}}/decline",
    guards=CHANGE,
    status_code=204,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def decline_proposal(
    visit: Visiting,
    environment: FromPath[str],
    proposal_id: FromPath[UUID],
    data: JSONBody[ReasonIn],
) -> None:
    """Turn it down with a reason; one's own is taken back by this."""
    author, work = await author_of(visit), await visit.work()
    proposal = await locked_proposal(work, environment, proposal_id)
    await decline(work, proposal, author, data.reason)


@get(f"{ONE}/debt", guards=READ, responses=problems(400, 401, 403, 503))
async def get_debt(visit: Visiting, environment: FromPath[str]) -> DebtOut:
    """Flags that nobody needs any more, and keys that programs ask for and are no flags."""
    found = await debts_of(visit, environment)
    async with visit.reading() as db:
        return DebtOut.of(found, await store_usage.unknown(db, environment))


async def debts_of(visit: Visit, environment: str) -> list[Debt]:
    """The flags of an environment that nobody needs any more."""
    async with visit.reading() as db:
        return await debts_in(db, environment, visit.part(Works).clock())


async def previewed(
    visit: Visit, environment: str, subject: Subject, key: str, after: Subjected | None
) -> Preview:
    """What a change of this key would change; nothing for a change of the environment itself."""
    flags = visit.part(Flags)
    contents = flags.snapshot(environment).contents
    before: Flag | Segment | None
    async with visit.reading() as db:
        if subject is Subject.FLAG:
            row = await store.flag(db, environment, key)
            before = None if row is None or row.archived_at else row.flag
        else:
            found = await store.segment(db, environment, key)
            before = None if found is None else found.segment
    if isinstance(after, Oversight) or (before is None and after is None):
        return Preview(0, (), (), 0, ())
    reads = _reads(after) - flags.recent.reads(environment)
    contexts = flags.recent.contexts(environment)
    # Thousands of contexts through dozens of flags take a while, which no request should wait for.
    return await asyncio.to_thread(
        preview, contents, before, after, contexts, unknown=sorted(reads)
    )


async def locked_proposal(work: Work, environment: str, proposal_id: UUID) -> Proposal:
    """A proposal that nobody else decides meanwhile; NotFound when there is none."""
    found = await store_proposals.lock_proposal(work.db, environment, proposal_id)
    if found is None:
        raise no_such_proposal()
    return found


def _reads(after: Flag | Segment | None) -> set[str]:
    if isinstance(after, Flag):
        return set(reads_of_flag(after))
    return set() if after is None else set(reads_of_segment(after))


def _subject_of(data: DocumentIn, environment: str) -> tuple[Subject, str, Subjected | None]:
    """What a body is about: exactly one of flag, segment, archive and fourEyes."""
    given: list[tuple[Subject, str, Subjected | None]] = []
    if data.flag is not None:
        given.append((Subject.FLAG, data.flag.key, data.flag))
    if data.segment is not None:
        given.append((Subject.SEGMENT, data.segment.key, data.segment))
    if data.archive is not None:
        given.append((Subject.FLAG, data.archive, None))
    if data.delete_segment is not None:
        given.append((Subject.SEGMENT, data.delete_segment, None))
    if data.four_eyes is not None:
        given.append((Subject.ENVIRONMENT, environment, Oversight(data.four_eyes)))
    if len(given) != 1:
        raise Invalid.field("flag", N_("Say one thing that should change."))
    return given[0]


router = Router(
    path="/api/v1/admin",
    route_handlers=[
        put_environment,
        preview_change,
        list_proposals,
        add_proposal,
        approve_proposal,
        decline_proposal,
        get_debt,
    ],
    tags=["Flags"],
)
