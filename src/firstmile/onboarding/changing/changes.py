"""A change of the steps: from which definitions to which, and what it is to be called."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from firstmile.onboarding.changing.editions import Edition
from firstmile.onboarding.changing.migrating import Migration
from firstmile.onboarding.changing.plans import Plan, planned
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.moves import Move, inverse, made, needed, parted


@dataclass(frozen=True)
class Change:
    """What is to be put into force. `made` are all migrations made by then, by name."""

    number: int
    before: Definitions
    after: Definitions
    moves: tuple[Move, ...]
    made: Mapping[str, tuple[Move, ...]]
    text: str
    undone: Edition | None = None

    @property
    def undoes(self) -> int | None:
        """The number of the edition that is undone."""
        return self.undone.number if self.undone is not None else None

    @property
    def is_sharing(self) -> bool:
        """Whether steps of projects are in it."""
        return any(step.is_shared for step in [*self.before.steps, *self.after.steps])

    @property
    def moves_projects(self) -> bool:
        """Whether steps of projects may have to be written."""
        return bool(self._parted[1])

    @cached_property
    def of_people(self) -> Migration:
        """What it means for what everybody does alone."""
        moves, _ = self._ways
        return Migration(
            [step for step in self.before.steps if not step.is_shared],
            [step for step in self.after.steps if not step.is_shared],
            moves,
        )

    @cached_property
    def of_projects(self) -> Migration:
        """What it means for what members do together; of steps that no move names, nothing.

        How these fit their definitions is seen when they are read (`sharing.fitting`).
        """
        _, moves = self._ways
        named = {key for move in self._parted[1] for key in (*needed(move), *made(move))}
        return Migration(
            [step for step in self.before.steps if step.is_shared],
            [step for step in self.after.steps if step.is_shared and step.key in named],
            moves,
        )

    @property
    def plan(self) -> Plan:
        """The plan, of which it is not yet known whom it is about."""
        return planned(self.number, self.before, self.after, self.moves)

    @cached_property
    def _parted(self) -> tuple[tuple[Move, ...], tuple[Move, ...]]:
        """The moves of people and of projects, as they were written."""
        if self.undone is None:
            return parted(self.moves, self.before.sharing, self.after.sharing)
        return parted(self.undone.moves, self.after.sharing, self.before.sharing)

    @property
    def _ways(self) -> tuple[tuple[Move, ...], tuple[Move, ...]]:
        """The same as they are made: backwards, where an edition is undone."""
        of_people, of_projects = self._parted
        if self.undone is None:
            return of_people, of_projects
        return inverse(of_people), inverse(of_projects)
