"""What is kept of guidance, and for how long."""

from datetime import timedelta

from firstmile.guidance import store_attention, store_counts
from firstmile.kernel.work import Work

KEPT_SESSIONS = timedelta(days=1)
KEPT_VISITORS = timedelta(days=180)
KEPT_LEASES = timedelta(days=35)
KEPT_DECISIONS = timedelta(days=30)
KEPT_EVENTS = timedelta(days=8)
KEPT_COUNTS = timedelta(days=400)


async def forget_old(work: Work) -> int:
    """Delete what is kept no longer; how many rows."""
    now = work.now
    before = store_attention.Until(
        sessions=now - KEPT_SESSIONS,
        visitors=now - KEPT_VISITORS,
        leases=now - KEPT_LEASES,
        decisions=now - KEPT_DECISIONS,
        events=now - KEPT_EVENTS,
    )
    gone = await store_attention.forget(work.db, before)
    return gone + await store_counts.forget_counts_before(work.db, (now - KEPT_COUNTS).date())
