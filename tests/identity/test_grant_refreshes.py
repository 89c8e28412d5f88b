"""A refresh token gives the next one of the same sign-in, until that ends."""

import asyncio

import httpx
import pytest
from tests.applications import Application, Browser, registered
from tests.clock import MovedClock
from tests.identity.apps import told
from tests.identity.granting import SPENT, browser, dana, is_good, reports

from firstmile.service import Service

__all__ = ["browser", "dana", "reports"]


async def test_a_refresh_token_of_one_application_is_nothing_in_the_hands_of_another(
    dana: Browser, reports: Application, service: Service, client: httpx.AsyncClient
) -> None:
    other = await registered(service, client, name="Other")
    tokens = await dana.tokens(reports)

    assert told(await other.refresh(tokens["refresh_token"])) == SPENT
    await other.post("/oauth/revoke", token=tokens["refresh_token"])
    await other.post("/oauth/revoke", token=tokens["access_token"])

    assert (await reports.refresh(tokens["refresh_token"])).status_code == 200


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
