"""Support in the place of a person sees what they see, without power over the account."""

from typing import Any

import httpx
import jwt
import pytest
from tests.cast import Cast
from tests.identity.seats import ME, REASON, begin

from firstmile.identity.helping import Helping
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import SessionId, new_id
from firstmile.service import Service


async def test_staff_see_what_the_person_sees(cast: Cast) -> None:
    sam, dana = await cast.sam("support"), await cast.dana()

    seat = await begin(cast, sam, dana)

    assert (await seat.get(ME)).json()["user"]["email"] == dana.email
    assert (await seat.steps()).keys() == (await dana.steps()).keys()


async def test_the_token_says_who_acts_for_whom_and_is_not_renewed(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    """RFC 8693, section 4.1: `act` names the one who acts."""
    sam, dana = await cast.sam(), await cast.dana()
    path = f"/api/v1/admin/users/{dana.id}/impersonate"

    given = (await sam.post(path, {"reason": REASON})).json()

    claims = jwt.decode(given["accessToken"], options={"verify_signature": False})
    assert claims["sub"] == given["userId"] == str(dana.id)
    assert claims["act"] == {"sub": str(sam.id)}
    assert claims["amr"] == []
    assert claims["acr"] == "aal1"
    assert given["expiresIn"] <= 3600
    assert not [name for name in given if "refresh" in name.lower()]


@pytest.mark.parametrize("role", ["support", "operator", "admin"])
async def test_nobody_sits_in_the_place_of_staff(cast: Cast, role: str) -> None:
    sam = await cast.sam("admin")
    other = await cast.a_user("Oona").of_staff(role).signed_in()

    answer = await sam.post(f"/api/v1/admin/users/{other.id}/impersonate", {"reason": REASON})

    assert (answer.status_code, answer.json()["error"]) == (403, "staff_outranked")


async def test_nobody_sits_in_a_place_from_another_place(cast: Cast) -> None:
    sam, dana, alice = await cast.sam(), await cast.dana(), await cast.alice()
    seat = await begin(cast, sam, dana)

    answer = await seat.post(f"/api/v1/admin/users/{alice.id}/impersonate", {"reason": REASON})

    assert (answer.status_code, answer.json()["error"]) == (403, "not_while_impersonating")


async def test_an_account_that_is_closed_or_waits_is_not_entered(
    cast: Cast, service: Service
) -> None:
    sam = await cast.sam()
    await cast.a_user("Nora").unverified().registered()
    nora = await cast.user("Nora")
    dana = await cast.dana()
    await sam.post(f"/api/v1/admin/users/{dana.id}/lock", {"reason": REASON})

    told = []
    for user_id in (nora.id, dana.id):
        path = f"/api/v1/admin/users/{user_id}/impersonate"
        answer = await sam.post(path, {"reason": REASON})
        told.append((answer.status_code, answer.json()["error"]))

    assert told == [(403, "email_not_verified"), (403, "account_locked")]


async def test_the_second_factor_of_the_person_is_not_asked_and_not_proved(
    cast: Cast, db: Any
) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    await db.execute(
        "INSERT INTO totp_factors VALUES ($1, 'sealed', 0, now(), now())",
        dana.id,
    )

    seat = await begin(cast, sam, dana)

    claims = jwt.decode(seat.access_token, options={"verify_signature": False})
    assert (await seat.get(ME)).status_code == 200
    assert claims["acr"] == "aal1"


async def test_support_that_is_locked_itself_cannot_begin(cast: Cast, service: Service) -> None:
    boss = await cast.a_user("Boss").of_staff("admin").signed_in()
    sam, dana = await cast.sam("support"), await cast.dana()
    actor = Actor(boss.id, SessionId(new_id()), frozenset(), "en", True, staff_role="admin")
    async with service.works.begin() as work:
        await service.parts.get(Helping).lock(work, actor, sam.id, REASON)

    answer = await sam.post(f"/api/v1/admin/users/{dana.id}/impersonate", {"reason": REASON})

    assert answer.status_code == 401
