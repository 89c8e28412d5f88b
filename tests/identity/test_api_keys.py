"""API keys: shown once, good for one project, revoked everywhere at once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.teams import SCOPES, Team, a_team, ask, told

from firstmile.identity import api_keys, store_api_keys
from firstmile.kernel.database import Connection
from firstmile.main import create_app
from firstmile.service import Service
from firstmile.settings import Settings


async def by_key(cast: Cast, key: str, path: str) -> httpx.Response:
    return await cast.client.get(path, headers={"authorization": f"Bearer {key}"})


async def keys_of(team: Team) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await team.adam.get(f"{team.path}/keys")).json()["items"]
    return items


async def test_a_key_is_shown_once_and_known_by_its_label(cast: Cast) -> None:
    team = await a_team(cast)

    made = await team.alice.post(f"{team.path}/keys", {"name": "Robot", "scopes": ["project.read"]})

    secret, key = made.json()["secret"], made.json()["key"]
    assert secret.startswith(f"fmk_{key['label']}_")
    listed = await team.adam.get(f"{team.path}/keys")
    assert [one["name"] for one in listed.json()["items"]] == ["Robot"]
    assert listed.json()["items"][0]["createdBy"] == "Alice Example"
    assert secret not in listed.text


async def test_a_program_reads_its_project(cast: Cast) -> None:
    team = await a_team(cast)
    key = await team.key("project.read", "members.read")

    project = (await by_key(cast, key, team.path)).json()
    members = (await by_key(cast, key, f"{team.path}/members")).json()["items"]

    assert (project["name"], project["role"]) == ("Acme", None)
    assert len(members) == 4


@pytest.mark.asvs("8.2.1")
@pytest.mark.parametrize(
    "path",
    ["/api/v1/auth/me", "/api/v1/projects", "/api/v1/onboarding", "/api/v1/auth/sessions"],
)
async def test_a_key_opens_nothing_of_a_person(path: str, cast: Cast) -> None:
    team = await a_team(cast)

    answer = await by_key(cast, await team.key(), path)

    assert told(answer) == (401, "unauthenticated")


async def test_a_key_changes_nothing_it_has_no_scope_for(cast: Cast) -> None:
    team = await a_team(cast)
    headers = {"authorization": f"Bearer {await team.key()}"}

    answers = [
        await cast.client.patch(team.path, json={"name": "Mine"}, headers=headers),
        await cast.client.delete(team.path, headers=headers),
        await cast.client.post(
            f"{team.path}/keys", json={"name": "More", "scopes": SCOPES}, headers=headers
        ),
    ]

    assert {told(answer) for answer in answers} == {(401, "unauthenticated")}


async def test_a_revoked_key_opens_nothing_on_any_replica(
    cast: Cast, settings: Settings, service: Service
) -> None:
    team = await a_team(cast)
    key = await team.key()
    other = Service(settings, clock=service.works.clock)
    await other.open()
    try:
        transport = httpx.ASGITransport(app=create_app(settings, other))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost:8000"
        ) as there:
            headers = {"authorization": f"Bearer {key}"}
            assert (await there.get(team.path, headers=headers)).status_code == 200

            path = f"{team.path}/keys/{(await keys_of(team))[0]['id']}"
            assert (await ask(team.adam, "DELETE", path)).status_code == 204

            assert told(await there.get(team.path, headers=headers)) == (401, "invalid_api_key")
    finally:
        await other.close()
    assert await keys_of(team) == []
    assert told(await ask(team.adam, "DELETE", path)) == (404, "not_found")


async def test_a_key_of_another_project_cannot_be_revoked(cast: Cast) -> None:
    team = await a_team(cast)
    await team.key()
    charlie = await cast.a_user("Charlie").owning("Globex").signed_in()
    key_id = (await keys_of(team))[0]["id"]
    path = f"/api/v1/projects/{await cast.project_of(charlie)}/keys/{key_id}"

    answer = await ask(charlie, "DELETE", path)

    assert told(answer) == (404, "not_found")
    assert len(await keys_of(team)) == 1


async def test_a_key_ends_when_it_was_to_end(cast: Cast, clock: MovedClock) -> None:
    team = await a_team(cast)
    ends = clock() + timedelta(days=30)
    key = await team.key(expiresAt=ends.isoformat())

    clock.pass_by(days=29)
    before = await by_key(cast, key, team.path)
    clock.pass_by(days=1)
    after = await by_key(cast, key, team.path)

    assert before.status_code == 200
    assert told(after) == (401, "invalid_api_key")


@pytest.mark.parametrize("change", [-1, 5, 20])
async def test_a_typo_is_refused_before_the_database_is_asked(
    change: int, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = await a_team(cast)
    key = await team.key()
    typo = list(key)
    typo[change] = "x" if typo[change] != "x" else "y"

    async def asked(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(store_api_keys, "holder", asked)

    assert told(await by_key(cast, "".join(typo), team.path)) == (401, "invalid_api_key")


async def test_a_well_written_key_that_is_nobodys_opens_nothing(cast: Cast) -> None:
    team = await a_team(cast)
    key = await team.key()
    path = f"{team.path}/keys/{(await keys_of(team))[0]['id']}"
    await ask(team.alice, "DELETE", path)

    for project in (team.project, uuid4()):
        answer = await by_key(cast, key, f"/api/v1/projects/{project}")
        assert told(answer) == (401, "invalid_api_key")


async def test_the_last_use_is_noted_at_most_once_a_minute(
    cast: Cast, clock: MovedClock, db: Connection
) -> None:
    team = await a_team(cast)
    key = await team.key()
    assert (await keys_of(team))[0]["lastUsedAt"] is None

    versions = set()
    for seconds in (0, 30, 29, 2):
        clock.pass_by(seconds=seconds)
        await by_key(cast, key, team.path)
        versions.add(await db.fetchval("SELECT last_used_at FROM api_keys"))

    assert len(versions) == 2
    assert max(versions) == clock()


async def test_the_database_holds_no_key(cast: Cast, db: Connection) -> None:
    team = await a_team(cast)
    key = await team.key()

    rows = await db.fetch("SELECT * FROM api_keys")

    secret = key.removeprefix("fmk_")[9:52]
    assert len(secret) == 43
    assert secret not in str([dict(row) for row in rows])
    assert bytes(secret, "ascii") not in rows[0]["secret_hash"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "scopes": ["project.read"]}, "name"),
        ({"name": "R", "scopes": []}, "scopes"),
        ({"name": "R", "scopes": ["keys.change"]}, "scopes"),
        ({"name": "R", "scopes": ["project.read", "nonsense"]}, "scopes"),
        (
            {"name": "R", "scopes": ["project.read"], "expiresAt": "2020-01-01T00:00:00Z"},
            "expiresAt",
        ),
    ],
)
async def test_what_a_key_cannot_be(body: dict[str, Any], field: str, cast: Cast) -> None:
    team = await a_team(cast)

    answer = await team.alice.post(f"{team.path}/keys", body)

    assert told(answer) == (422, "invalid")
    assert [one["field"] for one in answer.json()["details"]] == [field]


async def test_a_project_has_no_more_keys_than_somebody_can_look_after(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "MOST_KEYS", 2)
    team = await a_team(cast)
    await team.key()
    await team.key()

    answer = await team.alice.post(f"{team.path}/keys", {"name": "3", "scopes": SCOPES})

    assert told(answer) == (409, "too_many_keys")


@pytest.mark.asvs("7.5.1")
async def test_making_a_key_needs_a_fresh_credential(cast: Cast, clock: MovedClock) -> None:
    team = await a_team(cast)

    clock.pass_by(minutes=11)

    answer = await team.alice.post(f"{team.path}/keys", {"name": "R", "scopes": SCOPES})
    assert told(answer) == (403, "step_up_required")


async def test_a_cookie_beside_a_key_counts_for_nothing(cast: Cast) -> None:
    team = await a_team(cast)
    body = {"email": "alice@example.org", "password": "correct horse 9 battery"}
    await cast.client.post("/api/v1/auth/login", json=body)

    answer = await by_key(cast, "fmk_nonsense", team.path)

    assert told(answer) == (401, "invalid_api_key")
