"""What guidance asks of the packages beside it."""

from typing import Protocol

from firstmile.guidance.knowing import Known
from firstmile.kernel.access import Actor
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.visit import Visit
from firstmile.targeting.contexts import Context


class Neighbours(Protocol):
    """Whoever answers for the packages beside this one; `wiring.py`'s layer builds it."""

    @property
    def home(self) -> str:
        """The environment of this service itself."""

    async def person(self, db: Connection, actor: Actor, language: str) -> Known:
        """What is known of somebody who is signed in."""

    async def somebody(self, db: Connection, user_id: UserId, language: str) -> Known:
        """The same of anybody, for staff who look why."""

    def environment_of(self, visit: Visit) -> str:
        """The environment of a request, by the public SDK key it brought; else our own.

        Raises Unauthenticated for a key that opens nothing.
        """

    async def environments(self, db: Connection) -> list[str]:
        """The names of the environments, in their order."""

    def is_on(self, flag: str, context: Context, environment: str) -> bool:
        """Whether a flag is on for somebody; False for one that is not there."""

    def is_in(self, segment: str, context: Context, environment: str) -> bool:
        """Whether somebody belongs to a segment; False for one that is not there."""

    def flags(self, environment: str) -> frozenset[str]:
        """The keys of the flags there are."""

    def segments(self, environment: str) -> frozenset[str]:
        """The keys of the segments there are."""

    def steps(self) -> frozenset[str]:
        """The keys of the steps of onboarding."""

    def permissions(self) -> frozenset[str]:
        """The names of the rights there are."""
