"""What is wrong with a content, or could be better: told while it is written and on publishing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from firstmile.guidance.knowing import ATTRIBUTES
from firstmile.guidance.models import (
    HIGHEST,
    KEY,
    Content,
    Delivery,
    Kind,
    Step,
    Times,
    Wording,
    Wordings,
)
from firstmile.guidance.places import is_one_page, is_pattern, owners
from firstmile.kernel.languages import DEFAULT, LANGUAGES, N_
from firstmile.rich_text.addresses import is_safe_link
from firstmile.rich_text.reading import complaints as complaints_of_text
from firstmile.targeting.checking import complaints as complaints_of_condition
from firstmile.targeting.conditions import attributes_in, segments_in
from firstmile.targeting.satisfying import can_be_met

# Tours of three steps are finished by 72 %, of seven by 16 % (Chameleon, 2025).
MANY_STEPS, TOO_MANY_STEPS = 3, 5
LONG_TITLE, LONG_BODY = 60, 600  # characters that fit a card on a phone


class Level(StrEnum):
    """How bad it is: `broken` cannot be saved, an `error` not published, a warning may be."""

    BROKEN = "broken"
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing, where it is, and what it is about. Some errors may be published for a reason."""

    level: Level
    code: str
    at: str
    message: str
    about: str = ""
    may_be_overridden: bool = False


@dataclass(frozen=True)
class Surroundings:
    """What there is to point at and to ask for; an empty set of targets is one nobody knows.

    `targets_of` has those of Firstmile's own pages under True, those of applications under False.
    """

    now: datetime
    targets: frozenset[str] = frozenset()
    targets_of: Mapping[bool, frozenset[str]] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()


def findings(content: Content, around: Surroundings) -> list[Finding]:
    """All there is to say of a content, the worst first."""
    found = [
        *_of_frame(content),
        *_of_words(content.words, "words", is_gate=content.kind is Kind.GATE),
        *_of_steps(content),
        *_of_targets(content, around),
        *_of_audience(content, around),
        *_of_window(content, around.now),
        *_of_gate(content, around),
    ]
    order = list(Level)
    return sorted(found, key=lambda one: order.index(one.level))


def _broken(code: str, at: str, message: str, about: str = "") -> Finding:
    return Finding(Level.BROKEN, code, at, message, about)


def _error(code: str, at: str, message: str, about: str = "") -> Finding:
    return Finding(Level.ERROR, code, at, message, about)


def _warning(code: str, at: str, message: str, about: str = "") -> Finding:
    return Finding(Level.WARNING, code, at, message, about)


def _of_frame(content: Content) -> Iterator[Finding]:
    if not KEY.fullmatch(content.key):
        yield _broken(
            "key", "key", N_("A key has 2 to 64 small letters, digits and hyphens, a letter first.")
        )
    if not 0 <= content.priority <= HIGHEST:
        yield _broken("priority", "priority", N_("A priority is 0 to 100."))
    if content.href is not None and not is_safe_link(content.href):
        yield _broken(
            "href",
            "href",
            N_("A link leads to https://, http://, mailto: or a path."),
            content.href,
        )
    for place, route in enumerate(content.routes):
        if not is_pattern(route):
            yield _broken(
                "route",
                f"routes.{place}",
                N_("A route looks like /projects/*, firstmile:/home or !/admin/*."),
                route,
            )
    frequency = content.frequency
    if (frequency.times is Times.EVERY) is not (frequency.days is not None):
        yield _broken(
            "frequency", "frequency", N_("Days are for what comes back, and it needs them.")
        )
    elif frequency.days is not None and not 1 <= frequency.days <= 366:
        yield _broken("frequency", "frequency", N_("Something comes back after 1 to 366 days."))


def _of_words(words: Wordings, at: str, *, is_gate: bool = False) -> Iterator[Finding]:
    for language, wording in words.items():
        if language not in LANGUAGES:
            yield _broken("language", at, N_("This language is not spoken here."), language)
        yield from _of_text(wording, f"{at}.{language}")
    if not words.get(DEFAULT, Wording()).title.strip():
        yield _error("title", f"{at}.{DEFAULT}", N_("It needs a title in English."))
    for language in LANGUAGES:
        if language != DEFAULT and (missing := missing_in(words, language)):
            yield _warning(
                "translation",
                f"{at}.{language}",
                N_("Not translated; people read it in English."),
                f"{language}: {', '.join(missing)}",
            )
    if is_gate and words.get(DEFAULT, Wording()).action:
        yield _warning("action", at, N_("A gate shows the next step; its own link is not shown."))


def missing_in(words: Wordings, language: str) -> list[str]:
    """The texts that are there in English and not in a language."""
    source, found = words.get(DEFAULT, Wording()), words.get(language, Wording())
    return [
        name
        for name in ("title", "body", "action")
        if getattr(source, name).strip() and not getattr(found, name).strip()
    ]


def _of_text(wording: Wording, at: str) -> Iterator[Finding]:
    for line, message in complaints_of_text(wording.body):
        yield _broken("text", f"{at}.body", message, str(line))
    if len(wording.title) > LONG_TITLE:
        yield _warning("long", f"{at}.title", N_("A title of more than 60 characters is not read."))
    if len(wording.body) > LONG_BODY:
        yield _warning(
            "long", f"{at}.body", N_("More than 600 characters fill a phone. Link to an article.")
        )


