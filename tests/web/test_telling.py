"""What the pages say of a journey."""

from datetime import UTC, datetime

import pytest
from tests.onboarding.journeys import NOW, TOMORROW, a_journey, a_step, done

from firstmile.onboarding.models import Journey, State, Status
from firstmile.web.telling import market_choices, time_zone_choices, told_journey, told_step

FIRST, SECOND = a_step("first"), a_step("second", "first")
OPTIONAL = a_step("optional", required=False)


def tools(journey: Journey, key: str) -> dict[str, bool]:
    """Which of the buttons beside a step are shown."""
    told = told_step(journey, journey.step(key), "en")
    return {name: told[name] for name in ("canSkip", "canSnooze")}


def test_a_locked_step_links_to_what_stands_before_it() -> None:
    journey = a_journey(FIRST, SECOND)

    assert told_step(journey, SECOND, "fr")["blockedBy"] == [
        {"key": "first", "title": "first en français", "href": "/onboarding/first"}
    ]


@pytest.mark.parametrize(
    ("key", "state", "shown"),
    [
        ("first", State(), {"canSkip": False, "canSnooze": True}),
        ("optional", State(), {"canSkip": True, "canSnooze": True}),
        ("optional", State(Status.IN_PROGRESS), {"canSkip": True, "canSnooze": True}),
        ("optional", done(), {"canSkip": False, "canSnooze": False}),
        ("optional", State(Status.SKIPPED), {"canSkip": False, "canSnooze": False}),
        (
            "optional",
            State(Status.SNOOZED, 1, 1, TOMORROW),
            {"canSkip": True, "canSnooze": False},
        ),
        ("second", State(), {"canSkip": False, "canSnooze": False}),
    ],
)
def test_only_the_buttons_that_would_work_are_shown(
    key: str, state: State, shown: dict[str, bool]
) -> None:
    assert tools(a_journey(FIRST, SECOND, OPTIONAL, who=None, **{key: state}), key) == shown


def test_a_sleeping_step_says_until_when_in_the_persons_language() -> None:
    until = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
    journey = a_journey(FIRST, first=State(Status.SNOOZED, 1, 1, until))

    assert told_step(journey, FIRST, "en")["snoozedUntil"] == "March 8, 2026"
    assert told_step(journey, FIRST, "fr")["snoozedUntil"] == "8 mars 2026"


def test_a_step_that_woke_says_no_moment() -> None:
    journey = a_journey(FIRST, first=State(Status.SNOOZED, 1, 1, NOW))

    assert told_step(journey, FIRST, "en")["snoozedUntil"] is None


def test_whoever_becomes_activated_is_told_so_at_once() -> None:
    assert told_journey(a_journey(FIRST, first=done()), "en")["activated"] is True
    assert told_journey(a_journey(FIRST), "en")["activated"] is False


@pytest.mark.parametrize(("language", "last"), [("en", "Somewhere else"), ("fr", "Ailleurs")])
def test_the_rest_of_the_world_is_the_last_market(language: str, last: str) -> None:
    choices = market_choices(language)

    assert choices[-1] == {"code": "OTHER", "name": last}
    names = [choice["name"] for choice in choices[:-1]]
    assert names == sorted(names)


def test_every_time_zone_is_offered_once_by_region() -> None:
    choices = time_zone_choices()
    names = [zone["name"] for region in choices for zone in region["zones"]]

    assert len(set(names)) == len(names)
    assert {"name": "America/Toronto", "label": "Toronto"} in next(
        region["zones"] for region in choices if region["region"] == "America"
    )
