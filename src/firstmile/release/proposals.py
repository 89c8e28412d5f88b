"""Changes that wait for a second person: proposed, then published by another or turned down."""

from dataclasses import replace

from firstmile.kernel.ids import new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Forbidden, NotFound
from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints
from firstmile.release import store_proposals as store
from firstmile.release.actions import check_change, publish, publishable
from firstmile.release.events import ChangeDeclined, ChangeProposed
from firstmile.release.models import Author, Change, Proposal, State, check_reason

MOST_OPEN = 100  # proposals of an environment; beyond it nobody reads them


async def propose(work: Work, change: Change) -> Proposal:
    """Ask for a change; it is checked as if it were published, and changes nothing yet.

    Raises as `publish` does, and Conflict when too many wait already.
    """
    change = replace(change, reason=check_reason(change.reason))
    _, before, base = await publishable(work, change)
    if before == change.after:
        raise Conflict(N_("This is how it is already."), error="nothing_to_change")
    await check_change(work, change)
    if await store.count_open(work.db, change.environment) >= MOST_OPEN:
        raise Conflict(N_("Too many changes wait already. Decide some."), error="too_many_waiting")
    proposal = Proposal(
        id=new_id(), change=replace(change, seen=base), state=State.OPEN, proposed_at=work.now
    )
    await store.add(work.db, proposal)
    work.announce(
        ChangeProposed(
            environment=change.environment,
            subject=change.subject,
            key=change.key,
            proposal_id=proposal.id,
            author_id=change.author.user_id,
            reason=change.reason,
        )
    )
    return proposal


async def approve(work: Work, hints: Hints, proposal: Proposal, by: Author) -> None:
    """Publish a proposal with both names. Raises Forbidden for one's own, Stale when late."""
    _check_open(proposal)
    if by.user_id is None or by.user_id == proposal.change.author.user_id:
        raise Forbidden(
            N_("Another person has to look at what you proposed."), error="own_proposal"
        )
    await publish(work, hints, replace(proposal.change, approver=by))
    await store.decide(work.db, proposal.id, State.PUBLISHED, by, "", work.now)


async def decline(work: Work, proposal: Proposal, by: Author, reason: str) -> None:
    """Turn a proposal down, or take one's own back, with a reason."""
    _check_open(proposal)
    said = check_reason(reason)
    is_own = by.user_id == proposal.change.author.user_id
    state = State.WITHDRAWN if is_own else State.DECLINED
    await store.decide(work.db, proposal.id, state, by, said, work.now)
    work.announce(
        ChangeDeclined(
            environment=proposal.change.environment,
            subject=proposal.change.subject,
            key=proposal.change.key,
            proposal_id=proposal.id,
            author_id=by.user_id,
            reason=said,
        )
    )


def no_such_proposal() -> NotFound:
    """The answer for a proposal that is not there."""
    return NotFound(N_("There is no such proposal."))


def _check_open(proposal: Proposal) -> None:
    if proposal.state is not State.OPEN:
        raise Conflict(N_("This was decided already."), error="already_decided")
