"""What is allowed and unwise is warned of."""

from dataclasses import replace

from tests.conftest import ROOT
from tests.onboarding.journeys import a_step

from firstmile.onboarding.definitions import Definitions, read_definitions
from firstmile.onboarding.linting import warnings
from firstmile.onboarding.models import Definition


def warned(*steps: Definition) -> list[str]:
    return list(warnings(Definitions(list(steps))))


def test_the_steps_of_the_demo_are_wise() -> None:
    assert list(warnings(read_definitions(ROOT / "steps"))) == []


def test_a_text_that_is_missing_in_a_language() -> None:
    step = replace(a_step("tour"), titles={"en": "Tour"})

    assert warned(step) == ["step 'tour': title is missing in fr"]


def test_more_required_steps_in_a_row_than_people_finish() -> None:
    steps = [a_step(f"step-{number}") for number in range(6)]

    assert "6 required steps in a row, from 'step-0' to 'step-5'" in warned(*steps)[0]
    steps[3] = a_step("step-3", required=False)
    assert warned(*steps) == []


def test_a_step_that_waits_for_one_that_its_people_never_have() -> None:
    of_owners = a_step("billing", roles=frozenset({"owner"}))
    of_members = a_step("tour", "billing", roles=frozenset({"member"}))

    assert "step 'tour' waits for 'billing', which nobody has" in warned(of_owners, of_members)[0]
    assert warned(of_owners, a_step("tour", "billing")) == []


def test_a_bar_that_slows_toward_its_end() -> None:
    steps = [a_step(f"step-{number}", weight=weight) for number, weight in enumerate([1, 1, 2, 3])]

    assert "weighs 2.5 times as much" in warned(*steps)[0]
    assert warned(*steps[::-1]) == []