def _of_steps(content: Content) -> Iterator[Finding]:
    steps = content.steps
    if content.kind is not Kind.TOUR:
        if steps:
            yield _broken("steps", "steps", N_("Only a tour has steps."))
        return
    if not steps:
        yield _error("steps", "steps", N_("A tour needs a step."))
    if len(steps) > TOO_MANY_STEPS:
        yield Finding(
            Level.ERROR,
            "too_many_steps",
            "steps",
            N_("A tour of more than five steps is hardly ever finished. Split it, or say why not."),
            str(len(steps)),
            may_be_overridden=True,
        )
    elif len(steps) > MANY_STEPS:
        yield _warning(
            "many_steps", "steps", N_("Tours of three steps are finished most."), str(len(steps))
        )
    keys = [step.key for step in steps]
    for place, step in enumerate(steps):
        yield from _of_step(step, f"steps.{place}", is_twice=step.key in keys[:place])


def _of_step(step: Step, at: str, *, is_twice: bool) -> Iterator[Finding]:
    if not KEY.fullmatch(step.key):
        yield _broken(
            "key",
            f"{at}.key",
            N_("A key has 2 to 64 small letters, digits and hyphens, a letter first."),
            step.key,
        )
    if is_twice:
        yield _broken("key_twice", f"{at}.key", N_("Two steps have this key."), step.key)
    if step.href is not None and not is_safe_link(step.href):
        yield _broken(
            "href",
            f"{at}.href",
            N_("A link leads to https://, http://, mailto: or a path."),
            step.href,
        )
    if step.route is not None and not is_one_page(step.route):
        yield _broken(
            "route",
            f"{at}.route",
            N_("A step leads to one page, such as /orders or firstmile:/home."),
            step.route,
        )
    yield from _of_words(step.words, f"{at}.words")


def _of_targets(content: Content, around: Surroundings) -> Iterator[Finding]:
    needs_one = content.kind is Kind.TIP and content.delivery is Delivery.TOOLTIP
    if needs_one and not content.target:
        yield _error("target", "target", N_("A tooltip needs something to point at."))
    for target in dict.fromkeys(content.targets):
        if around.targets and target not in around.targets:
            yield _warning(
                "target_unknown",
                "target",
                N_("No page is known to have this target; it would be shown without."),
                target,
            )
    for target, routes in dict.fromkeys(_pointed_at(content)):
        yield from _of_place(target, routes, around)


def _pointed_at(content: Content) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each target with the routes it is pointed at on."""
    if content.target:
        yield content.target, content.routes
    for step in content.steps:
        if step.target:
            yield step.target, (step.route,) if step.route else content.routes


def _of_place(target: str, routes: tuple[str, ...], around: Surroundings) -> Iterator[Finding]:
    """A target that only the pages of the other kind have: `/home` is of an application."""
    whose = owners(routes)
    having = {own for own, targets in around.targets_of.items() if target in targets}
    if not having or having & whose:
        return
    yield _warning(
        "target_elsewhere",
        "target",
        N_("Only Firstmile’s own pages have this target: write its routes as firstmile:/home.")
        if True in having
        else N_("Only pages of yours have this target: write its routes as /orders."),
        target,
    )


def _of_audience(content: Content, around: Surroundings) -> Iterator[Finding]:
    if content.flag is not None and content.flag not in around.flags:
        yield _error(
            "unreachable", "flag", N_("There is no such flag, so nobody sees it."), content.flag
        )
    if content.when is None:
        return
    wrong = list(complaints_of_condition(content.when, "when"))
    for at, message in wrong:
        yield _broken("condition", at, message)
    if wrong:
        return
    for segment in sorted(set(segments_in(content.when)) - around.segments):
        yield _error("segment", "when", N_("There is no such segment."), segment)
    for attribute in sorted(set(attributes_in(content.when))):
        if attribute.partition(".")[0] not in ATTRIBUTES:
            yield _warning(
                "attribute",
                "when",
                N_("Nothing is known of this here, unless you tell it."),
                attribute,
            )
    if not can_be_met(content.when, ATTRIBUTES):
        yield _error("contradiction", "when", N_("Nobody can meet all of this at once."))


def _of_window(content: Content, now: datetime) -> Iterator[Finding]:
    begins, ends = content.begins_at, content.ends_at
    if any(at is not None and at.tzinfo is None for at in (begins, ends)):
        yield _broken("time", "beginsAt", N_("Give the moment with its time zone."))
    elif begins and ends and begins >= ends:
        yield _error("contradiction", "endsAt", N_("It ends before it begins."))
    elif ends and ends <= now:
        yield _error("unreachable", "endsAt", N_("Its end is past, so nobody sees it."))


def _of_gate(content: Content, around: Surroundings) -> Iterator[Finding]:
    needs = content.needs
    if content.kind is not Kind.GATE:
        if needs is not None:
            yield _broken("needs", "needs", N_("Only a gate asks for something."))
        return
    if needs is None or not (needs.roles or needs.permission or needs.steps or needs.flag):
        yield _error("needs", "needs", N_("A gate that asks for nothing is always open."))
        return
    if needs.flag is not None and needs.flag not in around.flags:
        yield _error("unreachable", "needs.flag", N_("There is no such flag."), needs.flag)
    for step in needs.steps:
        if step not in around.steps:
            yield _error("unreachable", "needs.steps", N_("There is no such step."), step)
    if needs.permission is not None and needs.permission not in around.permissions:
        yield _error(
            "unreachable", "needs.permission", N_("There is no such right."), needs.permission
        )
