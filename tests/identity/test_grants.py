"""Codes, tokens and refreshes of applications, and what a thief gets of them."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import jwt
import pytest
from tests.applications import Application, Browser, registered
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.racing import ROUNDS, winners

from firstmile.identity.redirects import Kind
from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection
from firstmile.service import Service


@pytest.fixture
async def browser(app: App) -> AsyncIterator[Browser]:
    """A browser with nobody's cookies."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as http:
        yield Browser(http)


@pytest.fixture
async def dana(cast: Cast, browser: Browser) -> Browser:
    """Dana's browser, signed in."""
    await cast.a_user("Dana").registered()
    await browser.sign_in("Dana")
    return browser


@pytest.fixture
async def reports(service: Service, client: httpx.AsyncClient) -> Application:
    """An application with a secret."""
    return await registered(service, client)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


SPENT = (400, "invalid_grant")


async def is_good(application: Application, tokens: dict[str, str]) -> bool:
    return (await application.userinfo(tokens["access_token"])).status_code == 200


async def test_a_code_becomes_tokens(dana: Browser, reports: Application, cast: Cast) -> None:
    answer = await reports.redeem(await dana.code(reports))

    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert body["scope"] == "openid profile email roles offline_access"
    assert set(body) >= {"access_token", "id_token", "refresh_token"}
    assert "set-cookie" not in answer.headers


async def test_an_id_token_says_who_and_how_and_to_whom(
    dana: Browser, reports: Application, cast: Cast
) -> None:
    user = await cast.user("Dana")
    tokens = await dana.tokens(reports)

    claims = await reports.claims(tokens["id_token"])

    assert jwt.get_unverified_header(tokens["id_token"])["typ"] == "JWT"
    assert (claims["sub"], claims["aud"]) == (str(user.id), reports.id)
    assert claims["nonce"] == "the-nonce"
    assert (claims["acr"], claims["amr"]) == ("aal1", ["pwd"])
    assert claims["auth_time"] <= claims["iat"] < claims["exp"]
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("=")
    assert not {"email", "name", "roles"} & set(claims)


async def test_without_a_nonce_there_is_none(dana: Browser, reports: Application) -> None:
    tokens = await dana.tokens(reports, nonce=None)

    assert "nonce" not in await reports.claims(tokens["id_token"])


async def test_a_refresh_token_is_given_for_the_scope_alone(
    dana: Browser, reports: Application
) -> None:
    tokens = await dana.tokens(reports, scope="openid email")

    assert "refresh_token" not in tokens
    assert tokens["scope"] == "openid email"


@pytest.mark.asvs("10.4.2")
async def test_a_code_used_twice_ends_all_it_gave(dana: Browser, reports: Application) -> None:
    code = await dana.code(reports)
    tokens = (await reports.redeem(code)).json()
    assert await is_good(reports, tokens)

    again = await reports.redeem(code)

    assert told(again) == SPENT
    assert not await is_good(reports, tokens)
    assert told(await reports.refresh(tokens["refresh_token"])) == SPENT


@pytest.mark.asvs("10.4.2")
async def test_of_sixteen_redemptions_at_once_one_wins_and_wins_nothing(
    dana: Browser, reports: Application, db: Connection
) -> None:
    def redeeming(code: str) -> Callable[[int], Awaitable[int]]:
        async def redeem(_: int) -> int:
            return (await reports.redeem(code)).status_code

        return redeem

    for _ in ROUNDS:
        assert await winners(redeeming(await dana.code(reports))) == 1

    assert await db.fetchval("SELECT count(*) FROM client_grants WHERE ended_at IS NULL") == 0


@pytest.mark.asvs("10.4.3")
async def test_a_code_lives_a_minute(
    dana: Browser, reports: Application, clock: MovedClock
) -> None:
    early, late = await dana.code(reports), await dana.code(reports)

    clock.pass_by(seconds=59)
    assert (await reports.redeem(early)).status_code == 200
    clock.pass_by(seconds=1)

    assert told(await reports.redeem(late)) == SPENT


@pytest.mark.asvs("10.4.6")
@pytest.mark.parametrize(
    "verifier", ["", None, "wrong", "x" * 43, "é" * 43, "another-verifier-" * 3]
)
async def test_a_code_is_worth_nothing_without_its_verifier(
    dana: Browser, reports: Application, verifier: str | None
) -> None:
    code = await dana.code(reports)

    refused = await reports.redeem(code, code_verifier=verifier)

    assert refused.status_code == 400
    assert refused.json()["error"] in ("invalid_grant", "invalid_request")
    assert (await reports.redeem(code)).status_code == 200


