"""Which flags are asked for and what they serve, counted in memory and written now and then."""

from collections import defaultdict
from collections.abc import Iterable

from firstmile.kernel.work import Work
from firstmile.release import store_usage
from firstmile.release.store_usage import Asked, Served
from firstmile.targeting.flags import ErrorCode
from firstmile.targeting.outcomes import Outcome
from firstmile.targeting.soundness import KEY

MOST_UNKNOWN = 500  # keys between two writings; whoever asks for more makes them up


class Usage:
    """Counts of this process since they were last written.

    What is counted here is lost when the process is killed: it tells what a flag is good for,
    and is no bill.
    """

    def __init__(self) -> None:
        self._served: dict[tuple[str, str, str | None], int] = defaultdict(int)
        self._unknown: dict[tuple[str, str], int] = {}

    def note(self, environment: str, outcome: Outcome) -> None:
        """One flag was asked for and came to this."""
        if outcome.error is None:
            self._served[environment, outcome.key, outcome.variant] += 1
        elif outcome.error is ErrorCode.FLAG_NOT_FOUND:
            self._note_unknown(environment, outcome.key)

    def note_all(self, environment: str, outcomes: Iterable[Outcome]) -> None:
        """All flags were asked for and came to these."""
        served = self._served
        for outcome in outcomes:
            if outcome.error is None:
                served[environment, outcome.key, outcome.variant] += 1

    async def write(self, work: Work) -> None:
        """Add what was counted to the tables."""
        served, self._served = self._served, defaultdict(int)
        unknown, self._unknown = self._unknown, {}
        if served:
            rows = [Served(*key, count) for key, count in sorted(served.items(), key=str)]
            await store_usage.add_served(work.db, work.now.date(), rows)
        if unknown:
            asked = [Asked(*key, count) for key, count in sorted(unknown.items())]
            await store_usage.add_unknown(work.db, work.now, asked)

    def _note_unknown(self, environment: str, key: str) -> None:
        place = environment, key
        if place in self._unknown:
            self._unknown[place] += 1
        elif len(self._unknown) < MOST_UNKNOWN and KEY.fullmatch(key):
            self._unknown[place] = 1
