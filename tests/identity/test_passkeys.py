"""Passkeys of a person: added when they are true, removed, and told of."""

from typing import Any

import cbor2
import httpx
import pytest
from tests.cast import Cast, text_of
from tests.clock import MovedClock
from tests.identity.authenticator import EDDSA, ES256, PRESENT, RS256, Authenticator, Key, decoded
from tests.identity.keyholder import (
    ALONE,
    DANA,
    EVIL,
    INVALID,
    ME,
    PASSKEYS,
    STEP_UP,
    Holder,
    dana,
    holder,
    told,
)
from tests.stories.loot import Loot

from firstmile.kernel.database import Connection
from firstmile.outside.postgres import EmbeddedPostgres

__all__ = ["dana", "holder"]


async def test_what_the_browser_is_asked_names_the_site_and_no_personal_key(dana: Holder) -> None:
    asked = (await dana.options())["publicKey"]

    assert asked["rp"] == {"id": "localhost", "name": "Firstmile"}
    assert decoded(asked["user"]["id"]) == dana.person.id.bytes
    assert asked["user"]["name"] == DANA
    assert asked["attestation"] == "none"
    assert {one["alg"] for one in asked["pubKeyCredParams"]} == {ES256, EDDSA, RS256}
    assert asked["authenticatorSelection"]["residentKey"] == "preferred"
    assert asked["authenticatorSelection"]["userVerification"] == "preferred"


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
async def test_a_passkey_of_any_algorithm_we_take_signs_in(dana: Holder, algorithm: int) -> None:
    dana.device.algorithm = algorithm
    await dana.added()

    answer = await dana.show()

    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == DANA


async def test_the_first_passkey_brings_recovery_codes_and_the_second_none(dana: Holder) -> None:
    first = await dana.add()
    dana.device.keys.clear()
    options = await dana.options()
    options["publicKey"]["excludeCredentials"] = []
    second = await dana.add(options)

    assert len(first.json()["recoveryCodes"]) == 10
    assert second.json()["recoveryCodes"] is None


async def test_a_passkey_that_is_known_is_not_made_twice(holder: Holder) -> None:
    excluded = (await holder.options())["publicKey"]["excludeCredentials"]

    assert [decoded(one["id"]) for one in excluded] == [holder.key.id]
    assert excluded[0]["transports"] == ["hybrid", "internal"]


async def test_the_id_of_somebody_elses_passkey_is_taken(holder: Holder, cast: Cast) -> None:
    charlie = Holder(await cast.a_user("Charlie").signed_in())

    assert told(await charlie.add(id=holder.key.id)) == (409, "passkey_exists")
    assert await charlie.listed() == []


@pytest.mark.asvs("NIST 63B-4 3.2.5")
@pytest.mark.parametrize(
    "lie",
    [
        {"origin": EVIL},
        {"origin": "https://localhost:8000"},
        {"rp_id": "evil.example"},
        {"type": "webauthn.get"},
        {"cross_origin": True},
        {"flags": 0x40},
        {"flags": 0x40 | PRESENT | 0x10},
        {"fmt": "android-safetynet"},
        {"fmt": "packed"},
        {"cose": b"\xa0"},
        {"cose": b"\x00"},
        {
            "cose": bytes.fromhex("a5010203262001215820")
            + b"\xff" * 32
            + b"\x22\x58\x20"
            + b"\x01" * 32
        },
        {"cose": bytes.fromhex("a401030339010020") + b"\x41\x01\x21\x41\x03"},
        {"id": b""},
        {"id": b"i" * 1024},
    ],
    ids=lambda lie: "-".join(f"{name}" for name in lie),
)
async def test_a_new_passkey_that_lies_is_not_added(dana: Holder, lie: dict[str, Any]) -> None:
    assert told(await dana.add(**lie)) == INVALID
    assert await dana.listed() == []


async def test_an_algorithm_we_did_not_ask_for_is_not_added(dana: Holder) -> None:
    key = Key.made(ES256, b"")
    es512 = {**key.cose, 3: -36}

    assert told(await dana.add(cose=cbor2.dumps(es512))) == INVALID


