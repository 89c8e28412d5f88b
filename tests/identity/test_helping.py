"""Staff help people: a link, an end of sessions, a lock."""

import pytest
from tests.cast import PASSWORD, Cast, text_of
from tests.identity.helpdesk import REASON, USERS, do, events_of, mails_about, told


@pytest.mark.asvs("6.4.6")
async def test_a_reset_link_goes_to_the_person_and_never_to_staff(cast: Cast) -> None:
    sam, dana = await cast.sam("support"), await cast.dana()

    answer = await do(sam, dana, "send-reset")

    assert (answer.status_code, answer.content) == (204, b"")
    token = await cast.token_for(dana.email)
    body = {"token": token, "password": "another good secret"}
    reset = await cast.client.post("/api/v1/auth/reset-password", json=body)
    assert reset.status_code == 204
    newest = [one for one in await events_of(sam, dana) if one["kind"] == "reset_link_sent"]
    assert [one["staffId"] for one in newest] == [str(sam.id)]


@pytest.mark.asvs("6.4.6")
async def test_no_route_of_staff_takes_a_password(cast: Cast) -> None:
    document = (await cast.client.get("/api/openapi.json")).json()

    taken = {
        name
        for path, methods in document["paths"].items()
        if "/admin/" in path
        for operation in methods.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for name in document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]][
            "properties"
        ]
    }

    assert not [name for name in taken if "password" in name.lower()]


async def test_another_confirmation_goes_only_to_who_waits_for_one(cast: Cast) -> None:
    sam, dana = await cast.sam("support"), await cast.dana()
    await cast.a_user("Nora").unverified().registered()
    nora = await cast.user("Nora")
    before = len(await cast.mails("nora@example.org"))

    refused = await do(sam, dana, "resend-verification")
    sent = await sam.post(f"{USERS}/{nora.id}/resend-verification")

    assert told(refused) == (409, "already_verified")
    assert sent.status_code == 204
    assert len(await cast.mails("nora@example.org")) == before + 1


@pytest.mark.asvs("7.4.5")
async def test_ending_sessions_ends_cookies_tokens_and_refreshes_at_once(cast: Cast) -> None:
    sam, dana = await cast.sam("support"), await cast.dana()
    assert (await dana.get("/api/v1/auth/me")).status_code == 200

    answer = await do(sam, dana, "end-sessions")

    assert answer.json() == {"ended": 1}
    assert (await dana.get("/api/v1/auth/me")).status_code == 401
    body = {"refreshToken": dana.refresh_token}
    assert (await cast.client.post("/api/v1/auth/refresh", json=body)).status_code == 401


@pytest.mark.asvs("7.4.5")
@pytest.mark.asvs("7.4.2")
async def test_a_locked_account_is_shut_to_every_way_in(cast: Cast) -> None:
    sam, dana = await cast.sam("operator"), await cast.dana()

    answer = await do(sam, dana, "lock", REASON)

    assert answer.status_code == 204
    assert (await dana.get("/api/v1/auth/me")).status_code == 401
    body = {"refreshToken": dana.refresh_token}
    assert (await cast.client.post("/api/v1/auth/refresh", json=body)).status_code == 401
    right = {"email": dana.email, "password": PASSWORD}
    wrong = right | {"password": "not the password"}
    login = "/api/v1/auth/login"
    assert told(await cast.client.post(login, json=right)) == (403, "account_locked")
    assert told(await cast.client.post(login, json=wrong)) == (401, "invalid_credentials")


async def test_a_new_password_does_not_open_a_locked_account(cast: Cast) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    await do(sam, dana, "send-reset")
    await do(sam, dana, "lock", REASON)
    body = {"token": await cast.token_for(dana.email), "password": "another good secret"}

    await cast.client.post("/api/v1/auth/reset-password", json=body)

    right = {"email": dana.email, "password": "another good secret"}
    assert told(await cast.client.post("/api/v1/auth/login", json=right)) == (403, "account_locked")


async def test_who_is_locked_out_is_told_and_not_why(cast: Cast) -> None:
    sam, dana = await cast.sam(), await cast.dana()

    await do(sam, dana, "lock", REASON)

    (mail,) = await mails_about(cast, dana, "is locked")
    assert "4711" not in text_of(mail)
    account = (await sam.get(f"{USERS}/{dana.id}")).json()
    assert account["lockReason"] == REASON["reason"]
    (event,) = [one for one in await events_of(sam, dana) if one["kind"] == "account_locked"]
    assert event["facts"] == REASON
    assert event["staffId"] == str(sam.id)


async def test_an_account_is_opened_again(cast: Cast) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    await do(sam, dana, "lock", REASON)

    answer = await do(sam, dana, "unlock")

    assert answer.status_code == 204
    assert (await cast.sign_in("Dana")).id == dana.id
    assert (await dana.get("/api/v1/auth/me")).status_code == 401  # what was ended stays ended
    assert len(await mails_about(cast, dana, "open again")) == 1


async def test_an_account_is_locked_once(cast: Cast) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    await do(sam, dana, "lock", REASON)
    mails = len(await cast.mails(dana.email))

    again = await do(sam, dana, "lock", REASON)

    assert told(again) == (409, "already_locked")
    assert len(await cast.mails(dana.email)) == mails


@pytest.mark.parametrize("reason", ["", "short", " \t\n ", "x" * 501, "with \x07 a bell"])
@pytest.mark.parametrize("what", ["lock", "impersonate"])
async def test_a_reason_says_something(cast: Cast, what: str, reason: str) -> None:
    sam, dana = await cast.sam(), await cast.dana()

    answer = await do(sam, dana, what, {"reason": reason})

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["details"]] == ["reason"]