async def test_a_thief_without_the_verifier_ends_nothing(
    dana: Browser, reports: Application
) -> None:
    code = await dana.code(reports)
    tokens = (await reports.redeem(code)).json()

    assert told(await reports.redeem(code, code_verifier="x" * 43)) == SPENT

    assert await is_good(reports, tokens)


async def test_the_challenge_is_no_verifier(dana: Browser, reports: Application) -> None:
    """As it would be with `plain`."""
    code = await dana.code(reports)

    assert told(await reports.redeem(code, code_verifier=reports.challenge)) == SPENT


@pytest.mark.parametrize(
    "uri", [None, "", "https://evil.example/", "https://reports.example.com/callback/"]
)
async def test_a_code_is_bound_to_the_address_it_went_to(
    dana: Browser, reports: Application, uri: str | None
) -> None:
    code = await dana.code(reports)

    refused = await reports.redeem(code, redirect_uri=uri)

    assert refused.json()["error"] == ("invalid_grant" if uri else "invalid_request")


async def test_a_code_of_one_application_is_nothing_in_the_hands_of_another(
    dana: Browser, reports: Application, service: Service, client: httpx.AsyncClient
) -> None:
    other = await registered(service, client, name="Other")
    other.verifier = reports.verifier
    code = await dana.code(reports)

    assert told(await other.redeem(code)) == SPENT
    assert (await reports.redeem(code)).status_code == 200


