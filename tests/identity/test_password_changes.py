"""Another password for somebody who is signed in: what it takes, and what it ends."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.cast import PASSWORD, Cast, Person, text_of
from tests.clock import MovedClock

from firstmile.identity.models import NO_PASSWORD
from firstmile.kernel.database import Connection

PATH = "/api/v1/auth/password"
NEXT = "quite another 7 words"


async def change(person: Person, new: str = NEXT, current: str | None = PASSWORD) -> httpx.Response:
    body = {"newPassword": new} | ({} if current is None else {"currentPassword": current})
    answer = await person.post(PATH, body)
    person.client.cookies.clear()
    return answer


async def login(cast: Cast, password: str) -> dict[str, Any]:
    cast.client.cookies.clear()
    body = {"email": "dana@example.org", "password": password}
    answer = await cast.client.post("/api/v1/auth/login", json=body)
    cast.client.cookies.clear()
    return {"status": answer.status_code, **answer.json()}


async def alive(cast: Cast, access_token: str) -> bool:
    headers = {"authorization": f"Bearer {access_token}"}
    return (await cast.client.get("/api/v1/auth/me", headers=headers)).status_code == 200


@pytest.mark.asvs("6.2.2", "6.2.3")
async def test_the_new_password_counts_and_the_old_one_does_not(cast: Cast) -> None:
    dana = await cast.dana()

    answer = await change(dana)

    assert answer.status_code == 200
    assert (await login(cast, PASSWORD))["status"] == 401
    assert (await login(cast, NEXT))["status"] == 200


@pytest.mark.asvs("7.4.3")
async def test_every_other_session_ends_and_this_one_goes_on(cast: Cast) -> None:
    dana = await cast.dana()
    elsewhere = await cast.sign_in("Dana")

    told = (await change(dana)).json()

    assert await alive(cast, told["accessToken"])
    assert not await alive(cast, elsewhere.access_token)
    refreshed = [
        await cast.client.post("/api/v1/auth/refresh", json={"refreshToken": token})
        for token in (told["refreshToken"], elsewhere.refresh_token)
    ]
    assert [answer.status_code for answer in refreshed] == [200, 401]


@pytest.mark.asvs("7.2.4")
async def test_this_session_goes_on_under_a_new_id(cast: Cast) -> None:
    dana = await cast.dana()

    told = (await change(dana)).json()

    assert not await alive(cast, dana.access_token)
    assert told["refreshToken"] != dana.refresh_token


@pytest.mark.asvs("6.3.7")
async def test_the_person_is_told(cast: Cast) -> None:
    dana = await cast.dana()

    await change(dana)

    told = "Your password for Firstmile was changed"
    (mail,) = [one for one in await cast.mails(dana.email) if one["Subject"] == told]
    assert "token=" not in text_of(mail)


async def test_browsers_are_asked_for_the_second_factor_again(cast: Cast, db: Connection) -> None:
    dana = await cast.dana()
    before = await db.fetchval("SELECT factors_epoch FROM users WHERE id = $1", dana.id)

    await change(dana)

    after = await db.fetchval("SELECT factors_epoch FROM users WHERE id = $1", dana.id)
    assert after == before + 1


async def test_a_link_that_sets_a_password_opens_nothing_any_more(cast: Cast) -> None:
    dana = await cast.dana()
    await cast.client.post("/api/v1/auth/forgot-password", json={"email": dana.email})
    token = await cast.token_for(dana.email)

    await change(dana)
    body = {"token": token, "password": "a password of a thief 9"}
    answer = await cast.client.post("/api/v1/auth/reset-password", json=body)

    assert answer.status_code == 400


class TestWhatItTakes:
    async def test_a_credential_shown_lately_stands_for_the_present_password(
        self, cast: Cast, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        assert (await change(dana, current=None)).status_code == 200
        dana = await cast.sign_in("Dana", NEXT)
        clock.pass_by(minutes=11)

        answer = await change(dana, "one more of 7 words", current=None)

        assert (answer.status_code, answer.json()["error"]) == (403, "step_up_required")

    async def test_the_present_password_is_enough_however_long_ago_the_sign_in_was(
        self, cast: Cast, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        clock.pass_by(minutes=20)

        assert (await change(dana)).status_code == 200

    async def test_a_wrong_present_password_changes_nothing(
        self, cast: Cast, clock: MovedClock
    ) -> None:
        dana = await cast.dana()

        answer = await change(dana, current="not the password 1")

        assert answer.status_code == 422
        assert answer.json()["details"][0]["field"] == "currentPassword"
        assert (await login(cast, PASSWORD))["status"] == 200
        told = [mail["Subject"] for mail in await cast.mails("dana@example.org")]
        assert "Your password for Firstmile was changed" not in told

    @pytest.mark.asvs("6.3.1")
    async def test_whoever_has_the_session_cannot_guess_the_password_here(self, cast: Cast) -> None:
        dana = await cast.dana()

        wrong = [await change(dana, current=f"a guess {number}") for number in range(5)]
        right = await change(dana)

        assert {answer.status_code for answer in wrong} == {422}
        assert right.status_code == 422

    @pytest.mark.parametrize(
        "new", ["short", "dana@example.org", "password", "x" * 129, "Dana Example", ""]
    )
    async def test_a_poor_one_is_refused_with_the_reasons(self, cast: Cast, new: str) -> None:
        dana = await cast.dana()

        answer = await change(dana, new)

        assert answer.status_code == 422
        assert {one["field"] for one in answer.json()["details"]} == {"newPassword"}
        assert (await login(cast, PASSWORD))["status"] == 200

    async def test_a_poor_one_does_not_count_as_a_guess(self, cast: Cast) -> None:
        dana = await cast.dana()

        for _ in range(8):
            assert (await change(dana, "short", current="wrong")).status_code == 422

        assert (await change(dana)).status_code == 200

    async def test_an_account_without_a_password_may_set_one(
        self, cast: Cast, db: Connection, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        await db.execute("UPDATE users SET password_hash = $2 WHERE id = $1", dana.id, NO_PASSWORD)

        assert (await change(dana, current="anything at all")).status_code == 422
        assert (await change(dana, current=None)).status_code == 200
        assert (await login(cast, NEXT))["status"] == 200

    async def test_a_stranger_may_not(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(PATH, json={"newPassword": NEXT})

        assert answer.status_code == 401


async def test_of_two_changes_at_once_from_one_session_one_counts(cast: Cast) -> None:
    dana = await cast.dana()
    wanted = ("first of 9 unrelated words", "second of 9 unrelated words")

    answers = await asyncio.gather(*(change(dana, new) for new in wanted))

    statuses = [answer.status_code for answer in answers]
    # The other finds its session renumbered, or the password it brings no longer the right one.
    assert sorted(statuses) in ([200, 401], [200, 422])
    fits = [(await login(cast, new))["status"] == 200 for new in wanted]
    assert fits == [status == 200 for status in statuses]
