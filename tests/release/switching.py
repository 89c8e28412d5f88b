"""Switching as those who run the place do, and waiting until it holds."""

from typing import Any

import httpx
from tests.cast import Cast, Person
from tests.waiting import until

from firstmile.protect.switches import Area

ADMIN = "/api/v1/admin/kill-switch"
WHY = {"reason": "Steps that nobody can finish, INC-7"}
AGAIN = {"reason": "Steps repaired"}


async def activate(staff: Person, area: str, body: Any = WHY) -> httpx.Response:
    return await staff.post(f"{ADMIN}/{area}/activate", body)


async def deactivate(staff: Person, area: str, body: Any = AGAIN) -> httpx.Response:
    return await staff.post(f"{ADMIN}/{area}/deactivate", body)


async def switched_off(cast: Cast, staff: Person, *areas: str) -> None:
    """Off, and in force in this process."""
    for area in areas:
        assert (await activate(staff, area)).status_code == 200
        await until(lambda one=area: cast.service.switches.is_off(Area(one)))  # type: ignore[misc]


async def switched_on(cast: Cast, staff: Person, area: str) -> None:
    """On again, and in force in this process."""
    assert (await deactivate(staff, area)).status_code == 200
    await until(lambda: not cast.service.switches.is_off(Area(area)))
