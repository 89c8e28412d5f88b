"""What other applications counted while a rollout is under way: taken in batches, each once."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import blake2b

import msgspec

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.work import Work
from firstmile.release import store_rollouts as store
from firstmile.release.catalogue import Flags
from firstmile.release.models import SdkKey
from firstmile.release.rollouts import State

KEPT = timedelta(days=1)  # how long a batch that is sent again is known
MOST = 100  # measures in a batch
MOST_REQUESTS = 1_000_000  # in one measure; an application sends every few seconds


class Measure(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Requests of one application, by the variant that they were served by chance."""

    flag: str
    variant: str
    requests: int
    errors: int = 0
    slow: int = 0


async def take(
    work: Work, flags: Flags, key: SdkKey, token: str, measures: Sequence[Measure]
) -> None:
    """Add a batch to the rollouts under way in the key's environment, in the stage they are in.

    `token` is the batch's own: sent again it counts nothing. What is of no rollout is passed by.
    Raises Invalid for a batch that makes no sense.
    """
    _check(measures)
    digest = blake2b(key.id.bytes + token.encode(), digest_size=16).digest()
    if not await store.note_taken(work.db, digest, work.now):
        return
    running = {
        one.key: one
        for one in await store.under_way(work.db)
        if one.environment == key.environment and one.state is State.RUNNING
    }
    known = flags.snapshot(key.environment).flags
    await store.add_counts(
        work.db,
        [
            (
                running[one.flag].id,
                running[one.flag].at,
                one.variant != known[one.flag].off_variant,
                one.requests,
                one.errors,
                one.slow,
            )
            for one in measures
            if one.flag in running and one.flag in known
        ],
    )


def _check(measures: Sequence[Measure]) -> None:
    if not 1 <= len(measures) <= MOST:
        raise Invalid.field("measures", N_("Send 1 to 100 measures."))
    for one in measures:
        if not 0 <= max(one.errors, one.slow) <= one.requests <= MOST_REQUESTS:
            raise Invalid.field(
                "measures", N_("Errors and slow answers are among the requests, a million at most.")
            )
        if min(one.errors, one.slow) < 0:
            raise Invalid.field("measures", N_("Counts are 0 or more."))
