"""A second factor is set up by the API, and signing in asks for it."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.apps import AUTH, DANA, WRONG, add_app, finish, knock, told, waiting


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
