"""Recovery codes: each opens once, and a new set ends the old one."""

import httpx
import pytest
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.apps import AUTH, DANA, WRONG, add_app, knock, told, was_told

from firstmile.kernel.database import Connection


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
