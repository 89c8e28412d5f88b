"""Steps that wait for any of several: which are named, and which leads on."""

import msgspec
import pytest
from tests.onboarding.journeys import (
    a_journey,
    a_step,
    done,
    in_role,
)
from tests.onboarding.test_models import FIRST, PAYMENTS, statuses

from firstmile.onboarding.models import (
    Definition,
    State,
    Status,
    StepBlockedNow,
)
from firstmile.onboarding.requirements import Fix, Need

CARD, INVOICE = a_step("card"), a_step("invoice", roles=frozenset({"owner"}))
PAID = Need(("card", "invoice"), {"en": "We need a way to bill you."}, Fix(step="invoice"))
LAUNCH = a_step("launch", "first", requires_any=(PAID,))


def test_any_step_of_a_group_is_enough_and_all_groups_are_needed() -> None:
    def status(**states: State | Status) -> str:
        journey = a_journey(FIRST, CARD, INVOICE, LAUNCH, who=in_role("owner"), **states)
        return statuses(journey)["launch"]

    assert status(first=done()) == "locked"
    assert status(card=done()) == "locked"
    assert status(first=done(), card=done()) == "todo"
    assert status(first=done(), invoice=Status.SKIPPED) == "todo"


def test_a_group_none_of_whose_steps_are_for_the_person_never_blocks() -> None:
    owners = a_step("owners", requires_any=(Need(("invoice", "payments")),))

    assert statuses(a_journey(INVOICE, PAYMENTS, owners, who=in_role("member"))) == {
        "owners": "todo"
    }


def test_of_a_group_only_the_steps_for_the_person_are_named() -> None:
    bob = a_journey(FIRST, CARD, INVOICE, LAUNCH, who=in_role("member"), first=done())

    assert [need.any_of for need in bob.unmet(LAUNCH.needs)] == [("card",)]
    assert bob.blockers(LAUNCH) == ["card"]
    assert bob.next_toward(["launch"]) == "card"


def test_whoever_is_blocked_is_told_each_reason_and_led_to_the_preferred_step() -> None:
    alice = a_journey(FIRST, CARD, INVOICE, LAUNCH, who=in_role("owner"), first=done())

    with pytest.raises(StepBlockedNow) as refusal:
        alice.settle("launch", Status.DONE, seen=0)

    assert refusal.value.facts == {"blockedBy": ["card", "invoice"], "nextStep": "invoice"}
    assert msgspec.to_builtins(refusal.value.facts_in("fr")["reasons"]) == [
        {
            "kind": "any",
            "message": "We need a way to bill you.",
            "steps": ("card", "invoice"),
            "fix": {"href": "/onboarding/invoice", "step": "invoice"},
        }
    ]


def test_a_definition_that_was_stored_before_groups_still_reads() -> None:
    stored = msgspec.json.encode(LAUNCH)
    old = {k: v for k, v in msgspec.json.decode(stored).items() if k != "requires_any"}

    assert "needs" not in old
    assert msgspec.json.decode(stored, type=Definition) == LAUNCH
    assert msgspec.convert(old, Definition).needs == (Need(("first",)),)
