"""What is allowed in steps and still unwise: told as warnings, apart from mistakes."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from firstmile.kernel.languages import LANGUAGES, N_
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.files.linting.advice import Advice
from firstmile.onboarding.files.linting.audiences import (
    OWN,
    can_meet,
    foreign_attributes,
    is_for_everybody,
    looks_like,
)
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.requirements import Need
from firstmile.onboarding.step_models import Definition
from firstmile.targeting.conditions import Condition

MOST_IN_A_ROW = 5  # completion drops beyond (Appcues); what may wait can be optional
HEAVIER = 2.0  # times: a bar that slows toward its end makes people leave (Villar et al. 2013)
ENOUGH = 4  # steps; of fewer no halves are compared

UNTITLED = N_("'%(name)s': the title is missing in %(languages)s")
UNDESCRIBED = N_("'%(name)s': the description is missing in %(languages)s")
ROLES_APART = N_(
    "'%(name)s' waits for %(steps)s, which nobody has who has this:"
    " their roles or markets never meet"
)
WHEN_APART = N_(
    "'%(name)s' waits for %(steps)s, which nobody has who has this:"
    " their `when:` and `markets:` never hold together"
)
EVERYBODY = N_("'%(name)s': everybody meets this `when:`, leave it out")
MISTYPED = N_(
    "'%(name)s' asks for '%(attribute)s', which nobody has: '%(meant)s' is meant, perhaps"
)
NEVER_TOLD = N_("'%(name)s' asks for '%(attribute)s', which your server has told of nobody so far")
WITHOUT_PROJECT = N_(
    "'%(name)s' is of a project: let it wait for a step whose fact is 'project_joined', so that"
    " people know what comes first"
)
SLOWING = N_(
    "the later half of the steps weighs %(times)s times as much as the earlier: the bar slows"
    " toward the end, where people leave. Let early steps weigh more, or split the late ones"
)


def warnings(definitions: Definitions, told: frozenset[str] | None = None) -> Iterator[Advice]:
    """One sentence for each thing, in the order of the steps.

    `told` are the attributes that the customer's server told of anybody; None is not known.
    """
    steps, routes = definitions.steps, definitions.routes
    yield from _untranslated(steps)
    yield from _long_rows(steps)
    for step in steps:
        yield from _of_one(step.key, step, step.needs, steps, told)
    yield from _without_project(steps)
    for route in routes:
        yield from _of_one(route.path, route, route.requirements, steps, told)
    yield from _slowing(steps)


def _untranslated(steps: Sequence[Definition]) -> Iterator[Advice]:
    for step in steps:
        for told, texts in ((UNTITLED, step.titles), (UNDESCRIBED, step.descriptions)):
            if missing := [language for language in LANGUAGES if not texts.get(language)]:
                facts = {"name": step.key, "languages": ", ".join(missing)}
                yield Advice("translation_missing", told, facts)


def _long_rows(steps: Sequence[Definition]) -> Iterator[Advice]:
    for is_required, row in groupby(steps, key=lambda step: step.required):
        keys = [step.key for step in row]
        if is_required and len(keys) > MOST_IN_A_ROW:
            yield Advice(
                "long_row",
                N_(
                    "%(count)s required steps in a row, from '%(first)s' to '%(last)s':"
                    " fewer people finish more than %(most)s"
                ),
                {"count": len(keys), "first": keys[0], "last": keys[-1], "most": MOST_IN_A_ROW},
            )


def _of_one(
    name: str,
    meant: Definition | GatedRoute,
    needs: Sequence[Need],
    steps: Sequence[Definition],
    told: frozenset[str] | None,
) -> Iterator[Advice]:
    yield from _apart(name, meant, needs, steps)
    if meant.when is not None:
        yield from _of_condition(name, meant.when, told)


def _apart(
    name: str, meant: Definition | GatedRoute, needs: Sequence[Need], steps: Sequence[Definition]
) -> Iterator[Advice]:
    """A step of others never stands in the way, so what it should hold back is open."""
    by_key = {step.key: step for step in steps}
    for need in needs:
        others = [by_key[key] for key in need.any_of if key in by_key]
        facts = {"name": name, "steps": ", ".join(f"'{other.key}'" for other in others)}
        if others and not any(_have_both(meant, other) for other in others):
            yield Advice("roles_apart", ROLES_APART, facts)
        elif others and not any(can_meet(meant, other) for other in others):
            yield Advice("when_apart", WHEN_APART, facts)


def _of_condition(name: str, when: Condition, told: frozenset[str] | None) -> Iterator[Advice]:
    if is_for_everybody(when):
        yield Advice("when_everybody", EVERYBODY, {"name": name})
    for attribute in foreign_attributes(when):
        if attribute in (told or ()):
            continue
        facts = {"name": name, "attribute": attribute}
        if meant := looks_like(attribute, frozenset(OWN) | (told or frozenset())):
            yield Advice("attribute_unknown", MISTYPED, facts | {"meant": meant})
        elif told is not None:
            yield Advice("attribute_unknown", NEVER_TOLD, facts)


def _without_project(steps: Sequence[Definition]) -> Iterator[Advice]:
    """Whoever comes to it without a project stands before a closed door."""
    by_key = {step.key: step for step in steps}
    for step in steps:
        if step.is_shared and not _waits_for_project(step, by_key):
            yield Advice("without_project", WITHOUT_PROJECT, {"name": step.key})


def _waits_for_project(step: Definition, by_key: Mapping[str, Definition]) -> bool:
    waiting, seen = [step], {step.key}
    while waiting:
        keys = {key for need in waiting.pop().needs for key in need.any_of if key in by_key}
        found = [by_key[key] for key in keys - seen]
        if any(one.fact == "project_joined" for one in found):
            return True
        seen |= keys
        waiting += found
    return False


def _have_both(one: Definition | GatedRoute, other: Definition) -> bool:
    roles = not one.roles or not other.roles or one.roles & other.roles
    markets = (
        not one.markets
        or not other.markets
        or "*" in one.markets | other.markets
        or one.markets & other.markets
    )
    return bool(roles and markets)


def _slowing(steps: Sequence[Definition]) -> Iterator[Advice]:
    if len(steps) < ENOUGH:
        return
    half = len(steps) // 2
    early = sum(step.weight for step in steps[:half]) / half
    late = sum(step.weight for step in steps[-half:]) / half
    if late >= HEAVIER * early:
        yield Advice("slowing", SLOWING, {"times": late / early})
