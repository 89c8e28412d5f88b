"""Quiet: nothing interrupts anybody for a while, such as in an incident."""

from datetime import datetime, timedelta

from firstmile.guidance import store
from firstmile.guidance.events import QuietBegan, QuietEnded
from firstmile.guidance.guide import TOPIC
from firstmile.guidance.models import Author
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints

LONGEST = timedelta(days=7)  # what lasts longer is no incident: switch guidance off


async def begin_quiet(
    work: Work, hints: Hints, environment: str, until: datetime, reason: str, author: Author
) -> None:
    """Let nothing interrupt anybody until a moment; Invalid for one that cannot be."""
    if not work.now < until <= work.now + LONGEST:
        raise Invalid.field("until", N_("Choose a moment within the next seven days."))
    if not reason.strip():
        raise Invalid.field("reason", N_("Say why. It stands in the history."))
    reason = reason.strip()[:500]
    await store.set_quiet(work.db, environment, until, reason, author.user_id, work.now)
    work.announce(
        QuietBegan(
            environment=environment,
            until=until.isoformat(),
            reason=reason,
            staff_id=author.user_id,
        )
    )
    await hints.tell_with(work, TOPIC, environment)


async def end_quiet(work: Work, hints: Hints, environment: str, author: Author) -> None:
    """Let things interrupt again."""
    await store.end_quiet(work.db, environment)
    work.announce(QuietEnded(environment=environment, staff_id=author.user_id))
    await hints.tell_with(work, TOPIC, environment)
