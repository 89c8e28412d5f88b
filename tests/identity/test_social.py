"""Signing in by another service, against a certified provider that really runs."""

import httpx
import pytest
from tests.cast import PASSWORD, Cast
from tests.identity.at_a_provider import WELCOME, connections, dana, settings, sign_in, subjects
from tests.identity.travelling import Traveller, notice_of, path_of

from firstmile.kernel.database import Connection
from firstmile.protect.switches import Area, Off
from firstmile.service import Service

__all__ = ["dana", "settings"]


async def test_a_new_person_has_an_account_as_soon_as_they_come_back(
    dana: Traveller, cast: Cast, db: Connection
) -> None:
    answer = await dana.travel_as("dana")

    assert path_of(answer) == "/home"
    user = await dana.session()
    assert user is not None
    assert (user["email"], user["emailVerified"]) == ("dana@example.org", True)
    assert (user["firstName"], user["lastName"]) == ("Dana", "Example")
    assert await connections(db) == [("dana@example.org", "dana")]
    assert await subjects(cast) == [WELCOME]


@pytest.mark.asvs("6.8.1")
async def test_the_same_person_comes_back_to_the_same_account(dana: Traveller) -> None:
    await dana.travel_as("dana")
    first = await dana.session()
    await dana.post("/sign-out")

    answer = await dana.travel_as("dana", next="/profile")

    assert path_of(answer) == "/profile"
    assert first is not None
    assert await dana.session() == first


async def test_whoever_leaves_is_sent_with_pkce_state_and_nonce(dana: Traveller) -> None:
    first, second = [httpx.URL(await dana.leave()).params for _ in range(2)]

    assert (first["response_type"], first["code_challenge_method"]) == ("code", "S256")
    for fresh in ("state", "nonce", "code_challenge"):
        assert len(first[fresh]) >= 43
        assert first[fresh] != second[fresh]


async def test_a_known_address_is_not_connected_before_its_own_credential_is_shown(
    dana: Traveller, cast: Cast, db: Connection
) -> None:
    await cast.a_user("Dana").registered()

    answer = await dana.travel_as("dana")

    assert (path_of(answer), notice_of(answer)) == ("/sign-in", "connect-first")
    assert await dana.session() is None
    assert await connections(db) == []


async def test_whoever_shows_it_is_asked_and_then_connected(
    dana: Traveller, cast: Cast, db: Connection
) -> None:
    await cast.a_user("Dana").registered()
    await dana.travel_as("dana")

    offered = await sign_in(dana)
    assert path_of(offered) == "/account/connections/offer"
    assert "dana@example.org" in (await dana.client.get(offered.headers["location"])).text
    assert await connections(db) == []
    connected = await dana.post("/account/connections/offer", next="/profile")

    assert (path_of(connected), notice_of(connected)) == ("/profile", "connected")
    assert await connections(db) == [("dana@example.org", "dana")]
    assert "Acme now opens your account at Firstmile" in await subjects(cast)
    await dana.post("/sign-out")
    await dana.travel_as("dana")
    assert await dana.session() is not None


async def test_whoever_says_not_now_is_not_asked_again(
    dana: Traveller, cast: Cast, db: Connection
) -> None:
    await cast.a_user("Dana").registered()
    await dana.travel_as("dana")
    await sign_in(dana)

    answer = await dana.post("/account/connections/offer/decline", next="/profile")

    assert path_of(answer) == "/profile"
    assert await connections(db) == []
    assert path_of(await sign_in(dana)) == "/profile"


async def test_nobody_is_offered_what_was_meant_for_somebody_else(
    dana: Traveller, cast: Cast, db: Connection
) -> None:
    """Two people may share a browser."""
    await cast.a_user("Dana").registered()
    await cast.a_user("Bob").registered()
    await dana.travel_as("dana")

    await dana.post("/sign-in", email="bob@example.org", password=PASSWORD)
    kept = dana.client.cookies["introduced"]
    offered = await dana.client.get("/account/connections/offer?next=/profile")
    assert path_of(offered) == "/profile"
    dana.client.cookies.set("introduced", kept)
    answer = await dana.post("/account/connections/offer")

    assert notice_of(answer) == "sign-in-expired"
    assert await connections(db) == []


async def test_an_offer_is_taken_once(dana: Traveller, cast: Cast, db: Connection) -> None:
    await cast.a_user("Dana").registered()
    await dana.travel_as("dana")
    kept = dana.client.cookies["introduced"]
    await sign_in(dana)
    await dana.post("/account/connections/offer")
    await db.execute("DELETE FROM connected_accounts")
    dana.client.cookies.set("introduced", kept)

    again = await dana.post("/account/connections/offer")

    assert notice_of(again) == "sign-in-expired"
    assert await connections(db) == []


async def test_nobody_new_comes_in_while_sign_up_is_off(
    service: Service, cast: Cast, dana: Traveller
) -> None:
    service.switches.replace([Off(Area.SIGN_UP, service.works.clock(), "A flood")], 0)

    answer = await dana.travel_as("dana")

    assert (path_of(answer), notice_of(answer)) == ("/sign-in", "sign-up-off")
    assert await cast.user("Dana") is None
    assert await dana.session() is None


async def test_whoever_came_before_comes_in_while_sign_up_is_off(
    service: Service, dana: Traveller
) -> None:
    await dana.travel_as("dana")
    dana.client.cookies.clear()
    service.switches.replace([Off(Area.SIGN_UP, service.works.clock(), "A flood")], 0)

    await dana.travel_as("dana")

    assert await dana.session() is not None
