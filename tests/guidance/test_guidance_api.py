"""Contents are published and rolled back by staff, and shown within one budget."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
from tests.cast import Cast, Person
from tests.clock import MovedClock
from tests.guidance.writing import AT, SESSION, a_content, ask, publish, save, tell

from firstmile.guidance.asking import Asking, remembering
from firstmile.guidance.guide import Guide, Guided
from firstmile.guidance.store_attention import Whose
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import new_id
from firstmile.service import Service

OTHER_SESSION = "0192f0c1-7a5e-4000-8000-00000000000b"
POPUP: dict[str, Any] = {"delivery": "popup", "target": None}


async def guided(
    service: Service, person: Person, route: str = "/home", language: str = "en"
) -> Guided:
    """What a person is shown, as the state endpoint asks for it."""
    guide = service.parts.get(Guide)
    async with service.database.lease() as db:
        known = await guide.neighbours.somebody(db, person.id, language)
        whose = Whose("production", user_id=person.id)
        asking = Asking(known, whose, "production", route, language, service.works.clock())
        return await guide.for_one(db, await remembering(db, asking))


async def keys(service: Service, person: Person, route: str = "/home") -> list[str]:
    return [one["key"] for one in (await guided(service, person, route)).content]


async def test_a_tip_is_shown_once_it_is_published(
    cast: Cast, sam: Person, service: Service
) -> None:
    alice = await cast.alice()
    await save(sam, a_content())
    assert await keys(service, alice) == []

    answer = await publish(sam, service, a_content(), seen=1)
    shown = (await guided(service, alice, language="fr")).content

    assert answer.status_code == 200, answer.text
    assert shown == [
        {
            "key": "invite-tip",
            "version": 1,
            "kind": "tip",
            "delivery": "tooltip",
            "target": "invite-button",
            "interrupts": False,
            "priority": 50,
            "title": "Invitez",
            "body": [
                {
                    "t": "p",
                    "c": [
                        {"t": "text", "v": "C’est "},
                        {"t": "strong", "c": [{"t": "text", "v": "gratuit"}]},
                        {"t": "text", "v": "."},
                    ],
                }
            ],
            "action": {"label": "Inviter", "href": "/members"},
        }
    ]


async def test_a_version_never_changes_and_is_rolled_back_to_in_one_call(
    cast: Cast, sam: Person, service: Service
) -> None:
    alice = await cast.alice()
    await publish(sam, service, a_content())
    second = a_content(words={"en": {"title": "Better"}, "fr": {"title": "Mieux"}})
    await publish(sam, service, second, seen=1)
    before = (await guided(service, alice)).content[0]

    body = {"environment": "production", "reason": "Nobody understood it"}
    answer = await sam.post(f"{AT}/invite-tip/roll-back", body)
    await service.parts.get(Guide).load(service.database)
    after = (await guided(service, alice)).content[0]
    ledger = (await sam.get("/api/v1/admin/guidance/ledger?key=invite-tip")).json()["items"]

    assert answer.json()["version"] == 1
    assert (before["title"], before["version"]) == ("Better", 2)
    assert (after["title"], after["version"]) == ("Invite others", 1)
    assert [(one["act"], one["version"], one["before"]) for one in ledger] == [
        ("rolled_back", 1, 2),
        ("published", 2, 1),
        ("published", 1, None),
    ]
    assert ledger[0]["reason"] == "Nobody understood it"


async def test_nobody_writes_over_what_they_have_not_seen(sam: Person) -> None:
    await save(sam, a_content())
    answer = await save(sam, a_content(priority=60))
    body = {"environment": "production", "reason": "x", "seen": 7}
    published = await sam.post(f"{AT}/invite-tip/publish", body)

    assert (answer.status_code, answer.json()["error"]) == (409, "stale")
    assert answer.json()["details"]["rowVersion"] == 1
    assert published.status_code == 409


async def test_errors_are_refused_and_some_may_stand_with_a_reason(
    sam: Person, service: Service
) -> None:
    words = {"en": {"title": "x"}, "fr": {"title": "x"}}
    steps = [{"key": f"step-{number}", "words": words} for number in range(6)]
    long_tour = a_content("a-tour", kind="tour", target=None, steps=steps)

    refused = await publish(sam, service, long_tour)
    agreed = await publish(sam, service, long_tour, seen=1, override="Auditors ask for all six")

    assert refused.status_code == 422
    assert [one["code"] for one in refused.json()["details"]] == ["too_many_steps"]
    assert agreed.status_code == 200, agreed.text
    broken = await save(sam, a_content(words={"en": {"title": "x", "body": "<b>x</b>"}}))
    assert broken.json()["details"][0]["code"] == "text"


async def test_who_is_meant_and_where_is_held_to(cast: Cast, sam: Person, service: Service) -> None:
    alice, dana = await cast.alice(), await cast.dana()
    owners = {"attribute": "roles", "op": "is", "values": ["owner"]}
    await publish(sam, service, a_content("for-owners", when=owners, priority=90))
    await publish(sam, service, a_content("on-projects", routes=["/projects/*"]))
    await publish(sam, service, a_content("behind-a-flag", flag=None, href=None))

    assert await keys(service, alice, "/projects/1") == [
        "for-owners",
        "behind-a-flag",
        "on-projects",
    ]
    assert await keys(service, dana) == ["behind-a-flag"]


async def test_a_gate_tells_what_is_in_the_way(cast: Cast, sam: Person, service: Service) -> None:
    needs = {"steps": ["create-project"]}
    gate = a_content("exports", kind="gate", target=None, href=None, needs=needs)
    gate["words"] = {"en": {"title": "Exports"}, "fr": {"title": "Exports"}}
    published = await publish(sam, service, gate)
    assert published.status_code == 200, published.text
    alice, dana = await cast.alice(), await cast.dana()

    (opened,) = (await guided(service, alice)).gates
    (closed,) = (await guided(service, dana)).gates

    assert opened["allowed"] is True
    assert (closed["allowed"], closed["reason"], closed["blockedBy"]) == (
        False,
        "step",
        ["create-project"],
    )
    assert closed["next"]["href"].startswith("/")
    assert closed["title"] == "Exports"


async def test_one_a_day_whatever_it_is_and_after_ten_minutes(
    cast: Cast, sam: Person, service: Service, clock: MovedClock
) -> None:
    alice = await cast.alice()
    await publish(sam, service, a_content(**POPUP))
    await publish(sam, service, a_content("news", kind="announcement", **POPUP))

    at_once = await ask(alice)
    clock.pass_by(minutes=11)
    given = await ask(alice)
    lease = given.json()["lease"]
    await tell(alice, "shown", lease=lease)
    at_the_same_time = await ask(alice, "news")
    clock.pass_by(hours=23)
    alice = await cast.sign_in("Alice")
    soon = await ask(alice, "news")
    clock.pass_by(hours=1)
    alice = await cast.sign_in("Alice")
    tomorrow = await ask(alice, "news")

    assert at_once.json()["details"]["reason"] == "grace"
    assert given.status_code == 200, given.text
    assert at_the_same_time.json()["details"]["reason"] == "held"
    assert soon.json()["details"]["reason"] == "budget_day"
    assert tomorrow.status_code == 200


async def test_two_tabs_never_both_get_it(
    cast: Cast, sam: Person, service: Service, clock: MovedClock, db: Connection
) -> None:
    """Sixteen at once, of four devices."""
    alice = await cast.alice()
    await publish(sam, service, a_content(**POPUP))
    sessions = [str(new_id()) for _ in range(4)]
    for session in sessions:
        await ask(alice, session=session)
    clock.pass_by(minutes=11)

    answers = await asyncio.gather(*(ask(alice, session=sessions[n % 4]) for n in range(16)))

    assert sorted(one.status_code for one in answers) == [200, *[409] * 15]
    assert await db.fetchval("SELECT count(*) FROM guidance_leases") == 1


async def test_what_was_not_shown_in_its_time_was_never_given(
    cast: Cast, sam: Person, service: Service, clock: MovedClock
) -> None:
    alice = await cast.alice()
    await publish(sam, service, a_content(**POPUP))
    await ask(alice)
    clock.pass_by(minutes=11)

    first, again = await ask(alice), await ask(alice, session=OTHER_SESSION)
    clock.pass_by(minutes=2)
    later = await ask(alice)

    assert (first.status_code, later.status_code) == (200, 200)
    assert again.json()["details"]["reason"] == "held"


async def test_an_event_counts_once_and_later_is_heard(
    cast: Cast, sam: Person, service: Service, db: Connection
) -> None:
    alice = await cast.alice()
    await publish(sam, service, a_content())
    once = str(new_id())

    taken = [(await tell(alice, "shown", id=once)).json()["taken"] for _ in range(2)]
    assert await keys(service, alice) == ["invite-tip"]
    await tell(alice, "snoozed")
    await tell(alice, "dismissed", key="gone")
    await service.gathering.write()

    assert taken == [1, 0]
    assert await keys(service, alice) == []
    counted = await db.fetch("SELECT kind, times FROM guidance_counts ORDER BY kind")
    assert [tuple(row) for row in counted] == [("shown", 1), ("snoozed", 1)]


async def test_a_tour_goes_on_where_it_was_left(cast: Cast, sam: Person, service: Service) -> None:
    alice = await cast.alice()
    words = {"en": {"title": "x"}, "fr": {"title": "x"}}
    steps = [{"key": name, "words": words} for name in ("first", "second")]
    tour = a_content("a-tour", kind="tour", target=None, steps=steps, routes=["/home"])
    await publish(sam, service, tour)

    await tell(alice, "shown", "a-tour")
    await tell(alice, "step_shown", "a-tour", step="second")
    there = await guided(service, alice, "/elsewhere")
    await tell(alice, "completed", "a-tour")
    done = await guided(service, alice)

    assert there.resume is not None
    assert (there.resume.key, there.resume.step) == ("a-tour", "second")
    assert [step["key"] for step in there.content[0]["steps"]] == ["first", "second"]
    assert (done.resume, done.content) == (None, [])


async def test_who_wants_none_gets_none(cast: Cast, sam: Person, service: Service) -> None:
    alice = await cast.alice()
    await publish(sam, service, a_content())

    answer = await alice.client.put(
        "/api/v1/guidance/preferences", json={"tips": "off"}, headers=alice.headers
    )

    assert answer.json() == {"tips": "off"}
    assert (await alice.get("/api/v1/guidance/preferences")).json() == {"tips": "off"}
    assert await keys(service, alice) == []


async def test_nothing_interrupts_in_an_incident_or_while_it_is_off(
    cast: Cast, sam: Person, service: Service, clock: MovedClock
) -> None:
    alice = await cast.alice()
    await publish(sam, service, a_content(**POPUP))
    await ask(alice)
    clock.pass_by(minutes=9)
    until = (clock() + timedelta(minutes=5)).isoformat()
    quiet = {"until": until, "reason": "Payments are down"}
    path = "/api/v1/admin/guidance/quiet/production"
    answer = await sam.client.put(path, json=quiet, headers=sam.headers)
    await service.parts.get(Guide).load(service.database)

    assert answer.status_code == 204, answer.text
    assert await keys(service, alice) == []
    assert (await ask(alice)).json()["details"]["reason"] == "incident"
    await sam.client.put(path, json={"until": None, "reason": "Over"}, headers=sam.headers)
    await service.parts.get(Guide).load(service.database)
    assert await keys(service, alice) == ["invite-tip"]


async def test_why_is_told_to_staff_leaf_by_leaf(sam: Person, service: Service) -> None:
    owners = {"attribute": "roles", "op": "is", "values": ["owner"]}
    market = {"attribute": "locale", "op": "is", "values": ["en"]}
    when = {"allOf": [owners, market]}
    await publish(sam, service, a_content(when=when, routes=["/projects/*"]))

    path = "/api/v1/guidance/explain?key=invite-tip&route=/projects/7"
    verdict = (await sam.get(path)).json()["verdict"]
    parts = {one["what"]: one for one in verdict["parts"]}
    leaves = parts["audience"]["parts"][0]["parts"]

    assert verdict["holds"] is False
    assert parts["route"]["holds"] is True
    assert [(one["facts"]["value"], one["holds"]) for one in leaves] == [([], False), ("en", True)]
    assert parts["attention"]["holds"] is True


async def test_a_visitor_is_somebody_by_session_alone(
    client: httpx.AsyncClient, sam: Person, service: Service, clock: MovedClock, db: Connection
) -> None:
    await publish(sam, service, a_content(**POPUP))
    body: dict[str, Any] = {"key": "invite-tip", "version": 1, "session": SESSION}
    origin = {"origin": "http://localhost:8000"}

    first = await client.post("/api/v1/guidance/leases", json=body, headers=origin)
    clock.pass_by(minutes=11)
    second = await client.post("/api/v1/guidance/leases", json=body, headers=origin)

    assert first.json()["details"]["reason"] == "grace", first.text
    assert second.status_code == 200
    rows = await db.fetch("SELECT user_id, visitor, session_id::text FROM guidance_audience")
    assert [tuple(row) for row in rows] == [(None, None, SESSION)]


async def test_nothing_stays_of_who_is_gone_and_of_what_is_old(
    cast: Cast, sam: Person, service: Service, clock: MovedClock, db: Connection
) -> None:
    alice = await cast.alice()
    await publish(sam, service, a_content(**POPUP))
    await tell(alice, "shown")
    await ask(alice)
    clock.pass_by(days=60)
    async with service.works.begin() as work:
        await service.clean_up(work)

    assert await db.fetchval("SELECT count(*) FROM guidance_decisions") == 0
    assert await db.fetchval("SELECT count(*) FROM guidance_past") == 1
    await db.execute("DELETE FROM users WHERE id = $1", alice.id)
    assert await db.fetchval("SELECT count(*) FROM guidance_audience") == 0
