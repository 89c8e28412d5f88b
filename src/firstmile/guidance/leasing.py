"""Leases: the leave to interrupt somebody once, given to one tab of one device at a time."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from firstmile.guidance import store_attention
from firstmile.guidance.asking import Asking
from firstmile.guidance.attention import Decision, Leaf, Why
from firstmile.guidance.guide import Guide
from firstmile.guidance.joining import join_session
from firstmile.guidance.shelf import Piece
from firstmile.guidance.store_attention import Whose
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict
from firstmile.kernel.work import Work


@dataclass(frozen=True)
class Lease:
    """The leave to show something until a moment."""

    id: UUID
    until: datetime


class NotNow(Conflict):
    """It may not be shown now; `details` say why, and when to ask again."""

    error = "not_now"

    def __init__(self, reason: Why, retry_at: datetime | None) -> None:
        super().__init__(
            N_("This may not be shown now."), details={"reason": reason, "retryAt": retry_at}
        )
        self.reason = reason
        self.retry_at = retry_at


NOT_PUBLISHED = Decision((Leaf(Why.NOT_PUBLISHED, is_against=True),))


async def lease(
    work: Work, guide: Guide, asking: Asking, key: str, version: int, session: UUID
) -> Lease | NotNow:
    """Leave to show a content, or why not; either way the decision is kept.

    Whoever asks in two tabs at once waits here for the other: the row of the audience is locked
    until the first has its answer.
    """
    whose = asking.whose or Whose(asking.environment, session_id=session)
    sitting = await store_attention.lock_audience(work.db, whose, work.now)
    await join_session(work, sitting, whose, asking.session)
    began = await store_attention.begin_session(work.db, sitting.id, session, work.now)
    remembered = await store_attention.past_of(work.db, sitting.id)
    asking = replace(asking, whose=whose, sitting=sitting, remembered=remembered, now=work.now)
    piece = guide.shelf(asking.environment).find(key)
    decision = NOT_PUBLISHED
    if piece is not None and piece.version == version and piece.is_in_time(work.now):
        had = await guide.had(work.db, asking)
        decision = guide.decided(guide.situation(piece, asking, had, began))
    await _keep(work, sitting.id, key, version, decision)
    if decision.reason is not None or piece is None:
        return NotNow(decision.reason or Why.NOT_PUBLISHED, decision.retry_at)
    return await _granted(work, guide, piece, sitting.id, session)


async def _granted(
    work: Work, guide: Guide, piece: Piece, audience_id: UUID, session: UUID
) -> Lease:
    until = work.now + guide.numbers.lease
    if not piece.content.takes_attention:
        # It costs no attention, so nothing is held and nothing is counted.
        return Lease(UUID(int=0), until)
    lease_id = await store_attention.add_lease(
        work.db,
        audience_id,
        piece.content.key,
        piece.version,
        session,
        granted_at=work.now,
        until=until,
        held_until=until + guide.numbers.margin,
    )
    return Lease(lease_id, until)


async def _keep(work: Work, audience_id: UUID, key: str, version: int, decision: Decision) -> None:
    await store_attention.add_decision(
        work.db,
        audience_id,
        key,
        version,
        reason=decision.reason,
        leaves=told_leaves(decision),
        now=work.now,
    )


def told_leaves(decision: Decision) -> list[dict[str, Any]]:
    """Every question of a decision with its answer, as it is kept and told."""
    found: list[dict[str, Any]] = msgspec.to_builtins(
        [
            {
                "what": leaf.why,
                "holds": not leaf.is_against,
                "retryAt": leaf.retry_at,
                "facts": leaf.facts,
            }
            for leaf in decision.leaves
        ]
    )
    return found
