"""Factors are changed by who has just proved who they are, and everybody is told."""

import httpx
import pytest
from tests.cast import PASSWORD, Cast, text_of
from tests.clock import MovedClock
from tests.identity.apps import AUTH, DANA, add_app, knock, signed_in_with, take, told, was_told

from firstmile.kernel.database import Connection


class TestChanges:
    """A factor that comes or goes: fresh credential, other sessions, mails, trusted browsers."""

    CHANGES = (
        ("POST", "/factors/totp"),
        ("POST", "/factors/totp/confirm"),
        ("DELETE", "/factors/totp"),
        ("POST", "/factors/recovery-codes"),
    )

    @pytest.mark.parametrize(("method", "path"), CHANGES)
    @pytest.mark.asvs("7.5.1")
    async def test_a_change_needs_a_credential_of_the_last_ten_minutes(
        self, cast: Cast, clock: MovedClock, method: str, path: str
    ) -> None:
        dana = await cast.dana()
        await dana.post(f"{AUTH}/factors/totp")
        clock.pass_by(minutes=10, seconds=1)
        body = {"code": "123456"} if path.endswith("confirm") else None

        answer = await dana.client.request(method, f"{AUTH}{path}", json=body, headers=dana.headers)

        assert told(answer) == (403, "step_up_required")

    @pytest.mark.asvs("7.4.3")
    async def test_the_other_sessions_end_and_this_one_goes_on_with_two_factors(
        self, cast: Cast, clock: MovedClock, db: Connection
    ) -> None:
        dana, phone = await cast.dana(), await cast.sign_in("Dana")

        await add_app(dana, clock)

        assert (await dana.get(f"{AUTH}/me")).status_code == 200
        assert (await phone.get(f"{AUTH}/me")).status_code == 401
        refreshed = await phone.post(f"{AUTH}/refresh", {"refreshToken": phone.refresh_token})
        assert refreshed.status_code == 401
        renewed = await dana.post(f"{AUTH}/refresh", {"refreshToken": dana.refresh_token})
        assert renewed.status_code == 200
        alive = await db.fetch("SELECT proofs FROM sessions WHERE ended_at IS NULL")
        assert ["totp" in row["proofs"] for row in alive] == [True]

    @pytest.mark.asvs("6.3.7")
    async def test_the_person_is_told_of_the_app_and_once(
        self, cast: Cast, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        before = len(await cast.mails(DANA))

        await add_app(dana, clock)

        mails = await cast.mails(DANA)
        assert len(mails) == before + 1
        assert "An authenticator app was added" in text_of(mails[0])

    async def test_a_second_app_takes_the_removal_of_the_first(
        self, cast: Cast, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        await add_app(dana, clock)

        assert told(await dana.post(f"{AUTH}/factors/totp")) == (409, "totp_exists")

    async def test_a_wrong_code_confirms_nothing_and_the_right_one_still_may(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        await dana.post(f"{AUTH}/factors/totp")

        answer = await dana.post(f"{AUTH}/factors/totp/confirm", {"code": "12345"})

        assert told(answer) == (422, "invalid")
        assert answer.json()["details"][0]["field"] == "code"
        assert (await knock(client)).status_code == 200

    async def test_a_secret_nobody_confirms_lapses_after_an_hour(
        self, cast: Cast, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        await dana.post(f"{AUTH}/factors/totp")
        clock.pass_by(minutes=29)
        await dana.get(f"{AUTH}/me")
        clock.pass_by(minutes=29)
        stepped = await dana.post(f"{AUTH}/step-up", {"password": PASSWORD})
        take(dana, stepped.json())
        clock.pass_by(minutes=3)

        answer = await dana.post(f"{AUTH}/factors/totp/confirm", {"code": "123456"})

        assert told(answer) == (404, "totp_not_begun")

    @pytest.mark.asvs("6.5.6")
    async def test_without_the_app_the_password_is_enough_and_the_codes_are_void(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock, db: Connection
    ) -> None:
        dana = await cast.dana()
        app = await add_app(dana, clock)
        other = await signed_in_with(cast, app)

        removed = await client.request("DELETE", f"{AUTH}/factors/totp", headers=dana.headers)

        assert removed.status_code == 204
        assert (await knock(client)).status_code == 200
        assert await db.fetchval("SELECT count(*) FROM recovery_codes") == 0
        assert (await other.get(f"{AUTH}/me")).status_code == 401
        assert await was_told(cast, "The authenticator app was removed")

    async def test_what_is_not_there_cannot_be_removed(
        self, cast: Cast, client: httpx.AsyncClient
    ) -> None:
        dana = await cast.dana()

        answer = await client.request("DELETE", f"{AUTH}/factors/totp", headers=dana.headers)

        assert told(answer) == (404, "totp_not_found")
