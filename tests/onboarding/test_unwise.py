"""What is allowed and unwise is warned of."""

from collections.abc import Sequence
from dataclasses import replace

from tests.conftest import ROOT
from tests.onboarding.journeys import a_step

from firstmile.onboarding.files.definitions import Definitions, read_definitions
from firstmile.onboarding.files.linting.advice import CODES, Advice
from firstmile.onboarding.files.linting.unwise import warnings
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.models import Definition
from firstmile.onboarding.requirements import Need
from firstmile.targeting.conditions import Condition, Op

PRO, FREE = (Condition(attribute="plan", values=(plan,)) for plan in ("pro", "free"))


def found(
    *steps: Definition, routes: Sequence[GatedRoute] = (), told: frozenset[str] | None = None
) -> list[Advice]:
    return list(warnings(Definitions(list(steps), list(routes)), told))


def warned(*steps: Definition) -> list[str]:
    return [one.told() for one in found(*steps)]


def codes(*steps: Definition, told: frozenset[str] | None = None) -> list[str]:
    return [one.code for one in found(*steps, told=told)]


def test_the_steps_of_the_demo_are_wise() -> None:
    assert list(warnings(read_definitions(ROOT / "steps"))) == []


def test_a_text_that_is_missing_in_a_language() -> None:
    step = replace(a_step("tour"), titles={"en": "Tour"})

    assert warned(step) == ["'tour': the title is missing in fr"]


def test_more_required_steps_in_a_row_than_people_finish() -> None:
    steps = [a_step(f"step-{number}") for number in range(6)]

    assert "6 required steps in a row, from 'step-0' to 'step-5'" in warned(*steps)[0]
    steps[3] = a_step("step-3", required=False)
    assert warned(*steps) == []


def test_a_step_that_waits_for_one_that_its_people_never_have() -> None:
    of_owners = a_step("billing", roles=frozenset({"owner"}))
    of_members = a_step("tour", "billing", roles=frozenset({"member"}))

    assert "'tour' waits for 'billing', which nobody has" in warned(of_owners, of_members)[0]
    assert warned(of_owners, a_step("tour", "billing")) == []


def test_a_bar_that_slows_toward_its_end() -> None:
    steps = [a_step(f"step-{number}", weight=weight) for number, weight in enumerate([1, 1, 2, 3])]

    assert "weighs 2.5 times as much" in warned(*steps)[0]
    assert "pèse 2,5 fois" in found(*steps)[0].told("fr")
    assert warned(*steps[::-1]) == []


def test_a_step_that_waits_for_one_whose_condition_never_holds_with_its_own() -> None:
    either = Condition(any_of=(PRO, FREE))
    paid = a_step("pay", when=PRO)

    never = found(paid, a_step("tour", "pay", when=Condition(none_of=(PRO,))))
    assert [(one.code, one.facts["steps"]) for one in never] == [("when_apart", "'pay'")]
    assert codes(paid, a_step("tour", "pay", when=either)) == []
    assert codes(paid, a_step("tour", "pay")) == []


def test_one_of_a_group_that_its_people_have_is_enough() -> None:
    steps = [a_step("pay", when=PRO), a_step("agree")]
    needs = (Need(("pay", "agree")),)
    lapsed = a_step("tour", requires_any=needs, when=Condition(none_of=(PRO,)))

    assert codes(*steps, lapsed) == []
    assert codes(steps[0], lapsed) == ["when_apart"]


def test_the_markets_beside_a_condition_are_part_of_it() -> None:
    french = a_step("vat", markets=frozenset({"FR"}))
    here = Condition(attribute="market", values=("CA",))

    assert codes(french, a_step("tour", "vat", when=here)) == ["when_apart"]
    assert codes(french, a_step("tour", "vat", when=here, markets=frozenset({"*"}))) == [
        "when_apart"
    ]


def test_a_route_that_waits_for_a_step_nobody_has_who_may_pass() -> None:
    route = GatedRoute("/billing", ("pay",), when=Condition(none_of=(PRO,)))

    advice = found(a_step("pay", when=PRO), routes=[route])

    assert [one.code for one in advice] == ["when_apart"]
    assert advice[0].told().startswith("'/billing' waits for 'pay'")


def test_a_condition_that_everybody_meets() -> None:
    always = Condition(any_of=(PRO, Condition(attribute="plan", op=Op.IS_NOT, values=("pro",))))
    in_a_role = Condition(attribute="roles", values=("owner", "admin", "member", "viewer"))

    assert codes(a_step("tour", when=always)) == ["when_everybody"]
    assert codes(a_step("tour", when=in_a_role)) == []  # somebody may have none yet


def test_an_attribute_that_is_told_of_nobody() -> None:
    step = a_step("tour", when=PRO)

    assert codes(step) == []
    assert codes(step, told=frozenset({"plan", "seats"})) == []
    assert codes(step, told=frozenset({"seats"})) == ["attribute_unknown"]


def test_an_attribute_that_looks_mistyped() -> None:
    mistyped = [
        a_step("tour", when=Condition(attribute=name, values=("owner",)))
        for name in ("role", "Market", "marketing")
    ]

    assert [one.facts["meant"] for one in found(*mistyped)] == ["roles", "market"]
    told = frozenset({"features"})
    feature = a_step("tour", when=Condition(attribute="feature", values=("sso",)))
    assert [one.facts["meant"] for one in found(feature, told=told)] == ["features"]


def test_each_code_is_listed() -> None:
    source = (ROOT / "src/firstmile/onboarding/files/linting/unwise.py").read_text()

    assert {one for one in CODES if f'"{one}"' in source} == set(CODES) - {"when_nobody"}
