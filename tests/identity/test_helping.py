"""Staff find people and help them, and nobody else does."""

import itertools
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from tests.cast import PASSWORD, Cast, Person, text_of
from tests.clock import MovedClock

from firstmile.identity.helping import outranks
from firstmile.kernel.access import StaffRole
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import new_id

USERS = "/api/v1/admin/users"
REASON = {"reason": "Asked for by phone, 4711"}
CHANGES: list[tuple[str, dict[str, str] | None]] = [
    ("send-reset", None),
    ("end-sessions", None),
    ("lock", REASON),
    ("unlock", None),
    ("impersonate", REASON),
]


async def do(staff: Person, person: Person, what: str, body: Any = None) -> httpx.Response:
    return await staff.post(f"{USERS}/{person.id}/{what}", body)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def mails_about(cast: Cast, person: Person, words: str) -> list[EmailMessage]:
    return [mail for mail in await cast.mails(person.email) if words in mail["Subject"]]


async def events_of(staff: Person, person: Person) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await staff.get(f"{USERS}/{person.id}/events")).json()["items"]
    return items


async def found(staff: Person, query: str) -> list[str]:
    answer = await staff.get(USERS, params={"query": query})
    assert answer.status_code == 200, answer.text
    return [one["email"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    "query", ["dana@example.org", "DANA@Example.org", "dana@", "Dana", "dana ex", " Dana Example "]
)
async def test_a_person_is_found_by_the_beginning_of_name_or_address(
    cast: Cast, query: str
) -> None:
    sam, _ = await cast.sam("support"), await cast.dana()

    assert await found(sam, query) == ["dana@example.org"]


async def test_a_person_is_found_by_last_name_and_by_id(cast: Cast) -> None:
    sam, dana = await cast.sam(), await cast.dana()

    assert await found(sam, "examp") == ["dana@example.org", "sam@example.org"]
    assert await found(sam, str(dana.id)) == ["dana@example.org"]
    assert await found(sam, str(new_id())) == []


@pytest.mark.parametrize("query", ["%", "_ana", "d%", "\\", "da\x00na", "'; DROP TABLE users"])
async def test_signs_of_a_pattern_are_only_signs(cast: Cast, query: str) -> None:
    sam, _ = await cast.sam(), await cast.dana()

    assert set(await found(sam, query)) <= {"dana@example.org"} - (
        {"dana@example.org"} if query != "da\x00na" else set()
    )


async def test_people_come_in_pages_the_newest_first(cast: Cast, db: Connection) -> None:
    sam = await cast.sam()
    await db.executemany(
        """
        INSERT INTO users (id, email, email_key, password_hash, first_name, last_name, locale,
            created_at, updated_at)
        VALUES ($1, $2, $2, 'x', 'Many', 'People', 'en', now(), now())
        """,
        [(new_id(), f"many-{n:03}@example.org") for n in range(120)],
    )

    pages: list[list[str]] = []
    given: dict[str, Any] = {"query": "many"}
    while given.get("cursor", "first"):
        page = (await sam.get(USERS, params=given)).json()
        pages.append([one["email"] for one in page["items"]])
        given["cursor"] = page["next"]

    assert [len(page) for page in pages] == [50, 50, 20]
    assert [*itertools.chain(*pages)] == [f"many-{n:03}@example.org" for n in reversed(range(120))]


async def test_an_account_is_seen_without_a_word_that_opens_anything(cast: Cast) -> None:
    sam, dana = await cast.sam("support"), await cast.dana()

    account = (await sam.get(f"{USERS}/{dana.id}")).json()
    sessions = (await sam.get(f"{USERS}/{dana.id}/sessions")).json()
    factors = (await sam.get(f"{USERS}/{dana.id}/factors")).json()
    events = await events_of(sam, dana)

    assert account["email"] == dana.email
    assert account["hasPassword"] is True
    assert [one["methods"] for one in sessions["items"]] == [["password"]]
    assert factors["passkeys"] == []
    assert [one["kind"] for one in events] == ["signed_in", "email_verified", "user_registered"]
    seen = str([account, sessions, factors, events]).lower()
    assert not [word for word in ("secret", "hash", "cookie", "salt", "token") if word in seen]


async def test_nobody_is_seen_who_is_not_there(cast: Cast) -> None:
    sam = await cast.sam()

    for what in ("", "/sessions", "/factors", "/events"):
        assert told(await sam.get(f"{USERS}/{new_id()}{what}")) == (404, "not_found")
    assert told(await sam.post(f"{USERS}/{new_id()}/send-reset")) == (404, "not_found")


@pytest.mark.asvs("8.2.1")
async def test_who_is_not_staff_sees_and_does_nothing(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dana, alice = await cast.dana(), await cast.alice()

    for what in ("", "/sessions", "/factors", "/events"):
        path = f"{USERS}/{dana.id}{what}"
        assert told(await alice.get(path)) == (403, "staff_required")
        assert (await client.get(path)).status_code == 401
    for what, body in CHANGES:
        assert told(await do(alice, dana, what, body)) == (403, "staff_required")
    assert told(await alice.get(USERS)) == (403, "staff_required")


@pytest.mark.asvs("8.2.1")
async def test_support_may_help_and_not_lock(cast: Cast) -> None:
    sam, dana = await cast.sam("support"), await cast.dana()

    answers = {what: (await do(sam, dana, what, body)).status_code for what, body in CHANGES}

    assert answers == {
        "send-reset": 204,
        "end-sessions": 200,
        "lock": 403,
        "unlock": 403,
        "impersonate": 200,
    }


async def test_every_change_asks_for_a_credential_shown_lately(
    cast: Cast, clock: MovedClock
) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    clock.pass_by(minutes=11)

    for what, body in CHANGES:
        assert told(await do(sam, dana, what, body)) == (403, "step_up_required")


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("support", "support"), ("operator", "admin"), ("operator", "operator"), ("admin", "admin")],
)
async def test_nobody_touches_staff_who_stand_as_high(cast: Cast, mine: str, theirs: str) -> None:
    sam = await cast.sam(mine)
    other = await cast.a_user("Oona").of_staff(theirs).signed_in()

    answers = [await do(sam, other, what, body) for what, body in CHANGES]

    refusals = {answer.json()["error"] for answer in answers}
    assert {answer.status_code for answer in answers} == {403}
    assert refusals <= {"staff_outranked", "permission_required"}
    assert (await other.get("/api/v1/auth/me")).status_code == 200


async def test_nobody_helps_themselves(cast: Cast) -> None:
    sam = await cast.sam()

    for what, body in CHANGES:
        assert told(await do(sam, sam, what, body)) == (403, "staff_outranked")


def test_the_ranks_of_staff_are_strict() -> None:
    roles = [None, *StaffRole]

    higher = {(mine, theirs) for mine in roles for theirs in roles if outranks(mine, theirs)}

    assert higher == {(roles[i], roles[j]) for i in range(4) for j in range(i)}


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
