"""A code is good once, for a minute, and in the hands it was made for."""

import base64
from collections.abc import Awaitable, Callable

import httpx
import pytest
from tests.applications import Application, Browser, registered
from tests.clock import MovedClock
from tests.identity.apps import told
from tests.identity.granting import SPENT, browser, dana, is_good, reports
from tests.identity.racing import ROUNDS, winners

from firstmile.kernel.database import Connection
from firstmile.service import Service

__all__ = ["browser", "dana", "reports"]


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


def _changed(value: str, place: int) -> str:
    raw = bytearray(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    raw[place] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
