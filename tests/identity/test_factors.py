"""Second factors by the API: set up an app, sign in with its codes, recover, remove."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from pydantic import SecretStr
from tests.cast import PASSWORD, Cast, text_of
from tests.clock import MovedClock
from tests.conftest import SECRET
from tests.identity.apps import AUTH, add_app, finish, knock, signed_in_with, take, told, waiting

from firstmile.kernel.database import Connection
from firstmile.kernel.secrets import Vault
from firstmile.service import Service
from firstmile.settings import Settings
from firstmile.verbs.keys import show_keys

DANA = "dana@example.org"
TOO_OFTEN = (429, "second_factor_locked")
WRONG = (401, "invalid_code")


async def was_told(cast: Cast, words: str) -> bool:
    """Whether a mail to Dana says so."""
    return any(words in text_of(mail) for mail in await cast.mails(DANA))


async def test_an_app_is_given_its_secret_in_three_forms(cast: Cast) -> None:
    dana = await cast.dana()

    shown = (await dana.post(f"{AUTH}/factors/totp")).json()

    assert len(base64.b32decode(shown["secret"])) == 20
    uri = urlsplit(shown["uri"])
    asked = {name: values[0] for name, values in parse_qs(uri.query).items()}
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == f"/Firstmile:{DANA}"
    assert asked == {
        "secret": shown["secret"],
        "issuer": "Firstmile",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }
    assert shown["qrSvg"].startswith("<svg")
    assert "style=" not in shown["qrSvg"]


@pytest.mark.asvs("6.5.3")
async def test_every_secret_is_another_one(cast: Cast) -> None:
    dana = await cast.dana()

    secrets = {(await dana.post(f"{AUTH}/factors/totp")).json()["secret"] for _ in range(5)}

    assert len(secrets) == 5


async def test_a_secret_counts_only_once_a_code_confirms_it(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dana = await cast.dana()
    await dana.post(f"{AUTH}/factors/totp")

    assert (await knock(client)).status_code == 200
    assert (await dana.get(f"{AUTH}/factors")).json()["totpSince"] is None


async def test_the_first_factor_alone_no_longer_opens(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    await add_app(await cast.dana(), clock)

    answer = await knock(client)

    assert told(answer) == (401, "second_factor_required")
    assert answer.json()["methods"] == ["recovery_code", "totp"]
    assert answer.json()["expiresIn"] == 600
    assert "session" not in answer.cookies


async def test_password_and_code_open_together_or_one_after_the_other(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    app = await add_app(await cast.dana(), clock)

    together = await knock(client, code=app.next_code())
    token = await waiting(client)
    after = await finish(client, token, app.next_code())

    assert together.status_code == after.status_code == 200
    assert after.json()["user"]["email"] == DANA
    assert set(after.cookies) == {"session", "csrf-token", "device"}


async def test_a_code_may_be_typed_as_apps_show_it(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    app = await add_app(await cast.dana(), clock)
    code = app.next_code()

    assert (await knock(client, code=f" {code[:3]} {code[3:]}")).status_code == 200


@pytest.mark.asvs("6.5.1", "NIST 63B-4 3.1.4.2")
async def test_a_code_opens_once_and_so_does_every_code_before_it(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    app = await add_app(await cast.dana(), clock)
    earlier, code = app.next_code(), app.next_code()
    assert (await knock(client, code=code)).status_code == 200

    assert told(await knock(client, code=code)) == WRONG
    assert told(await knock(client, code=earlier)) == WRONG


async def test_the_code_that_confirmed_the_app_signs_nobody_in(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    app = await add_app(await cast.dana(), clock)

    assert told(await knock(client, code=app.code)) == WRONG


async def test_a_wrong_password_says_nothing_of_the_code(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    app = await add_app(await cast.dana(), clock)

    right = await knock(client, password="not the password", code=app.next_code())
    wrong = await knock(client, password="not the password", code=app.wrong_code())
    unknown = await knock(client, "Nobody", code=app.code)

    assert told(right) == told(wrong) == told(unknown) == (401, "invalid_credentials")


async def test_a_code_proves_nothing_for_somebody_without_a_second_factor(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await cast.dana()

    assert told(await knock(client, code="123456")) == WRONG
    assert told(await knock(client, code="AAAAAA-BBBBBB-CCCCCC-DDDDDD")) == WRONG


async def test_the_code_of_one_person_opens_nothing_of_anothers(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    dana, charlie = await cast.dana(), await cast.a_user("Charlie").signed_in()
    of_dana, of_charlie = await add_app(dana, clock), await add_app(charlie, clock)
    code = of_dana.next_code()

    assert told(await knock(client, "Charlie", code=code)) == WRONG
    assert told(await knock(client, "Charlie", code=of_dana.recovery_codes[0])) == WRONG
    assert (await knock(client, "Charlie", code=of_charlie.code)).status_code == 200


async def test_a_sign_in_that_waits_is_over_after_ten_minutes_or_when_it_was_used(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    app = await add_app(await cast.dana(), clock)
    late, used = await waiting(client), await waiting(client)
    assert (await finish(client, used, app.next_code())).status_code == 200

    again = await finish(client, used, app.next_code())
    clock.pass_by(minutes=10)
    expired = await finish(client, late, app.next_code())

    assert told(again) == told(expired) == (401, "sign_in_expired")


async def test_a_sign_in_that_waits_does_not_outlive_a_change_of_factors(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    dana = await cast.dana()
    app = await add_app(dana, clock)
    token = await waiting(client)
    await dana.post(f"{AUTH}/factors/recovery-codes")

    assert told(await finish(client, token, app.next_code())) == (401, "sign_in_expired")


@pytest.mark.parametrize("token", ["", "garbage", "A" * 300, "é"])
async def test_a_token_that_is_none_continues_nothing(
    client: httpx.AsyncClient, token: str
) -> None:
    answer = await finish(client, token, "123456")

    assert answer.status_code == 401


class TestTries:
    """Wrong codes are counted for each person and each factor apart."""

    async def test_after_five_wrong_codes_the_right_one_is_refused_like_them(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        clock.pass_by(seconds=30)
        wrong = [await knock(client, code=app.wrong_code()) for _ in range(5)]

        right, another = await knock(client, code=app.code), await knock(client, code="000000")

        assert {told(answer) for answer in wrong} == {WRONG}
        assert told(right) == told(another) == TOO_OFTEN
        assert right.json()["retryAfter"] == another.json()["retryAfter"] == 900
        assert right.json()["message"] == another.json()["message"]

    @pytest.mark.asvs("6.3.1")
    async def test_a_quarter_of_an_hour_later_the_right_one_opens_and_forgets_them(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock, db: Connection
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        for _ in range(6):
            await knock(client, code=app.wrong_code())

        clock.pass_by(minutes=15, seconds=1)

        assert (await knock(client, code=app.code)).status_code == 200
        assert await db.fetchval("SELECT count(*) FROM sign_in_failures") == 0

    @pytest.mark.asvs("6.1.1")
    async def test_wrong_codes_close_neither_the_password_nor_the_other_factor(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        for _ in range(7):
            await knock(client, code=app.wrong_code())

        assert told(await knock(client)) == (401, "second_factor_required")
        assert (await knock(client, code=app.recovery_codes[0])).status_code == 200

    async def test_wrong_passwords_do_not_close_the_second_factor(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        token = await waiting(client)
        for _ in range(6):
            await knock(client, password="not the password")

        assert (await finish(client, token, app.next_code())).status_code == 200

    async def test_the_codes_of_one_person_are_not_counted_against_another(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        await add_app(await cast.a_user("Charlie").signed_in(), clock)
        for _ in range(6):
            await knock(client, "Charlie", code=app.wrong_code())

        assert (await knock(client, code=app.next_code())).status_code == 200

    @pytest.mark.asvs("NIST 63B-4 3.2.2")
    async def test_after_fifty_wrong_codes_none_is_heard_for_a_day(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        for _ in range(10):
            for _ in range(6):
                await knock(client, code=app.wrong_code())
            clock.pass_by(minutes=15, seconds=1)

        that_day = await knock(client, code=app.code)
        clock.pass_by(days=1)
        next_day = await knock(client, code=app.code)

        assert told(that_day) == TOO_OFTEN
        assert that_day.json()["retryAfter"] == 86400
        assert next_day.status_code == 200

    @pytest.mark.asvs("6.3.5")
    async def test_one_mail_tells_that_somebody_got_past_the_password(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        before = len(await cast.mails(DANA))

        for _ in range(8):
            await knock(client, code=app.wrong_code())

        mails = await cast.mails(DANA)
        assert len(mails) == before + 1
        assert "Wrong codes" in mails[0]["Subject"]


class TestRecoveryCodes:
    """Ten codes for a lost phone."""

    @pytest.mark.asvs("6.5.4", "6.5.2")
    async def test_ten_codes_of_120_bits_come_with_the_first_factor(
        self, cast: Cast, clock: MovedClock, db: Connection
    ) -> None:
        app = await add_app(await cast.dana(), clock)

        kept = [row["code_hash"] for row in await db.fetch("SELECT code_hash FROM recovery_codes")]
        assert len(set(app.recovery_codes)) == len(kept) == 10
        for code in app.recovery_codes:
            assert [len(group) for group in code.split("-")] == [6, 6, 6, 6]
            assert not {"I", "L", "O", "U"} & set(code)
        assert {len(hashed) for hashed in kept} == {32}

    @pytest.mark.asvs("6.5.1", "NIST 63B-4 3.1.2.2")
    async def test_each_opens_once(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        code = app.recovery_codes[3]

        assert (await knock(client, code=code)).status_code == 200
        assert told(await knock(client, code=code)) == WRONG
        assert (await knock(client, code=app.recovery_codes[4])).status_code == 200

    async def test_a_code_may_be_typed_in_any_way_that_reads_the_same(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        first, second, *_ = app.recovery_codes
        carelessly = first.lower().replace("-", " ").replace("0", "o").replace("1", "l")

        assert (await knock(client, code=carelessly)).status_code == 200
        assert (await knock(client, code=second.replace("-", ""))).status_code == 200

    async def test_the_person_is_told_of_each_use_and_how_many_are_left(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        app = await add_app(dana, clock)

        await knock(client, code=app.recovery_codes[0])

        assert await was_told(cast, "9 codes are left")
        assert (await dana.get(f"{AUTH}/factors")).json()["recoveryCodesLeft"] == 9

    async def test_new_codes_void_the_old_ones(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        app = await add_app(dana, clock)

        made = await dana.post(f"{AUTH}/factors/recovery-codes")

        assert made.status_code == 201
        new = made.json()["recoveryCodes"]
        assert not {*new} & {*app.recovery_codes}
        assert told(await knock(client, code=app.recovery_codes[0])) == WRONG
        assert (await knock(client, code=new[0])).status_code == 200
        subjects = [mail["Subject"] for mail in await cast.mails(DANA)]
        assert sum("two-step sign-in" in subject for subject in subjects) == 2

    async def test_there_is_nothing_to_recover_without_a_second_factor(self, cast: Cast) -> None:
        dana = await cast.dana()

        answer = await dana.post(f"{AUTH}/factors/recovery-codes")

        assert told(answer) == (409, "no_second_factor")

    async def test_who_has_used_all_of_them_is_no_longer_offered_them(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        for code in app.recovery_codes:
            assert (await knock(client, code=code)).status_code == 200

        assert (await knock(client)).json()["methods"] == ["totp"]
        assert await was_told(cast, "It was the last one")


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


async def test_secrets_and_codes_are_not_in_the_database_as_they_were_shown(
    cast: Cast, clock: MovedClock, db: Connection
) -> None:
    app = await add_app(await cast.dana(), clock)

    row = await db.fetchrow("SELECT secret_sealed FROM totp_factors")

    assert row is not None
    assert base64.b32decode(app.secret) not in row["secret_sealed"]


async def test_a_sealed_secret_moved_to_another_person_opens_nothing(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock, db: Connection
) -> None:
    """Who can write to the table still cannot sign in with an app of their own."""
    dana, charlie = await cast.dana(), await cast.a_user("Charlie").signed_in()
    await add_app(dana, clock)
    of_charlie = await add_app(charlie, clock)
    await db.execute(
        "UPDATE totp_factors SET secret_sealed = (SELECT secret_sealed FROM totp_factors"
        " WHERE user_id = $1) WHERE user_id = $2",
        charlie.id,
        dana.id,
    )

    answer = await knock(client, code=of_charlie.next_code())

    assert answer.status_code >= 400
    assert "session" not in answer.cookies


async def test_secrets_are_sealed_anew_before_the_old_key_goes(
    cast: Cast, service: Service, clock: MovedClock, db: Connection
) -> None:
    app = await add_app(await cast.dana(), clock)
    await add_app(await cast.a_user("Charlie").signed_in(), clock)
    before = await db.fetch("SELECT secret_sealed FROM totp_factors")
    newer = Settings.model_validate(
        service.settings.model_dump()
        | {"secret_key": SecretStr("n" * 40), "secret_key_previous": SecretStr(SECRET)}
    )

    await show_keys(newer, rotate=True)

    after = await db.fetch("SELECT user_id, secret_sealed FROM totp_factors")
    assert not {row["secret_sealed"] for row in before} & {row["secret_sealed"] for row in after}
    dana = await cast.user("Dana")
    (sealed,) = [row["secret_sealed"] for row in after if row["user_id"] == dana.id]
    alone = Vault(["n" * 40])
    assert base64.b32encode(alone.open(f"totp {dana.id}", sealed)).decode() == app.secret
