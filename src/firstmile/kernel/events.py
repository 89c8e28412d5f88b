"""What has happened, said in the past tense, and who listens."""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from firstmile.kernel.work import Work


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base class of everything that is announced.

    Events are kept for a year and may be read by people, so they never carry a credential.
    """

    @classmethod
    def kind(cls) -> str:
        """The stable name on the wire and in tables: `EmailVerified` is `email_verified`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class PersonalEvent(Event, frozen=True):
    """Something that happened to one person."""

    user_id: UUID


E = TypeVar("E", bound=Event)
Reaction = Callable[["Work", E], Awaitable[None]]


class Later:
    """A reaction that runs as a job after the commit, retried until it succeeds."""

    def __init__(self, reaction: "Reaction[Any]") -> None:
        self.reaction = reaction
        self.name = f"{reaction.__module__}.{reaction.__qualname__}"


def later(reaction: "Reaction[Any]") -> Later:
    """Run `reaction` as a job written in this transaction instead of inside it."""
    return Later(reaction)


class Subscribers:
    """Who listens to which event, filled once by `wiring.py`."""

    def __init__(self) -> None:
        self._table: dict[type[Event], list[Reaction[Any] | Later]] = defaultdict(list)

    def when(self, event: type[E], *reactions: "Reaction[E] | Later") -> None:
        """When `event` or one of its subclasses is announced, run `reactions` in this order."""
        self._table[event].extend(reactions)

    def of(self, event: Event) -> "Iterable[Reaction[Any] | Later]":
        """Every reaction to this event: to its own class first, then to its ancestors."""
        for kind in type(event).__mro__:
            yield from self._table.get(kind, ())

    def heard(self) -> set[type[Event]]:
        """The classes that somebody listens to."""
        return {event for event, reactions in self._table.items() if reactions}

    def deferred(self) -> "dict[str, tuple[Reaction[Any], type[Event]]]":
        """Every `later` reaction by its job name, with the event it takes."""
        return {
            f"{reaction.name}:{event.kind()}": (reaction.reaction, event)
            for event, reactions in self._table.items()
            for reaction in reactions
            if isinstance(reaction, Later)
        }
