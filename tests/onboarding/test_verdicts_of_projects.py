"""What a server says of a step holds for the whole project, whoever asked and whoever stays."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from pydantic import SecretStr
from tests.cast import Cast, Person
from tests.identity.teams import Team, a_team
from tests.onboarding.journeys import a_step
from tests.onboarding.moving import apply
from tests.onboarding.test_actions import define
from tests.onboarding.test_counted_together import Server
from tests.onboarding.test_shared_steps import JOURNEY, seen_by, settle
from tests.onboarding.test_sharing import shared
from tests.onboarding.test_verification import SECRET, listening
from tests.release.asking import a_key

from firstmile.identity import store_account
from firstmile.kernel.database import Connection
from firstmile.onboarding.actions import Question
from firstmile.onboarding.changing.editions import Wanted
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.settings import OnboardingSettings
from firstmile.onboarding.signatures import checked, signed
from firstmile.onboarding.verification.callbacks import Callbacks
from firstmile.onboarding.verifying import Called
from firstmile.service import Service
from firstmile.settings import Settings

SHIP = shared("ship", call=Called(), by_person=False)
ERRORS = [{"code": "no_label", "message": "There is no label on it."}]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"onboarding_secret": SecretStr(SECRET)})


@pytest.fixture
async def team(cast: Cast, service: Service) -> Team:
    """Acme, whose first parcel a server sees leave."""
    team = await a_team(cast)
    await define(service, SHIP)
    return team


@pytest.fixture
async def server(cast: Cast, service: Service) -> Server:
    return Server(cast, await a_key(service))


async def verification(person: Person) -> tuple[str, str | None, str | None]:
    """What somebody sees of the step: where it is, its verification, and who did it."""
    step = await seen_by(person, "ship")
    return step["status"], step["verification"]["state"], step["doneBy"]


async def kinds(db: Connection, project: UUID) -> list[tuple[str, Any]]:
    """What was kept of the project's step, and of whom."""
    rows = await db.fetch(
        """
        SELECT kind, user_id
        FROM onboarding_events
        WHERE step_key = 'ship' AND facts ->> 'project_id' = $1
        ORDER BY id
        """,
        str(project),
    )
    return [(row[0], row[1]) for row in rows]


async def test_all_members_see_it_checked_and_who_asked_has_done_it(
    team: Team, server: Server, db: Connection
) -> None:
    about = {"userId": str(team.alice.id), "project": str(team.project)}

    await settle(team.bob, "ship", "done")
    assert await verification(team.vera) == ("in_progress", "pending", None)
    assert (await team.vera.get(JOURNEY)).json()["requirements"]["pendingVerification"] == ["ship"]
    await server.verdict("ship", **about, verdict="failed", errors=ERRORS)
    assert (await seen_by(team.vera, "ship"))["verification"]["errors"] == ERRORS
    await settle(team.adam, "ship", "done", seen=2)
    # One who says so meanwhile waits with who was first.
    assert (await settle(team.bob, "ship", "done", seen=3)).status_code == 200
    await server.verdict("ship", **about, verdict="done")
    assert await verification(team.vera) == ("done", None, "Adam Example")
    await server.verdict("ship", **about, verdict="reopened", reason="It came back.")

    assert await verification(team.bob) == ("todo", "reopened", None)
    assert await kinds(db, team.project) == [
        ("verification_asked", team.bob.id),
        ("verification_failed", team.bob.id),
        ("verification_asked", team.adam.id),
        ("step_settled", team.adam.id),
        ("step_reopened", team.alice.id),
    ]


async def test_unasked_it_is_done_by_whom_the_server_names(team: Team, server: Server) -> None:
    await server.verdict("ship", userId=str(team.bob.id), verdict="done")

    assert await verification(team.alice) == ("done", None, "Bob Example")


async def test_of_sixteen_verdicts_at_once_one_counts(
    team: Team, server: Server, db: Connection
) -> None:
    await settle(team.bob, "ship", "done")
    people = [*team.people.values()] * 4

    answers = await asyncio.gather(
        *(server.verdict("ship", userId=str(one.id), verdict="done") for one in people)
    )

    assert {answer.status_code for answer in answers} == {200}
    assert await kinds(db, team.project) == [
        ("verification_asked", team.bob.id),
        ("step_settled", team.bob.id),
    ]


async def test_a_message_counts_once_and_for_one_step(
    team: Team, cast: Cast, service: Service
) -> None:
    await define(service, SHIP, a_step("own", call=Called(), by_person=False))

    async def say(person: Person, verdict: str, message: str, key: str = "ship") -> Any:
        body = msgspec.json.encode({"userId": person.id, "verdict": verdict})
        headers = signed(SECRET, message, datetime.now(UTC), body)
        kind = {"content-type": "application/json"}
        path = f"{JOURNEY}/steps/{key}/verdicts"
        return await cast.client.post(path, content=body, headers=headers | kind)

    assert (await say(team.bob, "done", "m1")).json()["step"]["status"] == "done"
    await say(team.bob, "reopened", "m2")
    assert (await say(team.bob, "done", "m1")).json()["step"]["status"] == "todo"
    for answer in (await say(team.alice, "done", "m1"), await say(team.bob, "done", "m1", "own")):
        assert (answer.status_code, answer.json()["error"]) == (409, "message_used")
    assert (await seen_by(team.bob, "own"))["status"] == "todo"


