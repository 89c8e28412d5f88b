"""A challenge adds one passkey, of the person it was made for, for five minutes."""

import pytest
from tests.cast import PASSWORD, Cast
from tests.clock import MovedClock
from tests.identity.authenticator import decoded
from tests.identity.keyholder import (
    ALONE,
    DANA,
    EVIL,
    EXPIRED,
    INVALID,
    LOGIN,
    PASSKEYS,
    Holder,
    dana,
    told,
)
from tests.identity.racing import AT_ONCE, ROUNDS, winners

__all__ = ["dana"]


@pytest.mark.asvs("6.7.2")
async def test_a_challenge_is_long_and_never_the_same(dana: Holder) -> None:
    challenges = {(await dana.options())["publicKey"]["challenge"] for _ in range(20)}

    assert len(challenges) == 20
    assert {len(decoded(one)) for one in challenges} == {32}


async def test_a_challenge_of_nobodys_adds_nothing(dana: Holder) -> None:
    options = await dana.options()
    options["publicKey"]["challenge"] = "A" * 43

    assert told(await dana.add(options)) == INVALID


async def test_a_challenge_adds_one_passkey(dana: Holder) -> None:
    options = await dana.options()
    await dana.add(options)
    options["publicKey"]["excludeCredentials"] = []

    assert told(await dana.add(options)) == EXPIRED
    assert len(await dana.listed()) == 1


async def test_a_challenge_that_was_answered_wrongly_is_spent_too(dana: Holder) -> None:
    options = await dana.options()
    await dana.add(options, origin=EVIL)

    assert told(await dana.add(options)) == EXPIRED


async def test_a_challenge_is_good_for_five_minutes(dana: Holder, clock: MovedClock) -> None:
    options = await dana.options()
    clock.pass_by(minutes=5)

    assert told(await dana.add(options)) == EXPIRED


async def test_the_challenge_of_another_person_adds_nothing(dana: Holder, cast: Cast) -> None:
    charlie = Holder(await cast.a_user("Charlie").signed_in())

    assert told(await dana.add(await charlie.options())) == EXPIRED


async def test_a_challenge_to_sign_in_adds_nothing(dana: Holder) -> None:
    options = await dana.options()
    other = await dana.offer(ALONE)
    options["challengeToken"] = other["challengeToken"]
    options["publicKey"]["challenge"] = other["publicKey"]["challenge"]

    assert told(await dana.add(options)) == EXPIRED


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 200])
async def test_a_made_up_challenge_adds_nothing(dana: Holder, token: str) -> None:
    options = await dana.options()

    assert told(await dana.add({**options, "challengeToken": token})) == EXPIRED


async def test_of_many_answers_to_one_challenge_one_is_kept(dana: Holder) -> None:
    for number in range(1, len(ROUNDS) + 1):
        options = await dana.options()
        options["publicKey"]["excludeCredentials"] = []
        credentials = [dana.device.create(options["publicKey"]) for _ in range(AT_ONCE)]

        async def add(place: int) -> int:
            body = {
                "challengeToken": options["challengeToken"],  # noqa: B023
                "credential": credentials[place],  # noqa: B023
            }
            answer = await dana.person.post(PASSKEYS, body)
            if answer.status_code == 201:
                dana.person.access_token = answer.json()["session"]["accessToken"]
            return answer.status_code

        assert await winners(add) == 1
        dana.client.cookies.clear()
        assert len(await dana.listed()) == 1, number
        (passkey,) = await dana.listed()
        await dana.client.delete(f"{PASSKEYS}/{passkey['id']}", headers=dana.person.headers)
        answer = await dana.client.post(LOGIN, json={"email": DANA, "password": PASSWORD})
        dana.person.access_token = answer.json()["accessToken"]
        dana.client.cookies.clear()
