"""What is done to experiments: design, start, stop, decide; each with its reason in the history."""

from dataclasses import replace
from uuid import UUID

from firstmile.kernel.events import Event
from firstmile.kernel.ids import new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Stale
from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints
from firstmile.release import store as flag_store
from firstmile.release import store_experiments as store
from firstmile.release.actions import publish
from firstmile.release.events import (
    ExperimentDecided,
    ExperimentDesigned,
    ExperimentStarted,
    ExperimentStopped,
    FlagsChanged,
)
from firstmile.release.experiment_models import (
    Design,
    Experiment,
    Note,
    State,
    check_design,
    no_such_experiment,
    serving,
)
from firstmile.release.experiments import TOPIC
from firstmile.release.funnel import Funnel
from firstmile.release.models import Author, Change, Subject, check_reason
from firstmile.targeting.flags import Flag


class Laboratory:
    """The verbs of those who run experiments. `seen` is the row version they looked at."""

    def __init__(self, hints: Hints, funnel: Funnel) -> None:
        self._hints = hints
        self.funnel = funnel

    async def design(self, work: Work, design: Design, author: Author, reason: str) -> Experiment:
        """Write a new draft. Raises Invalid with everything that is wrong."""
        said = check_reason(reason)
        one = Experiment(new_id(), self._checked(design), State.DRAFT, 1, work.now)
        await store.put_experiment(work.db, one)
        await self._note(work, one, "designed", author, said)
        return one

    async def redesign(
        self,
        work: Work,
        experiment_id: UUID,
        design: Design,
        author: Author,
        reason: str,
        seen: int,
    ) -> Experiment:
        """Change a draft. Raises Conflict once it has begun."""
        said, one = check_reason(reason), await _held(work, experiment_id, seen)
        return await self._saved(
            work, one, one.redesigned(self._checked(design)), "designed", author, said
        )

    async def start(
        self, work: Work, experiment_id: UUID, author: Author, reason: str, seen: int
    ) -> Experiment:
        """Begin to keep exposures. Raises Invalid when the flag does not split by weights."""
        said, one = check_reason(reason), await _held(work, experiment_id, seen)
        begun = one.started(await _flag(work, one), work.now)
        if await store.is_taken(work.db, one.design.environment, one.design.flag_key):
            raise Conflict(
                N_("Another experiment on this flag is not decided yet."), error="flag_taken"
            )
        return await self._saved(work, one, begun, "started", author, said)

    async def stop(
        self, work: Work, experiment_id: UUID, author: Author, reason: str, seen: int
    ) -> Experiment:
        """Let nobody new in. Who is in keeps their variant, and is followed to their window."""
        said, one = check_reason(reason), await _held(work, experiment_id, seen)
        return await self._saved(work, one, one.stopped(work.now), "stopped", author, said)

    async def decide(
        self,
        work: Work,
        experiment_id: UUID,
        shipped: str | None,
        author: Author,
        reason: str,
        seen: int,
    ) -> Experiment:
        """End it: from now on the flag serves the variant, or the control, to everybody it split.

        The flag changes in the same transaction, with the same reason in its own history.
        """
        said, one = check_reason(reason), await _held(work, experiment_id, seen)
        over = await self._saved(work, one, one.decided(shipped, work.now), "decided", author, said)
        flag, variant = await _flag(work, one), shipped or one.design.control
        if flag is not None and variant in flag.variants:
            change = Change(
                one.design.environment,
                Subject.FLAG,
                flag.key,
                serving(flag, variant),
                author,
                said,
            )
            await publish(work, self._hints, change)
        return over

    async def note_weights(self, work: Work, event: FlagsChanged) -> None:
        """A flag changed: if its split did, an experiment on it is in another phase."""
        if event.subject != Subject.FLAG:
            return
        one = await store.lock_running(work.db, event.environment, event.key)
        flag = None if one is None else await _flag(work, one)
        if one is None or flag is None or not flag.serve.weights:
            return
        weights = {each.variant: each.weight for each in flag.serve.weights}
        after = one.with_weights(weights, work.now)
        if after is not one:
            author = Author(event.author, event.author_id)
            await self._saved(work, one, after, "reweighted", author, event.reason)

    def _checked(self, design: Design) -> Design:
        tidy = check_design(design)
        for place, key in enumerate(tidy.goals):
            self.funnel.checked(key, f"goals.{place}")
        for place, limit in enumerate(tidy.guardrails):
            self.funnel.checked(limit.metric, f"guardrails.{place}.metric")
        return tidy

    async def _saved(
        self,
        work: Work,
        before: Experiment,
        after: Experiment,
        what: str,
        author: Author,
        reason: str,
    ) -> Experiment:
        one = replace(after, row_version=before.row_version + 1)
        await store.put_experiment(work.db, one)
        await self._note(work, one, what, author, reason)
        return one

    async def _note(
        self, work: Work, one: Experiment, what: str, author: Author, reason: str
    ) -> None:
        await store.add_note(work.db, one.id, new_id(), Note(what, author, reason, work.now))
        if (event := _event(one, what, author, reason)) is not None:
            work.announce(event)
        await self._hints.tell_with(work, TOPIC, str(one.id))


def _event(one: Experiment, what: str, author: Author, reason: str) -> Event | None:
    """What is announced of it; another phase is heard of as a change of the flag."""
    staff_id = author.user_id
    if what == "designed":
        return ExperimentDesigned(experiment_id=one.id, staff_id=staff_id, reason=reason)
    if what == "started":
        return ExperimentStarted(experiment_id=one.id, staff_id=staff_id, reason=reason)
    if what == "stopped":
        return ExperimentStopped(experiment_id=one.id, staff_id=staff_id, reason=reason)
    if what == "decided":
        return ExperimentDecided(
            experiment_id=one.id, shipped=one.shipped, staff_id=staff_id, reason=reason
        )
    return None


async def _held(work: Work, experiment_id: UUID, seen: int) -> Experiment:
    """The experiment, locked; before it the environment of its flag, in the order of `publish`."""
    known = await store.experiment(work.db, experiment_id)
    if known is None:
        raise no_such_experiment()
    await flag_store.lock_environment(work.db, known.design.environment)
    one = await store.lock_experiment(work.db, experiment_id)
    if one is None:
        raise no_such_experiment()
    if one.row_version != seen:
        raise Stale(N_("It changed since you looked."), details={"rowVersion": one.row_version})
    return one


async def _flag(work: Work, one: Experiment) -> Flag | None:
    row = await flag_store.flag(work.db, one.design.environment, one.design.flag_key)
    return None if row is None or row.archived_at is not None else row.flag
