"""Staff do what their role allows, to whom they outrank, and nobody else does."""

import httpx
import pytest
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.helpdesk import CHANGES, USERS, do, told

from firstmile.identity.helping import outranks
from firstmile.kernel.access import StaffRole


@pytest.mark.asvs("8.2.1")
async def test_who_is_not_staff_sees_and_does_nothing(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dana, alice = await cast.dana(), await cast.alice()

    for what in ("", "/sessions", "/factors", "/events"):
        path = f"{USERS}/{dana.id}{what}"
        assert told(await alice.get(path)) == (403, "staff_required")
        assert (await client.get(path)).status_code == 401
    for what, body in CHANGES:
        assert told(await do(alice, dana, what, body)) == (403, "staff_required")
    assert told(await alice.get(USERS)) == (403, "staff_required")


@pytest.mark.asvs("8.2.1")
async def test_support_may_help_and_not_lock(cast: Cast) -> None:
    sam, dana = await cast.sam("support"), await cast.dana()

    answers = {what: (await do(sam, dana, what, body)).status_code for what, body in CHANGES}

    assert answers == {
        "send-reset": 204,
        "end-sessions": 200,
        "lock": 403,
        "unlock": 403,
        "impersonate": 200,
    }


async def test_every_change_asks_for_a_credential_shown_lately(
    cast: Cast, clock: MovedClock
) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    clock.pass_by(minutes=11)

    for what, body in CHANGES:
        assert told(await do(sam, dana, what, body)) == (403, "step_up_required")


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("support", "support"), ("operator", "admin"), ("operator", "operator"), ("admin", "admin")],
)
async def test_nobody_touches_staff_who_stand_as_high(cast: Cast, mine: str, theirs: str) -> None:
    sam = await cast.sam(mine)
    other = await cast.a_user("Oona").of_staff(theirs).signed_in()

    answers = [await do(sam, other, what, body) for what, body in CHANGES]

    refusals = {answer.json()["error"] for answer in answers}
    assert {answer.status_code for answer in answers} == {403}
    assert refusals <= {"staff_outranked", "permission_required"}
    assert (await other.get("/api/v1/auth/me")).status_code == 200


async def test_nobody_helps_themselves(cast: Cast) -> None:
    sam = await cast.sam()

    for what, body in CHANGES:
        assert told(await do(sam, sam, what, body)) == (403, "staff_outranked")


def test_the_ranks_of_staff_are_strict() -> None:
    roles = [None, *StaffRole]

    higher = {(mine, theirs) for mine in roles for theirs in roles if outranks(mine, theirs)}

    assert higher == {(roles[i], roles[j]) for i in range(4) for j in range(i)}
