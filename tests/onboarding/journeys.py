"""Builders of journeys that need no database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from firstmile.kernel.ids import UserId
from firstmile.onboarding.models import Definition, Journey, State, Status, Traveller

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DANA = UserId(UUID("0192f0c1-7a5e-7000-8000-00000000000d"))
TOMORROW = NOW + timedelta(days=1)


def a_step(key: str, *requires: str, **given: Any) -> Definition:
    """A step that a person may tick off."""
    texts = {"en": key, "fr": f"{key} en français"}
    defaults: dict[str, Any] = {"version": 1, "href": f"/onboarding/{key}", "by_person": True}
    return Definition(key, titles=texts, descriptions=texts, requires=requires, **defaults | given)


def done(row_version: int = 1) -> State:
    return State(Status.DONE, 1, row_version)


def a_journey(
    *steps: Definition, who: Traveller | None = None, **states: State | Status
) -> Journey:
    """A journey of Dana's at NOW; `states` by key, with _ for -."""
    stored = {
        key.replace("_", "-"): state if isinstance(state, State) else State(state, 1, 1)
        for key, state in states.items()
    }
    return Journey(who or Traveller(DANA), steps, stored, NOW)


def in_role(*roles: str, market: str | None = None, facts: tuple[str, ...] = ()) -> Traveller:
    """Dana with roles."""
    return Traveller(DANA, frozenset(roles), market, frozenset(facts))
