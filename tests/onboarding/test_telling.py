"""Journeys are written once, and never told to somebody they do not belong to."""

from dataclasses import replace

from tests.onboarding.journeys import TOMORROW, a_journey, a_step, done

from firstmile.onboarding.models import State, Status
from firstmile.onboarding.telling import Telling

FIRST, SECOND = a_step("first"), a_step("second")


def test_two_people_at_the_same_point_are_told_the_same() -> None:
    telling, journey = Telling(), a_journey(FIRST, SECOND, first=done())

    assert telling.of(journey, "en") is telling.of(replace(journey), "en")


def test_another_point_or_language_is_told_anew() -> None:
    telling, steps = Telling(), (FIRST, SECOND)
    fresh = a_journey(*steps)
    further = replace(fresh, states={"first": done()})

    told = [telling.of(fresh, "en"), telling.of(fresh, "fr"), telling.of(further, "en")]

    assert len({one.tag for one in told}) == 3
    assert "en français" in told[1].body.decode()


def test_new_definitions_are_told_at_once() -> None:
    telling = Telling()
    telling.of(a_journey(FIRST), "en")

    told = telling.of(a_journey(SECOND), "en")

    assert b"second" in told.body
    assert b"first" not in told.body


def test_a_snoozed_step_wakes_for_who_looks_again() -> None:
    telling = Telling()
    asleep = a_journey(FIRST, first=State(Status.SNOOZED, 1, 1, TOMORROW))

    before = telling.of(asleep, "en")
    after = telling.of(replace(asleep, now=TOMORROW), "en")

    assert b'"snoozed"' in before.body
    assert b'"snoozed"' not in after.body
