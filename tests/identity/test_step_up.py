"""Proving it again, and browsers that are trusted."""

import httpx
import pytest
from tests.cast import PASSWORD, Cast
from tests.clock import MovedClock
from tests.identity.apps import AUTH, DANA, WRONG, add_app, finish, knock, take, told, waiting


class TestStepUp:
    """Showing a credential again."""

    @pytest.mark.asvs("7.2.4")
    async def test_the_session_goes_on_under_a_new_id(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        clock.pass_by(minutes=11)
        old = dana.access_token, dana.refresh_token

        stepped = await dana.post(f"{AUTH}/step-up", {"password": PASSWORD})
        take(dana, stepped.json())

        assert stepped.status_code == 200
        assert (await dana.post(f"{AUTH}/factors/totp")).status_code == 201
        before = await client.get(f"{AUTH}/me", headers={"authorization": f"Bearer {old[0]}"})
        refreshed = await client.post(f"{AUTH}/refresh", json={"refreshToken": old[1]})
        assert before.status_code == refreshed.status_code == 401

    async def test_a_wrong_password_is_counted_with_the_sign_ins(
        self, cast: Cast, client: httpx.AsyncClient
    ) -> None:
        dana = await cast.dana()

        wrong = [await dana.post(f"{AUTH}/step-up", {"password": "wrong"}) for _ in range(5)]

        assert {told(answer) for answer in wrong} == {(401, "invalid_credentials")}
        assert told(await knock(client)) == (401, "invalid_credentials")

    async def test_who_has_a_second_factor_shows_it(self, cast: Cast, clock: MovedClock) -> None:
        dana = await cast.dana()
        app = await add_app(dana, clock)

        by_password = await dana.post(f"{AUTH}/step-up", {"password": PASSWORD})
        by_code = await dana.post(f"{AUTH}/step-up", {"code": app.next_code()})

        assert told(by_password) == (401, "second_factor_required")
        assert by_password.json()["methods"] == ["recovery_code", "totp"]
        assert by_code.status_code == 200

    @pytest.mark.asvs("7.5.1")
    async def test_a_new_password_does_not_stand_for_the_second_factor(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        """Who found a session and knows the password still cannot take the app away."""
        dana = await cast.dana()
        await add_app(dana, clock)
        clock.pass_by(minutes=11)
        body = {"currentPassword": PASSWORD, "newPassword": "three calm otters"}
        changed = await dana.post(f"{AUTH}/password", body)
        assert changed.status_code == 200
        take(dana, changed.json())

        removed = await client.request("DELETE", f"{AUTH}/factors/totp", headers=dana.headers)

        assert told(removed) == (403, "step_up_required")

    async def test_who_removed_the_app_confirms_with_the_password_again(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        await add_app(dana, clock)
        await client.request("DELETE", f"{AUTH}/factors/totp", headers=dana.headers)
        refreshed = await dana.post(f"{AUTH}/refresh", {"refreshToken": dana.refresh_token})
        take(dana, refreshed.json())
        clock.pass_by(minutes=11)

        stepped = await dana.post(f"{AUTH}/step-up", {"password": PASSWORD})
        take(dana, stepped.json())

        assert (await dana.post(f"{AUTH}/factors/totp")).status_code == 201

    async def test_nothing_shown_proves_nothing(self, cast: Cast) -> None:
        dana = await cast.dana()

        assert told(await dana.post(f"{AUTH}/step-up", {})) == (422, "invalid")
        assert told(await dana.post(f"{AUTH}/step-up", {"code": "123456"})) == WRONG


class TestTrust:
    """A browser that is not asked for the second factor again."""

    async def trusting(self, client: httpx.AsyncClient, code: str) -> dict[str, str]:
        """Sign in and tick the box; the header of the device cookie."""
        answer = await finish(client, await waiting(client), code, trustDevice=True)
        assert answer.status_code == 200, answer.text
        return {"cookie": f"device={answer.cookies['device']}"}

    async def knock_from(self, client: httpx.AsyncClient, cookie: dict[str, str]) -> int:
        body = {"email": DANA, "password": PASSWORD}
        answer = await client.post(f"{AUTH}/login", json=body, headers=cookie)
        client.cookies.clear()
        return answer.status_code

    async def test_it_lasts_for_thirty_days(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        cookie = await self.trusting(client, app.next_code())

        clock.pass_by(days=29, hours=23)
        before = await self.knock_from(client, cookie)
        clock.pass_by(hours=2)
        after = await self.knock_from(client, cookie)

        assert (before, after) == (200, 401)

    async def test_it_is_of_that_browser_and_that_person_alone(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        dana, charlie = await cast.dana(), await cast.a_user("Charlie").signed_in()
        app = await add_app(dana, clock)
        await add_app(charlie, clock)
        cookie = await self.trusting(client, app.next_code())

        body = {"email": charlie.email, "password": PASSWORD}
        of_charlie = await client.post(f"{AUTH}/login", json=body, headers=cookie)

        assert of_charlie.status_code == 401
        assert (await knock(client)).status_code == 401

    async def test_it_ends_when_a_factor_changes(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        app = await add_app(dana, clock)
        cookie = await self.trusting(client, app.next_code())
        assert await self.knock_from(client, cookie) == 200

        await dana.post(f"{AUTH}/factors/recovery-codes")

        assert await self.knock_from(client, cookie) == 401

    async def test_it_ends_when_the_person_forgets_the_browsers(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        app = await add_app(dana, clock)
        cookie = await self.trusting(client, app.next_code())
        assert (await dana.get(f"{AUTH}/factors")).json()["trustedDevices"] == 1

        forgotten = await client.request("DELETE", f"{AUTH}/trusted-devices", headers=dana.headers)

        assert forgotten.status_code == 204
        assert (await dana.get(f"{AUTH}/factors")).json()["trustedDevices"] == 0
        assert await self.knock_from(client, cookie) == 401

    async def test_without_the_box_nothing_is_trusted(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        answer = await finish(client, await waiting(client), app.next_code())
        cookie = {"cookie": f"device={answer.cookies['device']}"}

        assert await self.knock_from(client, cookie) == 401
