"""What members do counts for their project, all of them together and each event once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cast import Cast, Person
from tests.identity.teams import Team, a_team
from tests.onboarding.journeys import DANA, NOW, a_step
from tests.onboarding.test_actions import define
from tests.onboarding.test_shared_steps import seen_by
from tests.onboarding.test_sharing import shared
from tests.release.asking import a_key

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.onboarding.verifying import Counted, Happened
from firstmile.service import Service

EVENTS = "/api/v1/onboarding/events"
REPORTS = shared("reports", event=Counted("report_made", 3, 3600), by_person=False)


class Server:
    """The customer's server, which tells what people did."""

    def __init__(self, cast: Cast, key: str) -> None:
        self._client = cast.client
        self._headers = {"authorization": f"Bearer {key}"}

    async def tell(self, *events: dict[str, Any]) -> Any:
        answer = await self._client.post(EVENTS, json={"events": events}, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def verdict(self, key: str, **said: Any) -> Any:
        path = f"/api/v1/onboarding/steps/{key}/verdicts"
        return await self._client.post(path, json=said, headers=self._headers)


def did(
    person: Person, key: str, ago: float = 0, project: UUID | None = None, name: str = "report_made"
) -> dict[str, Any]:
    """An event of somebody's, so many minutes ago."""
    at = datetime.now(UTC) - timedelta(minutes=ago)
    event = {"id": key, "userId": str(person.id), "name": name, "at": at.isoformat()}
    return event | ({"project": str(project)} if project else {})


@pytest.fixture
async def team(cast: Cast, service: Service) -> Team:
    """Acme, whose members make three reports together within an hour."""
    team = await a_team(cast)
    await define(service, REPORTS)
    return team


@pytest.fixture
async def server(cast: Cast, service: Service) -> Server:
    return Server(cast, await a_key(service))


async def test_it_is_done_by_the_member_whose_event_makes_it_enough(
    team: Team, server: Server
) -> None:
    await server.tell(did(team.alice, "1", ago=90))
    await server.tell(did(team.alice, "2"), did(team.bob, "3", ago=30))
    for _ in range(2):  # sent again it does not count again, whoever it is said to be of
        await server.tell(did(team.bob, "3", ago=30), did(team.adam, "2"))
    assert (await seen_by(team.vera, "reports"))["status"] == "todo"

    await server.tell(did(team.adam, "4"))

    step = await seen_by(team.vera, "reports")
    assert (step["status"], step["doneBy"], step["rowVersion"]) == ("done", "Adam Example", 1)


async def test_of_a_batch_the_last_in_time_makes_it_enough(team: Team, server: Server) -> None:
    people = sorted(team.people.values(), key=lambda one: one.id)[:3]
    last, first, second = people  # not in the order in which their journeys are held

    await server.tell(did(last, "c", ago=1), did(first, "a", ago=9), did(second, "b", ago=5))

    step = await seen_by(team.alice, "reports")
    assert (step["status"], step["doneBy"]) == ("done", f"{last.name} Example")


async def test_of_sixteen_at_once_one_makes_it_enough(
    team: Team, server: Server, service: Service, db: Connection
) -> None:
    await define(service, shared("reports", event=Counted("report_made", 16), by_person=False))
    people = [*team.people.values()] * 4
    batches = [did(one, str(number)) for number, one in enumerate(people)]

    await asyncio.gather(*(server.tell(one) for one in batches[1:]))
    assert (await seen_by(team.alice, "reports"))["status"] == "todo"
    await asyncio.gather(*(server.tell(one) for one in batches))

    rows = await db.fetch("SELECT done_by, row_version FROM project_steps WHERE status = 'done'")
    assert [tuple(row) for row in rows] == [(people[0].id, 1)]
    events = await db.fetch(
        "SELECT user_id, facts ->> 'project_id' FROM onboarding_events WHERE step_key = 'reports'"
    )
    assert [tuple(row) for row in events] == [(people[0].id, str(team.project))]


async def test_sixteen_members_at_once_complete_it_once(
    team: Team, server: Server, db: Connection
) -> None:
    people = [*team.people.values()] * 4

    await asyncio.gather(*(server.tell(did(one, str(n))) for n, one in enumerate(people)))

    assert await db.fetchval("SELECT count(*) FROM project_events") == 16
    rows = await db.fetch("SELECT row_version FROM project_steps WHERE status = 'done'")
    assert [row[0] for row in rows] == [1]
    events = await db.fetchval("SELECT count(*) FROM onboarding_events WHERE step_key = 'reports'")
    assert events == 1


async def test_an_event_counts_in_the_project_it_names_or_the_first(
    team: Team, cast: Cast, server: Server, service: Service
) -> None:
    await define(service, shared("reports", event=Counted("report_made"), by_person=False))
    made = await team.bob.post("/api/v1/projects", {"name": "Of Bob"})
    second = UUID(made.json()["id"])
    bob = await cast.sign_in("Bob")

    await server.tell(did(bob, "1", project=second))
    assert (await seen_by(bob, "reports", second))["status"] == "done"
    assert (await seen_by(team.alice, "reports"))["status"] == "todo"
    await server.tell(did(bob, "2"))
    assert (await seen_by(team.alice, "reports"))["status"] == "done"


async def test_a_project_that_is_not_theirs_is_refused_and_the_others_count(
    team: Team, cast: Cast, server: Server, service: Service
) -> None:
    await define(service, shared("reports", event=Counted("report_made", 2), by_person=False))
    charlie = await cast.a_user("Charlie").owning("Of Charlie").signed_in()
    elsewhere = await cast.project_of(charlie)

    wrong = did(team.bob, "1", project=elsewhere)
    answer = await server.tell(wrong, did(team.bob, "2"), did(charlie, "3", project=team.project))

    refused = {one["id"]: one for one in answer["refused"]}
    assert sorted(refused) == ["1", "3"]
    told = {"id": "1", "userId": str(team.bob.id), "project": str(elsewhere), "error": "not_found"}
    assert refused["1"] == told
    assert (await seen_by(team.bob, "reports"))["status"] == "todo"
    # Put right it is counted, for it was not before.
    assert (await server.tell(did(team.bob, "1", project=team.project)))["refused"] == []
    assert (await seen_by(team.bob, "reports"))["status"] == "done"


async def test_whoever_leaves_or_is_gone_leaves_what_they_did(
    team: Team, server: Server, service: Service, db: Connection
) -> None:
    await server.tell(did(team.bob, "1"), did(team.vera, "2"))
    await team.remove(team.alice, team.bob)
    await db.execute("DELETE FROM users WHERE id = $1", team.vera.id)
    assert (await server.tell(did(team.bob, "3", project=team.project)))["refused"]

    await server.tell(did(team.alice, "4"))

    assert (await seen_by(team.adam, "reports"))["doneBy"] == "Alice Example"


async def test_opened_again_it_counts_anew(team: Team, server: Server) -> None:
    await server.tell(*(did(team.bob, str(number)) for number in range(3)))
    said = {"userId": str(team.bob.id), "verdict": "reopened", "reason": "They were empty."}
    await server.verdict("reports", **said)
    step = await seen_by(team.alice, "reports")
    assert (step["status"], step["verification"]["reason"]) == ("todo", "They were empty.")

    await server.tell(did(team.bob, "10"), did(team.bob, "11"))
    assert (await seen_by(team.alice, "reports"))["status"] == "todo"
    await server.tell(did(team.adam, "12"))

    assert (await seen_by(team.alice, "reports"))["doneBy"] == "Adam Example"


async def test_our_own_events_count_for_the_project_they_are_of(
    team: Team, cast: Cast, service: Service
) -> None:
    asked = shared("ask", event=Counted("invitation_sent", 2), by_person=False)
    mine = a_step("mine", event=Counted("invitation_sent"), by_person=False)
    await define(service, asked, mine)

    await team.invite("one@example.org")
    await cast.work_off()
    assert (await seen_by(team.bob, "ask"))["status"] == "todo"
    await team.invite("two@example.org", by=team.adam)
    await cast.work_off()

    step = await seen_by(team.bob, "ask")
    assert (step["status"], step["doneBy"]) == ("done", "Adam Example")
    assert (await seen_by(team.adam, "mine"))["status"] == "done"
    assert (await seen_by(team.bob, "mine"))["status"] == "todo"


async def test_it_is_done_whatever_the_role_of_who_made_it_enough(
    team: Team, server: Server, service: Service
) -> None:
    step = shared(
        "reports",
        event=Counted("report_made"),
        by_person=False,
        roles=frozenset({"owner"}),
    )
    await define(service, step)

    await server.tell(did(team.bob, "1"))

    assert (await seen_by(team.alice, "reports"))["doneBy"] == "Bob Example"


@given(
    st.lists(st.integers(0, 40), unique=True, min_size=1, max_size=8),
    st.integers(0, 8),
    st.integers(1, 4),
    st.none() | st.integers(60, 1200),
)
def test_the_first_event_after_which_there_are_enough_made_it_so(
    minutes: list[int], old: int, count: int, within: int | None
) -> None:
    """As if the new events came one by one, in the order of time."""
    rule = Counted("report_made", count, within)
    events = [
        Happened(UserId(DANA), str(minute), rule.event, NOW + timedelta(minutes=minute))
        for minute in minutes
    ]
    before, new = [one.at for one in events[:old]], events[old:]
    expected = None
    for one in sorted(new, key=lambda one: one.at):
        before.append(one.at)
        if rule.is_met(sorted(before)):
            expected = one
            break

    assert rule.made_enough({one.id: one.at for one in events}, new) == expected
