"""What is published in an environment, compiled once: asking waits for nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from firstmile.guidance.models import Content, Kind, in_language
from firstmile.guidance.neighbours import Neighbours
from firstmile.guidance.places import Fits, fitting, owners
from firstmile.protect.places import is_own
from firstmile.rich_text.reading import read
from firstmile.rich_text.showing import json_of
from firstmile.targeting.comparing import Predicate
from firstmile.targeting.compiling import compiled_condition
from firstmile.targeting.contexts import Context

Told = dict[str, Any]


class Segments(Mapping[str, Predicate]):
    """The segments of an environment as functions that ask for them when they are asked."""

    def __init__(self, neighbours: Neighbours, environment: str) -> None:
        self._neighbours = neighbours
        self._environment = environment

    def __getitem__(self, key: str) -> Predicate:
        return lambda context: self._neighbours.is_in(key, context, self._environment)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str)

    def __iter__(self) -> Iterator[str]:
        return iter(self._neighbours.segments(self._environment))

    def __len__(self) -> int:
        return len(self._neighbours.segments(self._environment))


def _everybody(_: Context) -> bool:
    return True


@dataclass
class Piece:
    """A content as it is in force: what it says by language, and whom it is for."""

    content: Content
    version: int
    fits: Fits
    holds: Predicate
    _said: dict[str, Told] = field(default_factory=dict)

    def is_in_time(self, now: datetime) -> bool:
        """Whether its window is open."""
        begins, ends = self.content.begins_at, self.content.ends_at
        return not (begins and now < begins) and not (ends and now >= ends)

    def is_of(self, place: str) -> bool:
        """Whether it is about pages like this one: Firstmile's own, or an application's."""
        content = self.content
        ways = [step.route for step in content.steps if step.route] if content.routes else []
        return is_own(place) in owners([*content.routes, *ways])

    def said(self, language: str) -> Told:
        """Its texts in a language, as the wire has them; nobody changes them in place."""
        if language not in self._said:
            self._said[language] = _said(self, language)
        return self._said[language]


def compiled(content: Content, version: int, segments: Mapping[str, Predicate]) -> Piece:
    """A content ready to be asked; one that makes no sense is for nobody."""
    holds: Predicate = _everybody
    if content.when is not None:
        try:
            holds = compiled_condition(content.when, segments)
        except (ValueError, LookupError, TypeError, RecursionError):
            holds = _nobody
    return Piece(content, version, fitting(content.routes), holds)


def _nobody(_: Context) -> bool:
    return False


@dataclass(frozen=True)
class Shelf:
    """All that is published in an environment at one revision; the best comes first."""

    environment: str
    revision: int = 0
    pieces: tuple[Piece, ...] = ()
    gates: tuple[Piece, ...] = ()
    quiet_until: datetime | None = None
    quiet_reason: str = ""

    def find(self, key: str) -> Piece | None:
        """What is published under a key."""
        return next((one for one in (*self.pieces, *self.gates) if one.content.key == key), None)

    def fitting(self, context: Context, route: str, now: datetime) -> Iterator[Piece]:
        """What may be shown on a route to somebody, as far as the rules of its author go."""
        for piece in self.pieces:
            if piece.is_in_time(now) and piece.fits(route) and piece.holds(context):
                yield piece


def shelved(
    environment: str,
    revision: int,
    published: Iterable[tuple[Content, int]],
    segments: Mapping[str, Predicate],
    *,
    quiet_until: datetime | None = None,
    quiet_reason: str = "",
) -> Shelf:
    """A shelf; of equal priority the first key comes first, so that it is always the same."""
    pieces = [compiled(content, version, segments) for content, version in published]
    pieces.sort(key=lambda one: (-one.content.priority, one.content.key))
    return Shelf(
        environment,
        revision,
        tuple(one for one in pieces if one.content.kind is not Kind.GATE),
        tuple(one for one in pieces if one.content.kind is Kind.GATE),
        quiet_until,
        quiet_reason,
    )


def _said(piece: Piece, language: str) -> Told:
    content, words = piece.content, in_language(piece.content.words, language)
    if content.kind is Kind.GATE:
        return {"title": words.title, "body": json_of(read(words.body))}
    told = {
        "key": content.key,
        "version": piece.version,
        "kind": str(content.kind),
        "delivery": str(content.delivery),
        "target": content.target,
        "interrupts": content.takes_attention,
        "priority": content.priority,
        "title": words.title,
        "body": json_of(read(words.body)),
        "action": action_of(words.action, content.href),
    }
    if content.kind is Kind.TOUR:
        told["steps"] = [_step(step, language) for step in content.steps]
    return told


def _step(step: Any, language: str) -> Told:
    words = in_language(step.words, language)
    return {
        "key": step.key,
        "target": step.target,
        "route": step.route,
        "title": words.title,
        "body": json_of(read(words.body)),
        "action": action_of(words.action, step.href),
    }


def action_of(label: str, href: str | None) -> Told | None:
    """A link with its words; None where one of the two is missing."""
    return {"label": label, "href": href} if label and href else None
