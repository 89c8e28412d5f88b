"""Support in the place of a person: seen by all, short, and without power over the account."""

from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from tests.cast import Cast, Person, text_of
from tests.clock import MovedClock

from firstmile.identity import events_staff, store_people
from firstmile.identity.browsers import Browser
from firstmile.identity.helping import Helping
from firstmile.identity.impersonation import Impersonation
from firstmile.identity.sessions import PERSON_TOPIC, Issued
from firstmile.kernel.access import Actor
from firstmile.kernel.events import PersonalEvent
from firstmile.kernel.ids import SessionId, new_id
from firstmile.kernel.refusals import Forbidden
from firstmile.service import Service

REASON = "Ticket 4711: the checklist does not load"
ME = "/api/v1/auth/me"
END = "/api/v1/admin/impersonation/end"
BROWSER = Browser("Firefox on Linux", "203.0.113.0/24", None)


async def begin(cast: Cast, staff: Person, person: Person) -> Person:
    """The staff member in the person's place."""
    path = f"/api/v1/admin/users/{person.id}/impersonate"
    answer = await staff.post(path, {"reason": REASON})
    assert answer.status_code == 200, answer.text
    cast.client.cookies.clear()
    token = answer.json()["accessToken"]
    return Person(person.name, person.id, token, "", cast.client)


async def issued(service: Service, staff: Person, person: Person) -> Issued:
    """The same without HTTP, with all that a session has."""
    actor = Actor(staff.id, SessionId(new_id()), frozenset(), "en", True, staff_role="admin")
    async with service.works.begin() as work:
        return await service.parts.get(Impersonation).begin(work, actor, person.id, REASON, BROWSER)


async def events_of(staff: Person, person: Person, *kinds: str) -> list[dict[str, Any]]:
    answer = await staff.get(f"/api/v1/admin/users/{person.id}/events")
    return [one for one in answer.json()["items"] if one["kind"] in kinds]


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


async def test_the_application_behind_the_gate_hears_who_acts(cast: Cast) -> None:
    sam, alice = await cast.sam(), await cast.alice()
    seat = await begin(cast, sam, alice)

    through, own = [
        await person.get("/api/v1/gate", params={"route": "/anywhere"}) for person in (seat, alice)
    ]

    assert through.headers["x-firstmile-user"] == str(alice.id)
    assert through.headers["x-firstmile-impersonator"] == str(sam.id)
    assert "x-firstmile-impersonator" not in own.headers


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


async def test_the_person_sees_that_support_looked_and_why(cast: Cast) -> None:
    sam, dana = await cast.sam("support"), await cast.dana()
    seat = await begin(cast, sam, dana)
    await seat.post(END)

    ended, began = await events_of(sam, dana, "impersonation_began", "impersonation_ended")

    assert began["staffId"] == ended["staffId"] == str(sam.id)
    assert began["facts"]["reason"] == REASON
    assert began["facts"]["session_id"] == ended["facts"]["session_id"]
    listed = (await dana.get("/api/v1/auth/sessions")).json()["items"]
    assert [one["isSupport"] for one in listed] == [False]


async def test_the_person_sees_the_session_and_may_end_it(cast: Cast) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    seat = await begin(cast, sam, dana)
    listed = (await dana.get("/api/v1/auth/sessions")).json()["items"]
    (theirs,) = [one["id"] for one in listed if one["isSupport"]]

    await cast.client.delete(f"/api/v1/auth/sessions/{theirs}", headers=dana.headers)

    assert (await seat.get(ME)).status_code == 401


async def test_the_person_is_told_by_mail(cast: Cast) -> None:
    sam, dana = await cast.sam(), await cast.dana()

    await begin(cast, sam, dana)

    mails = [m for m in await cast.mails(dana.email) if "looked at your account" in m["Subject"]]
    assert len(mails) == 1
    assert REASON in text_of(mails[0])


async def test_an_operator_may_switch_the_mail_off(cast: Cast, service: Service) -> None:
    service.settings.tell_of_impersonation = False
    sam, dana = await cast.sam(), await cast.dana()

    await begin(cast, sam, dana)

    assert not [m for m in await cast.mails(dana.email) if "looked at" in m["Subject"]]


async def test_every_seat_is_kept_with_its_reason(cast: Cast, service: Service, db: Any) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    seat = await issued(service, sam, dana)

    row = await db.fetchrow(
        "SELECT impersonator_id, impersonation_reason FROM sessions WHERE id = $1",
        seat.session.id,
    )

    assert tuple(row) == (sam.id, REASON)
    assert seat.session.expires_at - seat.session.created_at == timedelta(hours=1)


async def test_what_is_said_above_the_pages_is_of_the_seat_alone(
    cast: Cast, service: Service
) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    taken = await issued(service, sam, dana)

    async with service.database.lease() as db:
        seat = await store_people.seat(db, taken.session.id)
        own = await db.fetchval("SELECT id FROM sessions WHERE user_id = $1", sam.id)
        none = await store_people.seat(db, SessionId(own))

    assert seat is not None
    assert (seat.name, seat.reason) == ("Dana Example", REASON)
    assert none is None


def test_events_of_staff_name_them() -> None:
    """So that the log of an account says who of them it was."""
    kinds = [
        kind
        for kind in vars(events_staff).values()
        if isinstance(kind, type) and issubclass(kind, PersonalEvent) and kind is not PersonalEvent
    ]

    assert len(kinds) >= 7
    assert [kind for kind in kinds if "staff_id" not in kind.__struct_fields__] == []


async def test_support_that_is_locked_itself_cannot_begin(cast: Cast, service: Service) -> None:
    boss = await cast.a_user("Boss").of_staff("admin").signed_in()
    sam, dana = await cast.sam("support"), await cast.dana()
    actor = Actor(boss.id, SessionId(new_id()), frozenset(), "en", True, staff_role="admin")
    async with service.works.begin() as work:
        await service.parts.get(Helping).lock(work, actor, sam.id, REASON)

    answer = await sam.post(f"/api/v1/admin/users/{dana.id}/impersonate", {"reason": REASON})

    assert answer.status_code == 401


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
