"""What is allowed in steps and still unwise: told as warnings, apart from mistakes."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from firstmile.kernel.languages import LANGUAGES
from firstmile.onboarding.definitions import Definitions
from firstmile.onboarding.step_models import Definition

MOST_IN_A_ROW = 5  # completion drops beyond (Appcues); what may wait can be optional
HEAVIER = 2.0  # times: a bar that slows toward its end makes people leave (Villar et al. 2013)
ENOUGH = 4  # steps; of fewer no halves are compared


def warnings(definitions: Definitions) -> Iterator[str]:
    """One sentence for each thing, in the order of the steps."""
    steps = definitions.steps
    yield from _untranslated(steps)
    yield from _long_rows(steps)
    yield from _unreachable(steps)
    yield from _slowing(steps)


def _untranslated(steps: Sequence[Definition]) -> Iterator[str]:
    for step in steps:
        for name, texts in (("title", step.titles), ("description", step.descriptions)):
            missing = [language for language in LANGUAGES if not texts.get(language)]
            if missing:
                yield f"step '{step.key}': {name} is missing in {', '.join(missing)}"


def _long_rows(steps: Sequence[Definition]) -> Iterator[str]:
    for is_required, row in groupby(steps, key=lambda step: step.required):
        keys = [step.key for step in row]
        if is_required and len(keys) > MOST_IN_A_ROW:
            yield (
                f"{len(keys)} required steps in a row, from '{keys[0]}' to '{keys[-1]}':"
                f" fewer people finish more than {MOST_IN_A_ROW}"
            )


def _unreachable(steps: Sequence[Definition]) -> Iterator[str]:
    """A step of others never stands in the way, so what it should hold back is open."""
    by_key = {step.key: step for step in steps}
    for step in steps:
        for need in step.needs:
            others = [by_key[key] for key in need.any_of if key in by_key]
            if others and not any(_meet(step, other) for other in others):
                named = " or ".join(f"'{other.key}'" for other in others)
                yield (
                    f"step '{step.key}' waits for {named}, which nobody has who has this step:"
                    " their roles or markets never meet"
                )


def _meet(one: Definition, other: Definition) -> bool:
    roles = not one.roles or not other.roles or one.roles & other.roles
    markets = (
        not one.markets
        or not other.markets
        or "*" in one.markets | other.markets
        or one.markets & other.markets
    )
    return bool(roles and markets)


def _slowing(steps: Sequence[Definition]) -> Iterator[str]:
    if len(steps) < ENOUGH:
        return
    half = len(steps) // 2
    early = sum(step.weight for step in steps[:half]) / half
    late = sum(step.weight for step in steps[-half:]) / half
    if late >= HEAVIER * early:
        yield (
            f"the later half of the steps weighs {late / early:.1f} times as much as the earlier:"
            " the bar slows toward the end, where people leave. Let early steps weigh more, or"
            " split the late ones"
        )
