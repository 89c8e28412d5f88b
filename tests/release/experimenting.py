"""Who runs experiments, and who comes into them."""

from typing import Any

import httpx
import pytest
from tests.cast import Cast, Person

from firstmile.release.experiments import Asker

SIGN_UP = "sign-up-encouragement"
OF_VISITORS: dict[str, Any] = {"flagKey": SIGN_UP, "unit": "visitor", "goals": ["registered"]}


@pytest.fixture
async def sam(cast: Cast) -> Person:
    """An operator, who owns the experiments."""
    return await cast.sam("operator")


def visitors(count: int) -> list[Asker]:
    """Browsers of people nobody knows, who agreed to be counted."""
    return [Asker(visitor=f"browser-{n}", agrees=True) for n in range(count)]


async def checklist(person: Person, **headers: str) -> httpx.Response:
    """The page on which the experiment shows."""
    answer = await person.client.get("/onboarding", headers=person.headers | headers)
    assert answer.status_code == 200, answer.text
    return answer
