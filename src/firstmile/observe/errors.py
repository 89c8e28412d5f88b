"""The error list: noted in memory at once, written together soon after."""

from firstmile.kernel.clock import Clock
from firstmile.kernel.database import DATABASE_DOWN
from firstmile.kernel.work import Work
from firstmile.observe import store_errors as store
from firstmile.observe.metrics import Metrics
from firstmile.observe.sightings import Kind, Sighting
from firstmile.observe.store_errors import Seen

# Groups of a process between two writes. Anybody may send reports, and none of ours gives way.
MOST_WAITING = {Kind.CSP: 50, Kind.SERVER: 200}
# Groups that are kept; those that are forgotten make place for others.
MOST_GROUPS = {Kind.CSP: 500, Kind.SERVER: 5000}


class ErrorList:
    """What went wrong, by group.

    Noting one costs a look into a dictionary, can neither fail nor wait, and touches no
    transaction: it is told where one has just failed. While the database is away they wait here,
    as many as MOST_WAITING; a process that is killed loses what `Gathering` had not written yet.
    """

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock = clock
        self._waiting: dict[Sighting, Seen] = {}
        self._noted = metrics.counter("errors_noted_total", "Errors that were noted.", "kind")
        self._lost = metrics.counter(
            "errors_lost_total", "Errors of too many groups to note them all.", "kind"
        )

    def note(self, seen: Sighting) -> None:
        """Note one; the newest of a group is its sample."""
        known = self._waiting.get(seen)
        if known is None and self._is_full(seen.kind):
            self._lost.labels(seen.kind).inc()
            return
        self._noted.labels(seen.kind).inc()
        count, first = (1, self._clock()) if known is None else (known.count + 1, known.first)
        self._waiting[seen] = Seen(seen, count, first, self._clock())

    async def write(self, work: Work) -> None:
        """Write what was noted; what cannot be written is kept for the next time."""
        if not self._waiting:
            return
        batch, self._waiting = self._waiting, {}
        try:
            await store.add(work.db, list(batch.values()), MOST_GROUPS)
        except DATABASE_DOWN:
            self._take_back(batch)
            raise

    def _take_back(self, batch: dict[Sighting, Seen]) -> None:
        for sighting, old in batch.items():
            new = self._waiting.get(sighting)
            if new is not None:
                self._waiting[sighting] = Seen(sighting, old.count + new.count, old.first, new.last)
            elif not self._is_full(sighting.kind):
                self._waiting[sighting] = old

    def _is_full(self, kind: Kind) -> bool:
        return sum(one.kind is kind for one in self._waiting) >= MOST_WAITING[kind]
