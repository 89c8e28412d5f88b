"""Support leaves the place of a person: by itself, with its role, or when the person says so."""

import httpx
import pytest
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.seats import END, ME, REASON, begin, issued

from firstmile.identity.impersonation import Impersonation
from firstmile.identity.sessions import PERSON_TOPIC, Issued
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import SessionId, new_id
from firstmile.kernel.refusals import Forbidden
from firstmile.service import Service


async def test_a_refresh_token_of_such_a_session_opens_nothing(
    cast: Cast, service: Service, client: httpx.AsyncClient
) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    seat = await issued(service, sam, dana)

    answer = await client.post("/api/v1/auth/refresh", json={"refreshToken": seat.refresh_token})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_refresh_token")


async def test_it_ends_with_the_hour_however_busy_it_is(cast: Cast, clock: MovedClock) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    seat = await begin(cast, sam, dana)

    statuses = []
    for _ in range(4):
        clock.pass_by(minutes=20)
        statuses.append((await seat.get(ME)).status_code)

    assert statuses == [200, 200, 401, 401]


async def test_who_leaves_the_seat_is_out_at_once(cast: Cast) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    seat = await begin(cast, sam, dana)

    left, own = await seat.post(END), await sam.post(END)

    assert left.status_code == 204
    assert (await seat.get(ME)).status_code == 401
    assert (own.status_code, own.json()["error"]) == (403, "not_impersonating")
    assert (await sam.get(ME)).status_code == 200


@pytest.mark.parametrize("change", ["role", "lock"])
async def test_it_ends_at_once_with_the_role_of_who_sits_there(
    cast: Cast, service: Service, change: str
) -> None:
    boss = await cast.a_user("Boss").of_staff("admin").signed_in()
    sam, dana = await cast.sam("support"), await cast.dana()
    seat = await begin(cast, sam, dana)
    assert (await seat.get(ME)).status_code == 200

    if change == "lock":
        answer = await boss.post(f"/api/v1/admin/users/{sam.id}/lock", {"reason": REASON})
        assert answer.status_code == 204
    else:
        await cast.make_staff("Sam", None)
        async with service.works.begin() as work:
            await service.hints.tell_with(work, PERSON_TOPIC, str(sam.id))

    assert (await seat.get(ME)).status_code == 401


async def test_it_ends_when_the_person_becomes_staff(cast: Cast, service: Service) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    seat = await begin(cast, sam, dana)

    await cast.make_staff("Dana", "support")

    assert (await seat.get(ME)).status_code == 401


async def test_it_ends_with_every_session_of_who_sits_there(cast: Cast) -> None:
    """A thief of a staff member's session loses the seats they took with it."""
    sam, dana = await cast.sam(), await cast.dana()
    seat = await begin(cast, sam, dana)
    assert (await seat.get(ME)).status_code == 200

    await sam.post("/api/v1/auth/sessions/end-others")

    assert (await seat.get(ME)).status_code == 401
    assert (await sam.get(ME)).status_code == 200
    assert (await dana.get(ME)).status_code == 200


async def test_the_own_session_is_given_back_to_its_own_seat_alone(
    cast: Cast, service: Service
) -> None:
    """The sealed cookie of one seat is worthless in another, and in anybody's own session."""
    sam, dana, alice = await cast.sam(), await cast.dana(), await cast.alice()
    parts = service.parts.get(Impersonation)
    first, second = await issued(service, sam, dana), await issued(service, sam, alice)
    login = {"email": sam.email, "password": "correct horse 9 battery"}
    await cast.client.post("/api/v1/auth/login", json=login)
    own = cast.client.cookies["session"]
    kept = parts.set_aside(own, first.session.id)

    def sitting(seat: Issued) -> Actor:
        session = seat.session
        return Actor(session.user_id, session.id, frozenset(), "en", True, impersonator_id=sam.id)

    async with service.works.begin() as work:
        right = await parts.taken_back(work, sitting(first), kept)
        wrong = await parts.taken_back(work, sitting(second), kept)
        broken = await parts.taken_back(work, sitting(first), kept[:-4] + "AAAA")
        nothing = await parts.taken_back(work, sitting(first), "")
        other = parts.set_aside(second.cookie or "", first.session.id)
        chained = await parts.taken_back(work, sitting(first), other)

    assert right is not None
    assert (right[0], right[1].user_id) == (own, sam.id)
    assert [wrong, broken, nothing, chained] == [None] * 4


async def test_only_who_sits_in_a_place_leaves_it(cast: Cast, service: Service) -> None:
    sam = await cast.sam()
    actor = Actor(sam.id, SessionId(new_id()), frozenset(), "en", True, staff_role="admin")

    async with service.works.begin() as work:
        with pytest.raises(Forbidden):
            await service.parts.get(Impersonation).end(work, actor)
