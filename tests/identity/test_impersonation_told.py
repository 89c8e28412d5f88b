"""That support was in the place of a person is told to all whom it concerns."""

from datetime import timedelta
from typing import Any

from tests.cast import Cast, text_of
from tests.identity.seats import END, ME, REASON, begin, events_of, issued

from firstmile.identity import events_staff, store_people
from firstmile.kernel.events import PersonalEvent
from firstmile.kernel.ids import SessionId
from firstmile.service import Service


async def test_the_application_behind_the_gate_hears_who_acts(cast: Cast) -> None:
    sam, alice = await cast.sam(), await cast.alice()
    seat = await begin(cast, sam, alice)

    through, own = [
        await person.get("/api/v1/gate", params={"route": "/anywhere"}) for person in (seat, alice)
    ]

    assert through.headers["x-firstmile-user"] == str(alice.id)
    assert through.headers["x-firstmile-impersonator"] == str(sam.id)
    assert "x-firstmile-impersonator" not in own.headers


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
