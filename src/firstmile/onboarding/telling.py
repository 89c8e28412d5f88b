"""A journey as it goes over the wire, written once for everybody who is at the same point."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import msgspec

from firstmile.onboarding.dues import due_at, is_late
from firstmile.onboarding.models import Definition, Journey
from firstmile.onboarding.schemas import JourneyOut, RequirementsOut

KEPT = 1000  # points on the way, two languages and a few hundred combinations of steps

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Told:
    """An answer with its entity tag and headers, which nobody may change in place."""

    body: bytes
    tag: str

    @cached_property
    def headers_alone(self) -> Headers:
        """The headers of 304."""
        return [(b"etag", self.tag.encode()), (b"cache-control", b"private, no-cache")]

    @cached_property
    def headers(self) -> Headers:
        """The headers before the body."""
        kind = (b"content-type", b"application/json")
        return [*self.headers_alone, kind, (b"content-length", b"%d" % len(self.body))]


def _encoded(journey: JourneyOut) -> Told:
    body = msgspec.json.encode(journey)
    return Told(body, f'"{blake2b(body, digest_size=12).hexdigest()}"')


# What everybody is told while onboarding is switched off: whoever waits for steps goes on.
NOTHING_LEFT = _encoded(
    JourneyOut(
        progress=100,
        activated=True,
        next_step=None,
        steps=[],
        requirements=RequirementsOut(),
        off=True,
    )
)


class Telling:
    """Writes journeys, and remembers what it wrote.

    An answer names nobody, unless it is of a project too: then it is written each time. Else it
    follows from the definitions, the language, which steps are for the
    person, their state and their dates. Only a snoozed step needs the time as well.
    """

    def __init__(self) -> None:
        self._told: dict[object, Told] = {}
        self._follow(())

    def of(self, journey: Journey, language: str) -> Told:
        """A journey in a language."""
        is_of_project = journey.traveller.membership is not None
        if is_of_project or any(state.snoozed_until for state in journey.states.values()):
            return _written(journey, language)
        if journey.definitions is not self._definitions or len(self._told) >= KEPT:
            self._follow(journey.definitions)
        point = self._point(journey, language)
        told = self._told.get(point)
        if told is None:
            told = self._told[point] = _written(journey, language)
        return told

    def _follow(self, definitions: Sequence[Definition]) -> None:
        self._definitions, self._told = definitions, {}
        self._is_of_everything = any(step.when is not None for step in definitions)
        self._dated = [step for step in definitions if step.due]

    def _point(self, journey: Journey, language: str) -> object:
        """All that an answer follows from, for definitions that stay the same.

        Which steps are for somebody follows from their role and market, unless a condition asks
        for more: then the steps themselves are looked up, which costs twice as much as the rest.
        """
        who = journey.traveller
        audience: object = (who.roles, who.market)
        if self._is_of_everything:
            audience = tuple([step.key for step in journey.steps])
        dated = [step for step in self._dated if who.may_take(step)]
        return (
            language,
            audience,
            who.activated_at is None,
            frozenset(journey.states.items()),
            tuple([(due_at(journey, step), is_late(journey, step)) for step in dated]),
        )


def _written(journey: Journey, language: str) -> Told:
    return _encoded(JourneyOut.of(journey, language))