@pytest.mark.asvs("7.5.1")
async def test_adding_and_removing_need_a_fresh_credential(
    holder: Holder, clock: MovedClock
) -> None:
    (passkey,) = await holder.listed()
    clock.pass_by(minutes=11)

    asked = await holder.person.post(f"{PASSKEYS}/options")
    removed = await holder.person.client.delete(
        f"{PASSKEYS}/{passkey['id']}", headers=holder.person.headers
    )

    assert told(asked) == (403, "step_up_required")
    assert told(removed) == (403, "step_up_required")
    assert len(await holder.listed()) == 1


async def test_nobody_is_asked_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.post(f"{PASSKEYS}/options")).status_code == 401
    assert (await client.get(PASSKEYS)).status_code == 401
    assert (await client.post(f"{STEP_UP}/options")).status_code == 401


async def test_there_is_an_end_to_passkeys(dana: Holder, db: Connection) -> None:
    await db.execute(
        """
        INSERT INTO passkeys (user_id, id, public_key, sign_count, name, created_at)
        SELECT $1, convert_to(n::text, 'UTF8'), 'key', 0, 'Old ' || n, now()
        FROM generate_series(1, 20) AS n
        """,
        dana.person.id,
    )

    assert told(await dana.person.post(f"{PASSKEYS}/options")) == (409, "too_many_passkeys")


@pytest.mark.asvs("7.4.3")
async def test_other_sessions_end_when_a_passkey_comes_or_goes(dana: Holder, cast: Cast) -> None:
    other = await cast.sign_in("Dana")
    await dana.add()
    assert (await other.get(ME)).status_code == 401
    assert (await dana.person.get(ME)).status_code == 200
    third = (await dana.show()).json()["accessToken"]
    (passkey,) = await dana.listed()

    answer = await dana.client.delete(f"{PASSKEYS}/{passkey['id']}", headers=dana.person.headers)

    assert answer.status_code == 204
    headers = {"authorization": f"Bearer {third}"}
    assert (await dana.client.get(ME, headers=headers)).status_code == 401


async def test_the_session_that_adds_a_passkey_can_be_refreshed(holder: Holder) -> None:
    body = {"refreshToken": holder.person.refresh_token}

    assert (await holder.client.post("/api/v1/auth/refresh", json=body)).status_code == 200


async def test_a_key_without_a_person_is_added_beside_one_that_knows_them(
    holder: Holder,
) -> None:
    session = (await holder.show()).json()
    holder.person.access_token = session["accessToken"]
    holder.person.refresh_token = session["refreshToken"]
    holder.device = Authenticator(verifies_person=False)

    assert (await holder.add()).status_code == 201
    body = {"refreshToken": holder.person.refresh_token}
    assert (await holder.client.post("/api/v1/auth/refresh", json=body)).status_code == 200


@pytest.mark.asvs("6.3.7")
async def test_the_person_is_written_to_when_a_passkey_comes_or_goes(
    dana: Holder, cast: Cast
) -> None:
    await cast.work_off()  # the welcome, which would be sent beside the other
    await dana.add(name="Grey key")
    added = (await cast.mails(DANA))[0]
    (passkey,) = await dana.listed()
    await dana.client.delete(f"{PASSKEYS}/{passkey['id']}", headers=dana.person.headers)
    removed = (await cast.mails(DANA))[0]

    assert "“Grey key” was added" in text_of(added)
    assert "“Grey key” was removed" in text_of(removed)


async def test_a_stolen_database_holds_nothing_to_sign_in_with(
    dana: Holder, cluster: EmbeddedPostgres, database_url: str
) -> None:
    loot = Loot(cluster, database_url)
    added = await dana.add()
    open_one = await dana.offer(ALONE)
    spent = await dana.offer(ALONE)
    await dana.show(options=spent)
    for what, offer in {"a spent": spent, "an open": open_one}.items():
        loot.note(f"{what} token", offer["challengeToken"])
        loot.note(f"{what} challenge", offer["publicKey"]["challenge"])
    for code in added.json()["recoveryCodes"]:
        loot.note("a recovery code", code)

    loot.dump("afterwards")

    assert loot.found() == []
    assert dana.key.id.hex() in loot.dumps["afterwards"]


async def test_password_managers_find_where_passkeys_live(client: httpx.AsyncClient) -> None:
    answer = await client.get("/.well-known/passkey-endpoints")

    page = "http://localhost:8000/account/security"
    assert answer.json() == {"enroll": page, "manage": page}
    assert answer.headers["content-type"] == "application/json"
