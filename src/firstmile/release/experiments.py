"""Experiments as they run: who gets which variant, and the exposure that is kept of it once."""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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

    `agrees` says whether they agreed to be part of experiments. The rest is what is known of
    them now; market and role are kept with their first exposure.
    """

    user_id: UserId | None = None
    visitor: str | None = None
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
        self._under_way: dict[str, Experiment] = {}
        self._variants: OrderedDict[tuple[UUID, str], str] = OrderedDict()
        self._unasked: Counter[UUID] = Counter()

    async def load(self, database: Database) -> None:
        """Read the experiments under way."""
        async with database.lease() as db:
            found = await store.experiments_under_way(db)
        own = {
            one.design.flag_key: one
            for one in found
            if one.design.environment == self._flags.environment
        }
        if {one.id for one in own.values()} != {one.id for one in self._under_way.values()}:
            self._variants.clear()
        self._under_way = own

    async def write_unasked(self, work: Work) -> None:
        """Write how many were given the control because they did not agree, and nothing else."""
        if self._unasked:
            counted, self._unasked = self._unasked, Counter()
            await store.count_unasked(work.db, counted, work.now.date())

    def on(self, flag_key: str) -> Experiment | None:
        """The experiment under way on a flag of our own environment."""
        return self._under_way.get(flag_key)

    def wants_visitor(self, flag_key: str) -> bool:
        """Whether a visitor needs a number now, to be the same one the next time."""
        one = self.on(flag_key)
        is_open = one is not None and (one.state, one.design.unit) == (State.RUNNING, Unit.VISITOR)
        return is_open and not self._switches.is_off(Area.EXPERIMENTS)

    async def show(self, flag_key: str, asker: Asker) -> Outcome:
        """What to show to somebody who is about to see it; their exposure is kept if it counts.

        Without an experiment it is what the flag says.
        """
        one, flag = self.on(flag_key), self._flags.snapshot().flags.get(flag_key)
        outcome = self._flags.evaluate(flag_key, _context(one, asker))
        if one is None or flag is None or not _is_part(one, outcome):
            return outcome
        if self._switches.is_off(Area.EXPERIMENTS):
            return served(flag, one.design.control, Reason.DISABLED)
        if one.design.needs_consent and not asker.agrees:
            self._unasked[one.id] += 1
            return served(flag, one.design.control, Reason.DEFAULT)
        if outcome.variant is None:  # nobody who could be told from others
            return served(flag, one.design.control, Reason.DEFAULT)
        variant = await self._first_variant(one, _as_counted(one, asker), outcome.variant)
        return served(
            flag, variant if variant in flag.variants else one.design.control, Reason.SPLIT
        )

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

    async def _first_variant(self, one: Experiment, asker: Asker, variant: str) -> str:
        """The variant a unit met first, which may be this very one, at this very moment."""
        place = (one.id, f"{asker.user_id}/{asker.visitor}")
        if place in self._variants:
            self._variants.move_to_end(place)
            return self._variants[place]
        try:
            known = await self._known(one, asker)
            if known is None and one.state is State.RUNNING:
                known = await self._expose(one, asker, variant)
        except DATABASE_DOWN:
            log.warning("exposure_not_kept", experiment=str(one.id), exc_info=True)
            return one.design.control
        if known is None:
            return one.design.control  # nobody new takes part once it is stopped
        self._variants[place] = known
        if len(self._variants) > REMEMBERED:
            self._variants.popitem(last=False)
        return known

    async def _known(self, one: Experiment, asker: Asker) -> str | None:
        name = None if asker.visitor is None else self._hashed(asker.visitor)
        async with self._works.database.lease() as db:
            return await store_exposures.variant_of_asker(db, one.id, asker.user_id, name)

    async def _expose(self, one: Experiment, asker: Asker, variant: str) -> str:
        """Keep the exposure, unless another request was faster; the variant that is kept."""
        seen = Exposure(variant, one.phase.number, asker.market, asker.role)
        async with self._works.begin() as work:
            unit_id = await self._unit(work, asker)
            return await store_exposures.expose(work.db, one.id, unit_id, seen, work.now)

    async def _unit(self, work: Work, asker: Asker) -> UUID:
        if asker.user_id is None:
            name = self._hashed(asker.visitor or "")
            known = await store_units.unit_named(work.db, name)
            return known[0] if known else await store_units.add_visitor(work.db, name, work.now)
        if asker.visitor is not None:
            return await self._same(work, asker.user_id, self._hashed(asker.visitor))
        return await store_units.unit_of_person(work.db, asker.user_id, work.now)

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