async def test_a_refresh_token_of_one_application_is_nothing_in_the_hands_of_another(
    dana: Browser, reports: Application, service: Service, client: httpx.AsyncClient
) -> None:
    other = await registered(service, client, name="Other")
    tokens = await dana.tokens(reports)

    assert told(await other.refresh(tokens["refresh_token"])) == SPENT
    await other.post("/oauth/revoke", token=tokens["refresh_token"])
    await other.post("/oauth/revoke", token=tokens["access_token"])

    assert (await reports.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize("value", ["", "x", "é" * 70, "A" * 70, "A" * 71, "A" * 3999, "=" * 70])
async def test_garbage_is_no_code_and_no_token(
    dana: Browser, reports: Application, value: str
) -> None:
    assert (await reports.redeem(value)).status_code == 400
    assert (await reports.refresh(value)).status_code == 400


@pytest.mark.parametrize("place", [0, 15, 16, 19, 20, 51])
async def test_a_value_with_one_byte_changed_opens_nothing_and_ends_nothing(
    dana: Browser, reports: Application, place: int
) -> None:
    code = await dana.code(reports)
    changed = _changed(code, place)

    assert told(await reports.redeem(changed)) == SPENT
    tokens = (await reports.redeem(code)).json()
    assert told(await reports.refresh(_changed(tokens["refresh_token"], place))) == SPENT
    assert await is_good(reports, tokens)


async def test_a_code_is_no_refresh_token_and_the_other_way_round(
    dana: Browser, reports: Application
) -> None:
    code = await dana.code(reports)
    assert told(await reports.refresh(code)) == SPENT

    tokens = (await reports.redeem(code)).json()
    assert told(await reports.redeem(tokens["refresh_token"])) == SPENT
    for token in (tokens["access_token"], tokens["id_token"]):
        assert told(await reports.refresh(token)) == SPENT


@pytest.mark.asvs("10.4.5")
async def test_each_refresh_gives_the_next_token_of_the_same_sign_in(
    dana: Browser, reports: Application
) -> None:
    tokens = await dana.tokens(reports)

    new = (await reports.refresh(tokens["refresh_token"])).json()

    assert new["refresh_token"] != tokens["refresh_token"]
    before = await reports.claims(tokens["id_token"])
    after = await reports.claims(new["id_token"])
    for name in ("iss", "sub", "aud", "auth_time", "sid", "acr", "amr"):
        assert after[name] == before[name]
    assert "nonce" not in after  # OpenID Connect Core, 12.2


async def test_a_lost_answer_is_asked_for_again_within_twenty_seconds(
    dana: Browser, reports: Application, clock: MovedClock
) -> None:
    tokens = await dana.tokens(reports)
    lost = (await reports.refresh(tokens["refresh_token"])).json()["refresh_token"]

    clock.pass_by(seconds=19)
    again = (await reports.refresh(tokens["refresh_token"])).json()["refresh_token"]

    assert again == lost
    assert (await reports.refresh(lost)).status_code == 200


async def test_sixteen_refreshes_at_once_give_one_token(
    dana: Browser, reports: Application
) -> None:
    tokens = await dana.tokens(reports)

    answers = await asyncio.gather(*(reports.refresh(tokens["refresh_token"]) for _ in range(16)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


@pytest.mark.asvs("10.4.5")
async def test_a_stolen_refresh_token_ends_with_its_reuse(
    dana: Browser, reports: Application, clock: MovedClock
) -> None:
    tokens = await dana.tokens(reports)
    new = (await reports.refresh(tokens["refresh_token"])).json()

    clock.pass_by(seconds=21)
    again = await reports.refresh(tokens["refresh_token"])

    assert told(again) == SPENT
    assert told(await reports.refresh(new["refresh_token"])) == SPENT
    assert not await is_good(reports, new)


async def test_a_token_two_generations_old_ends_it_at_once(
    dana: Browser, reports: Application
) -> None:
    tokens = await dana.tokens(reports)
    second = (await reports.refresh(tokens["refresh_token"])).json()
    third = (await reports.refresh(second["refresh_token"])).json()

    assert told(await reports.refresh(tokens["refresh_token"])) == SPENT
    assert told(await reports.refresh(third["refresh_token"])) == SPENT


async def test_the_end_of_one_sign_in_leaves_the_others(
    dana: Browser, reports: Application
) -> None:
    first, second = await dana.tokens(reports), await dana.tokens(reports)

    await reports.post("/oauth/revoke", token=first["refresh_token"])

    assert not await is_good(reports, first)
    assert await is_good(reports, second)


@pytest.mark.asvs("10.4.11")
async def test_a_refresh_may_narrow_and_never_widen(dana: Browser, reports: Application) -> None:
    tokens = await dana.tokens(reports, scope="openid email offline_access")

    wider = await reports.refresh(tokens["refresh_token"], scope="openid email profile")
    narrower = await reports.refresh(tokens["refresh_token"], scope="openid")

    assert told(wider) == (400, "invalid_scope")
    assert narrower.json()["scope"] == "openid"
    info = await reports.userinfo(narrower.json()["access_token"])
    assert set(info.json()) == {"sub"}
    whole = await reports.refresh(narrower.json()["refresh_token"])
    assert whole.json()["scope"] == "openid email offline_access"


@pytest.mark.asvs("10.4.8")
async def test_a_sign_in_in_use_ends_after_ninety_days(
    dana: Browser, reports: Application, clock: MovedClock
) -> None:
    token = (await dana.tokens(reports))["refresh_token"]
    for _ in range(8):
        clock.pass_by(days=11)
        token = (await reports.refresh(token)).json()["refresh_token"]

    clock.pass_by(days=2)

    assert told(await reports.refresh(token)) == SPENT


async def test_a_sign_in_that_rests_two_weeks_is_over(
    dana: Browser, reports: Application, clock: MovedClock
) -> None:
    token = (await dana.tokens(reports))["refresh_token"]

    clock.pass_by(days=14)

    assert told(await reports.refresh(token)) == SPENT


async def test_a_refresh_goes_on_when_the_session_has_fallen_asleep(
    dana: Browser, reports: Application, clock: MovedClock
) -> None:
    """That is what `offline_access` is for."""
    token = (await dana.tokens(reports))["refresh_token"]

    clock.pass_by(days=2)

    assert (await reports.refresh(token)).status_code == 200


async def test_nothing_in_the_tables_is_a_credential(
    dana: Browser, reports: Application, db: Connection
) -> None:
    code = await dana.code(reports)
    tokens = (await reports.redeem(code)).json()
    rows = [
        *await db.fetch("SELECT * FROM clients"),
        *await db.fetch("SELECT * FROM client_grants"),
    ]
    kept = " ".join(str(value) for row in rows for value in row.values())

    for secret in (code, reports.secret, tokens["refresh_token"], tokens["access_token"]):
        assert str(secret) not in kept
        mac = base64.urlsafe_b64decode(f"{secret}==")[20:].hex() if len(str(secret)) < 100 else ""
        assert not mac or mac not in kept


@pytest.mark.parametrize("kind", [Kind.BROWSER, Kind.NATIVE])
async def test_an_application_without_a_secret_is_known_by_name_and_verifier(
    dana: Browser, service: Service, client: httpx.AsyncClient, kind: Kind
) -> None:
    application = await registered(service, client, kind)

    tokens = await dana.tokens(application)

    assert (await application.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_program_on_a_device_is_answered_at_the_port_it_has(
    dana: Browser, service: Service, client: httpx.AsyncClient
) -> None:
    program = await registered(service, client, Kind.NATIVE)
    there = "http://127.0.0.1:51004/callback"

    code = await dana.code(program, redirect_uri=there)

    assert told(await program.redeem(code)) == SPENT
    assert (await program.redeem(code, redirect_uri=there)).status_code == 200


def _changed(value: str, place: int) -> str:
    raw = bytearray(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    raw[place] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
