"""Experiments as they run: who gets which variant, and the exposure that is kept of it once."""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog

from firstmile.kernel.database import DATABASE_DOWN, Database
from firstmile.kernel.ids import UserId
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works
from firstmile.protect.switches import Area, Switches
from firstmile.release import store_experiments as store
from firstmile.release import store_exposures, store_units
from firstmile.release.catalogue import Flags
from firstmile.release.experiment_models import Experiment, State, Unit
from firstmile.release.store_exposures import Exposure
from firstmile.targeting.contexts import TARGETING_KEY
from firstmile.targeting.flags import ErrorCode, Reason
from firstmile.targeting.outcomes import Outcome, served

log = structlog.get_logger()

TOPIC = "experiments"
PURPOSE = "experiment unit"
REMEMBERED = 20_000  # assignments


@dataclass(frozen=True)
class Asker:
    """Who is about to see something: a person, a visitor by the number of their browser, or both.

    `agrees` says whether they agreed to be part of experiments. An application names visitors
    as it likes, and the `environment` it asks in. The rest is what is known of them now; market
    and role are kept with their first exposure.
    """

    user_id: UserId | None = None
    visitor: str | None = None
    environment: str | None = None
    agrees: bool = False
    market: str | None = None
    role: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def key_for(self, unit: Unit) -> str | None:
        """What the hash is asked with: the browser's number as long as it has one.

        So that signing up moves nobody. None for somebody who cannot be told from others.
        """
        person = None if self.user_id is None else str(self.user_id)
        return person if unit is Unit.USER else self.visitor or person

    @property
    def name(self) -> str | None:
        """By what the visitor is known here: no application can name a browser of ours."""
        if self.visitor is None or self.environment is None:
            return self.visitor
        return f"{self.environment}/{self.visitor}"


class Part(StrEnum):
    """Whether somebody is part of an experiment, or why they are not."""

    COUNTED = "counted"
    NO_EXPERIMENT = "no_experiment"
    NOT_BY_CHANCE = "not_by_chance"  # a rule, a list or a market decided
    SWITCHED_OFF = "switched_off"
    NOT_AGREED = "not_agreed"
    NOBODY = "nobody"  # who cannot be told from others, or has no account where people count
    CLOSED = "closed"  # it is stopped, and they were not in
    AWAY = "away"  # nothing can be kept now


@dataclass(frozen=True)
class Meeting:
    """What somebody is shown, whether it counts, and in which experiment."""

    outcome: Outcome
    part: Part
    experiment_id: UUID | None = None


