"""Applications are registered by staff, prove themselves by a secret, and can be closed."""

from typing import Any

import httpx
import pytest
from tests.applications import registered
from tests.cast import Cast, Person
from tests.clock import MovedClock
from tests.conftest import SECRET

from firstmile.identity.client_registry import Clients
from firstmile.identity.clients import Registration, checked_registration
from firstmile.identity.redirects import Kind
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.secrets import Vault
from firstmile.service import Service

CLIENTS = "/api/v1/admin/clients"
GOOD = {
    "name": "Reports",
    "kind": "web",
    "redirectUris": ["https://reports.example.com/callback"],
}


@pytest.fixture
async def sam(cast: Cast) -> Person:
    """An operator."""
    return await cast.sam("operator")


async def registered_by(sam: Person, **changed: Any) -> dict[str, Any]:
    answer = await sam.post(CLIENTS, GOOD | changed)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_staff_register_an_application_and_see_its_secret_once(sam: Person) -> None:
    made = await registered_by(sam)

    listed = (await sam.get(CLIENTS)).json()["items"]

    assert len(made["clientSecret"]) == 43
    assert listed == [made["client"]]
    assert made["client"]["firstParty"] is False
    assert "secret" not in str(listed).lower()


@pytest.mark.parametrize("kind", ["browser", "native"])
async def test_what_cannot_keep_a_secret_is_given_none(sam: Person, kind: str) -> None:
    made = await registered_by(sam, kind=kind)

    assert made["clientSecret"] is None
    refused = await sam.post(f"{CLIENTS}/{made['client']['id']}/secret", {})
    assert (refused.status_code, refused.json()["error"]) == (409, "no_client_secret")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "Reports\u202e"}, "name"),
        ({"redirectUris": []}, "redirectUris"),
        ({"redirectUris": ["http://reports.example.com/"]}, "redirectUris"),
        ({"redirectUris": ["https://*.example.com/"]}, "redirectUris"),
        ({"postLogoutRedirectUris": ["javascript:alert(1)"]}, "postLogoutRedirectUris"),
        ({"homeUrl": "javascript:alert(1)"}, "homeUrl"),
        ({"backchannelLogoutUri": "http://10.0.0.1/"}, "backchannelLogoutUri"),
        ({"scopes": ["openid", "everything"]}, "scopes"),
    ],
)
async def test_what_is_wrong_with_a_registration_is_told_by_its_field(
    sam: Person, changed: dict[str, Any], field: str
) -> None:
    answer = await sam.post(CLIENTS, GOOD | changed)

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["details"]] == [field]


def test_every_application_may_know_who_it_is() -> None:
    wanted = Registration("A", Kind.WEB, ("https://a.example/",), scopes=("email",))

    assert checked_registration(wanted).scopes == ("openid", "email")


def test_twenty_one_addresses_are_too_many() -> None:
    many = tuple(f"https://a.example/{number}" for number in range(21))

    with pytest.raises(Invalid):
        checked_registration(Registration("A", Kind.WEB, many))


@pytest.mark.parametrize("role", [None, "support"])
async def test_only_operators_and_admins_may(cast: Cast, role: str | None) -> None:
    person = await (cast.sam(role) if role else cast.dana())
    nobody = "0192f0c1-7a5e-7000-8000-000000000001"

    answers = [
        await person.get(CLIENTS),
        await person.post(CLIENTS, GOOD),
        await person.post(f"{CLIENTS}/{nobody}/disable"),
    ]

    assert {answer.status_code for answer in answers} == {403}


async def test_whoever_changes_an_application_has_just_proved_who_they_are(
    sam: Person, clock: MovedClock
) -> None:
    made = await registered_by(sam)
    one = f"{CLIENTS}/{made['client']['id']}"
    clock.pass_by(minutes=11)

    answers = [
        await sam.post(CLIENTS, GOOD),
        await sam.client.put(one, json=GOOD, headers=sam.headers),
        await sam.post(f"{one}/secret", {}),
        await sam.post(f"{one}/disable"),
        await sam.post(f"{one}/enable"),
    ]

    assert {answer.json()["error"] for answer in answers} == {"step_up_required"}


async def test_an_application_is_changed_as_a_whole(sam: Person) -> None:
    made = await registered_by(sam)
    one = f"{CLIENTS}/{made['client']['id']}"
    wanted = GOOD | {"name": "Figures", "redirectUris": ["https://figures.example.com/"]}

    changed = await sam.client.put(one, json=wanted, headers=sam.headers)
    moved = await sam.client.put(one, json=GOOD | {"kind": "native"}, headers=sam.headers)

    assert changed.json()["name"] == "Figures"
    assert changed.json()["redirectUris"] == ["https://figures.example.com/"]
    assert (await sam.get(CLIENTS)).json()["items"] == [changed.json()]
    assert moved.status_code == 422


async def test_an_application_that_is_not_there_is_not_found(sam: Person) -> None:
    one = f"{CLIENTS}/0192f0c1-7a5e-7000-8000-000000000001"

    assert (await sam.post(f"{one}/disable")).status_code == 404
    assert (await sam.post(f"{one}/secret", {})).status_code == 404
    assert (await sam.client.put(one, json=GOOD, headers=sam.headers)).status_code == 404


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_former_secret_counts_for_a_day_or_not_at_all(
    sam: Person, client: httpx.AsyncClient, clock: MovedClock, *, at_once: bool
) -> None:
    made = await registered_by(sam)
    client_id, former = made["client"]["id"], made["clientSecret"]
    renewed = await sam.post(f"{CLIENTS}/{client_id}/secret", {"atOnce": at_once})

    async def proves(secret: str) -> bool:
        form = {"grant_type": "refresh_token", "refresh_token": "x"}
        answer = await client.post("/oauth/token", data=form, auth=(client_id, secret))
        return bool(answer.json()["error"] == "invalid_grant")

    assert await proves(renewed.json()["clientSecret"])
    assert await proves(former) is not at_once
    clock.pass_by(days=1)
    assert await proves(renewed.json()["clientSecret"])
    assert not await proves(former)


async def test_a_secret_outlives_the_secret_key_it_was_hashed_with(
    service: Service, client: httpx.AsyncClient
) -> None:
    """Its hash is renewed when it is used while both keys are given."""
    application = await registered(service, client)
    form = {"client_id": application.id, "client_secret": str(application.secret)}
    new = "another-4f1cJ0m2Kq8vYz7Lw3Xr9Bn5Td6Hs1Gp"

    async with service.works.begin() as work:
        await Clients(Vault([new, SECRET])).prove(work.db, None, form, work.now)
    async with service.works.begin() as work:
        known = await Clients(Vault([new])).prove(work.db, None, form, work.now)

    assert known == application.client


async def test_a_closed_application_is_opened_again(sam: Person) -> None:
    made = await registered_by(sam)
    one = f"{CLIENTS}/{made['client']['id']}"

    closed, opened = await sam.post(f"{one}/disable"), await sam.post(f"{one}/enable")

    assert closed.json()["disabledAt"] is not None
    assert opened.json() == made["client"]