async def test_a_question_names_the_project_and_is_answered_for_it(
    team: Team, cast: Cast, service: Service
) -> None:
    service.settings.onboarding_callback_private = True
    with listening(200, {"verdict": "done"}) as (url, heard):
        service.settings.onboarding_callback_url = url
        await settle(team.bob, "ship", "done")
        await cast.work_off()

    [(headers, body)] = heard
    assert checked([SECRET], headers, body, datetime.now(UTC)) == f"{team.project}.ship.1"
    assert msgspec.json.decode(body) == {
        "type": "step.verify",
        "userId": str(team.bob.id),
        "step": "ship",
        "projectId": str(team.project),
    }
    assert await verification(team.alice) == ("done", None, "Bob Example")


async def test_a_question_is_asked_again_under_the_same_id_until_it_is_over(
    team: Team, service: Service
) -> None:
    service.settings.onboarding_callback_private = True
    callbacks = Callbacks(service.catalogue, service.parts.get(OnboardingSettings))
    await settle(team.bob, "ship", "done")
    payload = msgspec.to_builtins(Question(team.bob.id, "ship", 1, team.project))

    with listening(503, {}) as (url, heard):
        service.settings.onboarding_callback_url = url
        for _ in range(2):
            with pytest.raises(ConnectionError):
                await callbacks.ask(service.works, payload)
        await settle(team.adam, "ship", "todo", seen=1)
        await callbacks.ask(service.works, payload)

    assert [headers["webhook-id"] for headers, _ in heard] == [f"{team.project}.ship.1"] * 2


async def test_where_the_step_means_something_new_the_question_is_over(
    team: Team, cast: Cast, service: Service
) -> None:
    service.settings.onboarding_callback_private = True
    await settle(team.bob, "ship", "done")
    renewed = shared("ship", call=Called(), by_person=False, version=2)
    await apply(service, Wanted(Definitions([renewed])))
    await service.catalogue.load(service.database)

    assert await verification(team.alice) == ("todo", None, None)
    with listening(200, {"verdict": "done"}) as (url, heard):
        service.settings.onboarding_callback_url = url
        await cast.work_off()
        assert heard == []
        await settle(team.alice, "ship", "done", seen=1)
        await cast.work_off()

    assert await verification(team.bob) == ("done", None, "Alice Example")


async def test_who_asked_and_left_does_not_stop_the_verdict(
    team: Team, server: Server, db: Connection
) -> None:
    await settle(team.bob, "ship", "done")
    await team.remove(team.alice, team.bob)
    about = {"userId": str(team.bob.id), "project": str(team.project)}

    assert (await server.verdict("ship", **about, verdict="done")).status_code == 200
    assert await verification(team.alice) == ("done", None, "Bob Example")
    activated = await db.fetch("SELECT user_id FROM journeys WHERE activated_at IS NOT NULL")
    assert team.bob.id not in {row[0] for row in activated}
    # Nor the one that takes it back.
    await server.verdict("ship", **about, verdict="reopened", reason="It came back.")
    assert await verification(team.adam) == ("todo", "reopened", None)


async def test_who_asked_and_has_no_account_any_more_is_not_named(
    team: Team, cast: Cast, service: Service
) -> None:
    service.settings.onboarding_callback_private = True
    await settle(team.bob, "ship", "done")
    async with service.works.begin() as work:
        await store_account.remove_account(work.db, team.bob.id)

    with listening(200, {"verdict": "done"}) as (url, heard):
        service.settings.onboarding_callback_url = url
        await cast.work_off()

    assert len(heard) == 1
    assert await verification(team.alice) == ("done", None, None)


async def test_who_has_nothing_to_do_with_it_is_not_heard_of(
    team: Team, cast: Cast, server: Server, db: Connection
) -> None:
    charlie = await cast.a_user("Charlie").signed_in()
    await settle(team.bob, "ship", "done")

    for said, expected in (
        ({"userId": str(charlie.id), "project": str(team.project)}, (404, "not_found")),
        ({"userId": str(charlie.id)}, (409, "project_needed")),
        ({"userId": str(uuid4())}, (404, "not_found")),
        ({"userId": str(team.bob.id), "project": str(uuid4())}, (404, "not_found")),
    ):
        answer = await server.verdict("ship", **said, verdict="done")
        assert (answer.status_code, answer.json()["error"]) == expected
    assert await verification(team.alice) == ("in_progress", "pending", None)
    assert await db.fetchval("SELECT count(*) FROM journey_steps WHERE step_key = 'ship'") == 0


async def test_where_the_project_ends_nobody_hears_it(
    team: Team, cast: Cast, server: Server, service: Service, db: Connection
) -> None:
    service.settings.onboarding_callback_private = True
    await settle(team.bob, "ship", "done")
    await db.execute("UPDATE projects SET deletion_at = $1", datetime.now(UTC) + timedelta(days=3))

    about = {"userId": str(team.bob.id), "project": str(team.project)}
    assert (await server.verdict("ship", **about, verdict="done")).status_code == 404
    with listening(200, {"verdict": "done"}) as (url, _):
        service.settings.onboarding_callback_url = url
        await cast.work_off()
    await db.execute("UPDATE projects SET deletion_at = NULL")

    assert await verification(team.alice) == ("in_progress", "pending", None)