class Experiments:
    """The experiments under way, in memory, and the first variants of those seen lately.

    What was decided once for a unit is kept and wins over the flag, also when weights change.
    Nothing here ever stops a page: while the database is away everybody gets the control.
    """

    def __init__(self, works: Works, flags: Flags, switches: Switches, vault: Vault) -> None:
        self._works = works
        self._flags = flags
        self._switches = switches
        self._vault = vault
        self._under_way: dict[tuple[str, str], Experiment] = {}
        self._variants: OrderedDict[tuple[UUID, str], str] = OrderedDict()
        self._unasked: Counter[UUID] = Counter()

    async def load(self, database: Database) -> None:
        """Read the experiments under way."""
        async with database.lease() as db:
            found = await store.experiments_under_way(db)
        known = {(one.design.environment, one.design.flag_key): one for one in found}
        if {one.id for one in found} != {one.id for one in self._under_way.values()}:
            self._variants.clear()
        self._under_way = known

    async def write_unasked(self, work: Work) -> None:
        """Write how many were given the control because they did not agree, and nothing else."""
        if self._unasked:
            counted, self._unasked = self._unasked, Counter()
            await store.count_unasked(work.db, counted, work.now.date())

    def on(self, flag_key: str, environment: str | None = None) -> Experiment | None:
        """The experiment under way on a flag, of our own environment when it is not said."""
        return self._under_way.get((environment or self._flags.environment, flag_key))

    def wants_visitor(self, flag_key: str) -> bool:
        """Whether a visitor needs a number now, to be the same one the next time."""
        one = self.on(flag_key)
        is_open = one is not None and (one.state, one.design.unit) == (State.RUNNING, Unit.VISITOR)
        return is_open and not self._switches.is_off(Area.EXPERIMENTS)

    async def show(self, flag_key: str, asker: Asker) -> Outcome:
        """What to show to somebody who is about to see it; their exposure is kept if it counts.

        Without an experiment it is what the flag says.
        """
        return (await self.meet(flag_key, asker)).outcome

    async def meet(self, flag_key: str, asker: Asker) -> Meeting:
        """The same, with whether it counts."""
        one = self.on(flag_key, asker.environment)
        flag = self._flags.snapshot(asker.environment).flags.get(flag_key)
        outcome = self._flags.evaluate(flag_key, _context(one, asker), asker.environment)
        if one is None or flag is None:
            return Meeting(outcome, Part.NO_EXPERIMENT)
        if not _is_part(one, outcome):
            return Meeting(outcome, Part.NOT_BY_CHANCE, one.id)
        part, variant, reason = await self._place(one, asker, outcome.variant)
        if variant not in flag.variants:
            variant = one.design.control
        return Meeting(served(flag, variant, reason), part, one.id)

    async def follow(self, work: Work, user_id: UserId, visitor: str | None) -> None:
        """Somebody signed in with a browser: what it met before is theirs from now on."""
        if visitor is not None:
            await self._same(work, user_id, self._hashed(visitor))

    async def note_moment(self, work: Work, user_id: UserId, moment: str) -> None:
        """Something came to pass for a person."""
        unit_id = await store_units.unit_of_person(work.db, user_id, work.now)
        await store_units.note_moment(work.db, unit_id, moment, work.now)

    async def note_day(self, work: Work, user_id: UserId) -> None:
        """A person was here today."""
        unit_id = await store_units.unit_of_person(work.db, user_id, work.now)
        await store_units.note_day(work.db, unit_id, work.now.date())

    async def _place(
        self, one: Experiment, asker: Asker, variant: str | None
    ) -> tuple[Part, str, Reason]:
        """Where somebody belongs whom chance gives this variant, with the reason to tell."""
        control = one.design.control
        if self._switches.is_off(Area.EXPERIMENTS):
            return Part.SWITCHED_OFF, control, Reason.DISABLED
        if one.design.needs_consent and not asker.agrees:
            self._unasked[one.id] += 1
            return Part.NOT_AGREED, control, Reason.DEFAULT
        if variant is None:
            return Part.NOBODY, control, Reason.DEFAULT
        try:
            first = await self._first_variant(one, _as_counted(one, asker), variant)
        except DATABASE_DOWN:
            log.warning("exposure_not_kept", experiment=str(one.id), exc_info=True)
            return Part.AWAY, control, Reason.SPLIT
        if first is None:
            return Part.CLOSED, control, Reason.SPLIT
        return Part.COUNTED, first, Reason.SPLIT

    async def _first_variant(self, one: Experiment, asker: Asker, variant: str) -> str | None:
        """The variant a unit met first, which may be this very one, at this very moment.

        None for somebody new once it is stopped.
        """
        place = (one.id, f"{asker.user_id}/{asker.name}")
        if place in self._variants:
            self._variants.move_to_end(place)
            return self._variants[place]
        if asker.user_id is not None and asker.name is not None:
            async with self._works.begin() as work:
                await self.follow(work, asker.user_id, asker.name)
        known = await self._known(one, asker)
        if known is None and one.state is State.RUNNING:
            known = await self._expose(one, asker, variant)
        if known is not None:
            self._variants[place] = known
            if len(self._variants) > REMEMBERED:
                self._variants.popitem(last=False)
        return known

    async def _known(self, one: Experiment, asker: Asker) -> str | None:
        name = None if asker.name is None else self._hashed(asker.name)
        async with self._works.database.lease() as db:
            return await store_exposures.variant_of_asker(db, one.id, asker.user_id, name)

    async def _expose(self, one: Experiment, asker: Asker, variant: str) -> str:
        """Keep the exposure, unless another request was faster; the variant that is kept."""
        seen = Exposure(variant, one.phase.number, asker.market, asker.role)
        async with self._works.begin() as work:
            unit_id = await self._unit(work, asker)
            return await store_exposures.expose(work.db, one.id, unit_id, seen, work.now)

    async def _unit(self, work: Work, asker: Asker) -> UUID:
        if asker.user_id is not None:
            return await store_units.unit_of_person(work.db, asker.user_id, work.now)
        name = self._hashed(asker.name or "")
        known = await store_units.unit_named(work.db, name)
        return known[0] if known else await store_units.add_visitor(work.db, name, work.now)

    async def _same(self, work: Work, user_id: UserId, name: bytes) -> UUID:
        """The unit of a person, who is also known by this name unless somebody else is."""
        unit_id = await store_units.unit_of_person(work.db, user_id, work.now)
        if not await store_units.add_name(work.db, name, unit_id):
            known = await store_units.unit_named(work.db, name)
            if known is not None and known[1] is None:
                await store_units.merge_units(work.db, known[0], unit_id, work.now)
        return unit_id

    def _hashed(self, visitor: str) -> bytes:
        return self._vault.digest(PURPOSE, visitor)


def _as_counted(one: Experiment, asker: Asker) -> Asker:
    """The asker as the experiment counts them: a person's browsers are of no interest to one."""
    return replace(asker, visitor=None) if one.design.unit is Unit.USER else asker


def _context(one: Experiment | None, asker: Asker) -> dict[str, Any]:
    """What the flag is asked with."""
    unit = Unit.USER if one is None else one.design.unit
    known = {"market": asker.market, "role": asker.role, TARGETING_KEY: asker.key_for(unit)}
    said = {name: value for name, value in known.items() if value is not None}
    return {**asker.attributes, **said}


def _is_part(one: Experiment, outcome: Outcome) -> bool:
    """Whether chance decided: who is served by a rule, a list or a market is no part."""
    if outcome.error is ErrorCode.TARGETING_KEY_MISSING:
        return True
    by_chance = outcome.reason is Reason.SPLIT and outcome.rule is None
    return by_chance and outcome.variant in one.arms
