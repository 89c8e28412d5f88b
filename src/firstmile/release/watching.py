"""What rollouts are judged by: every request of a person, counted by what they were served."""

from collections import Counter, defaultdict
from collections.abc import Callable
from time import perf_counter
from uuid import UUID

from firstmile.kernel.access import Actor, known_visitor
from firstmile.kernel.asgi import App, Message, Receive, Scope, Send
from firstmile.kernel.database import Database
from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Work
from firstmile.observe.metrics import Metrics
from firstmile.release import store_rollouts as store
from firstmile.release.catalogue import Flags
from firstmile.release.rollouts import LIMIT_MS, Guard, Rollout, State, Watch
from firstmile.targeting.contexts import TARGETING_KEY, Context
from firstmile.targeting.flags import Reason

# Whom chance put on one side. Somebody a rule or a list chose is not like the others.
BY_CHANCE = (Reason.SPLIT, Reason.DEFAULT, Reason.STATIC)
MOST_PEOPLE = 50_000  # between two writes; more than one process serves in that time

Place = tuple[UUID, int, bool]  # the rollout, its stage, and whether the new was served


def context_of(actor: Actor) -> Context:
    """What flags may ask about somebody who is signed in here."""
    return {
        TARGETING_KEY: str(actor.user_id),
        "roles": sorted(actor.roles),
        "locale": actor.locale,
        "staffRole": actor.staff_role,
    }


class RolloutWatch:
    """Counts requests and people for the guarded rollouts of our own environment.

    Counting waits for nothing; what was counted is written now and then.
    """

    def __init__(self, flags: Flags, metrics: Metrics) -> None:
        self._flags = flags
        self._rollouts = metrics.gauge("rollouts", "Rollouts by state, of all time.", "state")
        self._advances = metrics.gauge("rollout_advances", "Stages that began, of all time.")
        self._watched: tuple[Rollout, ...] = ()
        self._requests: Counter[Place] = Counter()
        self._errors: Counter[Place] = Counter()
        self._slow: Counter[Place] = Counter()
        self._people: dict[tuple[UserId, UUID], tuple[int, bool]] = {}
        self._known: defaultdict[UUID, set[UserId]] = defaultdict(set)

    @property
    def is_watching(self) -> bool:
        """Whether there is anything to count."""
        return bool(self._watched)

    async def load(self, database: Database) -> None:
        """Read which rollouts are under way."""
        async with database.lease() as db:
            found = await store.under_way(db)
            counts = await store.counts_by_state(db)
        for state in State:
            self._rollouts.labels(state).set(counts.get(state, (0, 0))[0])
        self._advances.set(sum(advances for _, advances in counts.values()))
        self._watched = tuple(
            one
            for one in found
            if one.state is State.RUNNING
            and one.guards
            and one.environment == self._flags.environment
        )
        watched = {one.id for one in self._watched}
        for ended in set(self._known) - watched:
            del self._known[ended]

    def note(self, actor: Actor, *, failed: bool, seconds: float) -> None:
        """Count one request of somebody, with how it ended and how long its answer took."""
        context = context_of(actor)
        for rollout in self._watched:
            served = self._flags.evaluate(rollout.key, context)
            flag = self._flags.snapshot().flags.get(rollout.key)
            if flag is None or served.rule is not None or served.reason not in BY_CHANCE:
                continue
            place = (rollout.id, rollout.at, served.variant != flag.off_variant)
            self._requests[place] += 1
            self._errors[place] += failed
            self._slow[place] += seconds * 1000 > _limit_ms(rollout.guards)
            self._note_person(actor.user_id, rollout, is_new=place[2])

    async def write(self, work: Work) -> None:
        """Add what was counted to what the others counted."""
        requests, errors, slow = self._requests, self._errors, self._slow
        people, self._people = self._people, {}
        self._requests, self._errors, self._slow = Counter(), Counter(), Counter()
        if requests:
            await store.add_counts(
                work.db,
                [(*place, count, errors[place], slow[place]) for place, count in requests.items()],
            )
        if people:
            seen = [(user, rollout, *how) for (user, rollout), how in people.items()]
            await store.note_served(work.db, seen)

    def _note_person(self, user_id: UserId, rollout: Rollout, *, is_new: bool) -> None:
        known = self._known[rollout.id]
        if user_id in known or len(self._people) >= MOST_PEOPLE:
            return
        if len(known) >= MOST_PEOPLE:
            known.clear()  # they are asked again, and the table knows them
        known.add(user_id)
        self._people[user_id, rollout.id] = (rollout.at, is_new)


class Watching:
    """Has each request of a person counted while a guarded rollout is under way.

    The time is that to the first byte: a stream goes on as long as its reader likes. Whom no
    route asked about is not asked for here.
    """

    def __init__(
        self, app: App, watch: RolloutWatch, clock: Callable[[], float] = perf_counter
    ) -> None:
        self.app = app
        self._watch = watch
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._watch.is_watching:
            await self.app(scope, receive, send)
            return
        began, status, seconds = self._clock(), 500, 0.0

        async def send_noting(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], self._clock() - began
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        finally:
            actor = known_visitor(scope)
            if actor is not None:
                self._watch.note(actor, failed=status >= 500, seconds=seconds)


def _limit_ms(guards: tuple[Guard, ...]) -> int:
    return next((one.limit_ms for one in guards if one.watch is Watch.SLOW), LIMIT_MS)
