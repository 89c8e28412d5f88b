"""OFREP over HTTP: who may ask, what they see, and what they need not be sent again."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.cast import Cast
from tests.release.asking import FLAGS, a_key, ask, put_flags
from tests.waiting import until

from firstmile.kernel.refusals import Unavailable
from firstmile.service import Service
from firstmile.settings import Settings

MOST = 20  # requests a minute with a public key
DANA = {"targetingKey": "dana", "country": "CA"}
COLOUR: dict[str, Any] = {
    "key": "colour",
    "type": "string",
    "enabled": True,
    "isPublic": True,
    "variants": {"blue": "#00f", "red": "#f00"},
    "onVariant": "blue",
    "offVariant": "red",
    "serve": {"variant": "red"},
    "rules": [
        {
            "when": {"attribute": "country", "op": "is", "values": ["CA"]},
            "serve": {"variant": "blue"},
        }
    ],
}
SECRET_PLAN = {"key": "secret-plan", "enabled": True}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    settings.limit_flags = f"{MOST} per minute"
    return settings


@pytest.fixture(autouse=True)
async def flags(service: Service) -> None:
    await put_flags(service, COLOUR, SECRET_PLAN)


@pytest.fixture
async def key(service: Service) -> str:
    return await a_key(service)


@pytest.fixture
async def public_key(service: Service) -> str:
    return await a_key(service, "client")


@pytest.mark.parametrize("name", ["authorization", "x-api-key"])
async def test_a_key_comes_in_either_header(client: httpx.AsyncClient, key: str, name: str) -> None:
    value = f"Bearer {key}" if name == "authorization" else key
    answer = await client.post(f"{FLAGS}/colour", json={"context": DANA}, headers={name: value})

    assert answer.json()["value"] == "#00f"


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer nonsense", "Basic abc"])
async def test_without_a_key_there_is_no_answer(
    client: httpx.AsyncClient, given: str | None
) -> None:
    headers = {} if given is None else {"authorization": given}
    answer = await client.post(f"{FLAGS}/colour", json={}, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["errorDetails"]


async def test_a_key_of_a_project_or_a_person_opens_nothing_here(cast: Cast) -> None:
    dana = await cast.dana()

    assert (await dana.post(FLAGS, {})).status_code == 401


async def test_a_public_key_sees_public_flags_alone(
    client: httpx.AsyncClient, public_key: str
) -> None:
    bulk = await ask(client, public_key, context=DANA)
    alone = await ask(client, public_key, "secret-plan", DANA)

    assert [one["key"] for one in bulk.json()["flags"]] == ["colour"]
    assert (await ask(client, public_key, "colour", DANA)).status_code == 200
    assert alone.status_code == 404
    assert alone.json()["errorCode"] == "FLAG_NOT_FOUND"


async def test_a_key_sees_the_flags_of_its_environment(
    client: httpx.AsyncClient, service: Service
) -> None:
    await put_flags(service, {"key": "only-here", "enabled": True}, environment="staging")
    staging = await a_key(service, environment="staging")

    bulk = (await ask(client, staging)).json()
    assert [one["key"] for one in bulk["flags"]] == ["only-here"]
    assert bulk["metadata"] == {"flagSetId": "staging", "version": "1"}


async def test_what_is_known_is_not_sent_again(client: httpx.AsyncClient, key: str) -> None:
    first = await ask(client, key, context=DANA)
    tag = first.headers["etag"]

    for form in (tag, f"W/{tag}", tag.strip('"'), f'"other", {tag}'):
        again = await ask(client, key, context=DANA, **{"if-none-match": form})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag


async def test_another_context_or_configuration_is_another_answer(
    client: httpx.AsyncClient, key: str, service: Service
) -> None:
    """Any attribute counts, not the targeting key alone."""
    tag = (await ask(client, key, context=DANA)).headers["etag"]
    known = {"if-none-match": tag}

    moved = await ask(client, key, context=DANA | {"country": "FR"}, **known)
    assert moved.status_code == 200
    await put_flags(service, SECRET_PLAN | {"enabled": False})
    changed = await ask(client, key, context=DANA, **known)
    assert changed.status_code == 200


async def test_a_question_waits_for_no_database(
    client: httpx.AsyncClient, key: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise Unavailable("The database does not answer.")

    monkeypatch.setattr(service.database, "acquire", away)
    answer = await ask(client, key, context=DANA, **{"idempotency-key": "once"})

    assert answer.status_code == 200


async def test_a_revoked_key_opens_nothing_on_every_replica(
    cast: Cast, settings: Settings, service: Service
) -> None:
    sam = await cast.sam("operator")
    made = await sam.post(
        "/api/v1/admin/environments/production/sdk-keys", {"name": "Shop", "kind": "server"}
    )
    secret, key_id = made.json()["secret"], made.json()["key"]["id"]
    other = Service(settings)
    await other.open()
    try:
        scope = {"headers": [(b"x-api-key", secret.encode())]}
        assert other.sdks.keys.brought_by(scope).name == "Shop"
        await until(lambda: service.sdks.keys.alive(made_id(made)) is not None)
        gone = await sam.client.delete(f"/api/v1/admin/sdk-keys/{key_id}", headers=sam.headers)
        assert gone.status_code == 204
        await until(lambda: other.sdks.keys.alive(made_id(made)) is None)
        await until(lambda: service.sdks.keys.alive(made_id(made)) is None)
    finally:
        await other.close()

    assert (await ask(cast.client, secret)).status_code == 401


def made_id(answer: httpx.Response) -> UUID:
    return UUID(answer.json()["key"]["id"])


async def test_the_text_of_a_key_is_shown_once(cast: Cast, service: Service) -> None:
    sam = await cast.sam("operator")
    at = "/api/v1/admin/environments/production/sdk-keys"
    secret = (await sam.post(at, {"name": "Page", "kind": "client"})).json()["secret"]
    await service.sdks.keys.load(service.database)
    await ask(cast.client, secret)
    await service.gathering.write()

    listed = (await sam.get(at)).json()["items"]
    assert secret.startswith(f"fmc_{listed[0]['label']}_")
    assert secret not in json.dumps(listed)
    assert listed[0]["lastUsedAt"] is not None


@pytest.mark.parametrize(
    ("body", "status"),
    [({"name": " ", "kind": "server"}, 422), ({"name": "A", "kind": "robot"}, 422)],
)
async def test_a_key_has_a_name_and_a_holder(cast: Cast, body: dict[str, str], status: int) -> None:
    sam = await cast.sam("operator")
    answer = await sam.post("/api/v1/admin/environments/production/sdk-keys", body)

    assert answer.status_code == status


async def test_support_sees_keys_and_makes_none(cast: Cast) -> None:
    sam = await cast.sam("support")
    at = "/api/v1/admin/environments/production/sdk-keys"

    assert (await sam.get(at)).status_code == 200
    assert (await sam.post(at, {"name": "A", "kind": "server"})).status_code == 403


async def test_a_public_key_is_held_to_its_limit_in_the_words_of_ofrep(
    client: httpx.AsyncClient, public_key: str
) -> None:
    answers = [await ask(client, public_key) for _ in range(MOST + 1)]
    answer = answers.pop()

    assert {one.status_code for one in answers} == {200}
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json()["errorDetails"]


async def test_a_client_that_heard_of_a_change_is_answered_with_it(
    service: Service, client: httpx.AsyncClient, key: str, settings: Settings
) -> None:
    other = Service(settings)
    await other.open()
    service.hints.on("flags", lambda _: None)  # this process hears of nothing
    try:
        await put_flags(other, SECRET_PLAN | {"enabled": False})
        heard = other.releasing.flags.snapshot().contents
        unheard = await ask(client, key, "secret-plan", DANA)
        answer = await client.post(
            FLAGS,
            params={"flagConfigEtag": f'"production-{heard.revision}"'},
            json={"context": DANA},
            headers={"authorization": f"Bearer {key}"},
        )
    finally:
        await other.close()

    assert unheard.json()["value"] is True
    assert answer.json()["metadata"]["version"] == str(heard.revision)


async def test_the_whole_is_for_servers_and_sent_once(
    client: httpx.AsyncClient, key: str, public_key: str
) -> None:
    at = "/api/v1/flags/configuration"
    first = await client.get(at, headers={"authorization": f"Bearer {key}"})
    tag = first.headers["etag"]
    again = await client.get(at, headers={"x-api-key": key, "if-none-match": tag})
    public = await client.get(at, headers={"x-api-key": public_key})

    assert [one["key"] for one in first.json()["flags"]] == ["colour", "secret-plan"]
    assert (again.status_code, again.content) == (304, b"")
    assert (public.status_code, public.json()["error"]) == (403, "server_key_required")


async def test_who_is_signed_in_asks_for_their_own_public_flags(cast: Cast) -> None:
    dana = await cast.dana()
    answer = await dana.get("/api/v1/flags")

    assert answer.json()["flags"] == {
        "colour": {"value": "#f00", "variant": "red", "reason": "DEFAULT"}
    }


async def test_an_unknown_environment_has_no_keys(cast: Cast) -> None:
    sam = await cast.sam("operator")
    answer = await sam.post(
        "/api/v1/admin/environments/moon/sdk-keys", {"name": "A", "kind": "server"}
    )

    assert answer.status_code == 404


async def test_what_is_deeper_or_later_than_anything_is_refused_and_not_fallen_over(
    client: httpx.AsyncClient, service: Service
) -> None:
    headers = {"x-api-key": await a_key(service, "server"), "content-type": "application/json"}
    deep = b'{"context":{"a":' + b"[" * 20_000
    answer = await client.post(FLAGS, content=deep, headers=headers)
    query = {"flagConfigLastModified": "9" * 400}
    late = await client.post(FLAGS, content=b"{}", headers=headers, params=query)

    assert answer.status_code == 400
    assert late.status_code == 200
