"""Signing in with a passkey: alone, as the second factor, and before a sensitive change."""

from typing import Any

import jwt
import pytest
from tests.cast import PASSWORD, Cast
from tests.clock import MovedClock
from tests.identity.authenticator import PRESENT, VERIFIED, Authenticator, decoded
from tests.identity.keyholder import (
    ALONE,
    DANA,
    EVIL,
    EXPIRED,
    LOGIN,
    ME,
    PASSKEYS,
    REFUSED,
    SECOND,
    STEP_UP,
    Holder,
    dana,
    holder,
    told,
)
from tests.identity.racing import ROUNDS, winners

from firstmile.kernel.database import Connection

__all__ = ["dana", "holder"]  # a person and her device

# Signing in alone


async def test_what_a_visitor_is_asked_is_the_same_for_everybody(holder: Holder) -> None:
    asked = (await holder.offer(ALONE))["publicKey"]

    assert asked["allowCredentials"] == []
    assert asked["userVerification"] == "required"
    assert asked["rpId"] == "localhost"


async def test_a_passkey_signs_in_alone_with_two_factors(holder: Holder) -> None:
    answer = await holder.show()

    assert answer.status_code == 200
    assert set(answer.cookies) >= {"session", "csrf-token", "device"}
    (passkey,) = await holder.listed()
    assert passkey["lastUsedAt"] is not None


async def test_the_token_says_how_one_signed_in(holder: Holder) -> None:
    token = (await holder.show()).json()["accessToken"]

    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["amr"] == ["mfa", "pop"]
    assert claims["acr"] == "aal2"


async def test_a_passkey_that_was_not_told_who_uses_it_is_not_enough_alone(
    holder: Holder,
) -> None:
    answer = await holder.show(flags=PRESENT)

    assert told(answer) == (401, "user_verification_required")


@pytest.mark.asvs("NIST 63B-4 3.2.5", "NIST 63B-4 3.2.7", "NIST 63B-4 3.2.8")
@pytest.mark.parametrize(
    "lie",
    [
        {"origin": EVIL},
        {"origin": "https://localhost:8000"},
        {"origin": "http://localhost"},
        {"rp_id": "evil.example"},
        {"type": "webauthn.create"},
        {"challenge": "A" * 43},
        {"cross_origin": True},
        {"flags": VERIFIED},
        {"flags": PRESENT | VERIFIED | 0x10},
        {"signature": b""},
        {"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"},
        {"data": b""},
        {"data": b"\x00" * 37},
        {"id": b"nobody's"},
        {"user_handle": None},
        {"user_handle": b"short"},
        {"user_handle": b"\x00" * 16},
    ],
    ids=lambda lie: "-".join(f"{name}" for name in lie),
)
async def test_a_passkey_that_lies_opens_nothing(holder: Holder, lie: dict[str, Any]) -> None:
    assert told(await holder.show(**lie)) == REFUSED


async def test_a_signature_for_other_words_opens_nothing(holder: Holder) -> None:
    options = await holder.offer(ALONE)
    credential = holder.device.get(options["publicKey"])
    other = holder.device.get((await holder.offer(ALONE))["publicKey"])
    credential["response"]["signature"] = other["response"]["signature"]
    body = {"challengeToken": options["challengeToken"], "credential": credential}

    assert told(await holder.client.post(ALONE, json=body)) == REFUSED


async def test_a_key_of_ones_own_under_anothers_id_opens_nothing(
    holder: Holder, cast: Cast
) -> None:
    charlie = await Holder(await cast.a_user("Charlie").signed_in()).added()

    answer = await charlie.show(id=holder.key.id, user_handle=holder.key.user_handle)

    assert told(answer) == REFUSED


async def test_ones_own_key_does_not_open_anothers_account(holder: Holder, cast: Cast) -> None:
    charlie = await Holder(await cast.a_user("Charlie").signed_in()).added()

    assert told(await charlie.show(user_handle=holder.key.user_handle)) == REFUSED


@pytest.mark.asvs("NIST 63B-4 3.2.7")
async def test_an_answer_that_is_sent_again_opens_nothing(holder: Holder) -> None:
    options = await holder.offer(ALONE)
    body = {
        "challengeToken": options["challengeToken"],
        "credential": holder.device.get(options["publicKey"]),
    }

    first = await holder.client.post(ALONE, json=body)
    holder.client.cookies.clear()

    assert first.status_code == 200
    assert told(await holder.client.post(ALONE, json=body)) == EXPIRED


async def test_of_many_copies_of_an_answer_one_opens(holder: Holder) -> None:
    for _ in ROUNDS:
        options = await holder.offer(ALONE)
        body = {
            "challengeToken": options["challengeToken"],
            "credential": holder.device.get(options["publicKey"]),
        }

        async def sign_in(_: int) -> int:
            return (await holder.client.post(ALONE, json=body)).status_code  # noqa: B023

        assert await winners(sign_in) == 1
        holder.client.cookies.clear()


async def test_a_sign_in_has_five_minutes(holder: Holder, clock: MovedClock) -> None:
    options = await holder.offer(ALONE)
    clock.pass_by(minutes=5)

    assert told(await holder.show(options=options)) == EXPIRED


async def test_a_challenge_of_another_ceremony_signs_nobody_in(holder: Holder) -> None:
    other = await holder.offer(SECOND, await holder.half_in())

    assert told(await holder.show(options=other)) == EXPIRED


async def test_a_passkey_that_was_removed_opens_nothing(holder: Holder) -> None:
    (passkey,) = await holder.listed()
    await holder.client.delete(f"{PASSKEYS}/{passkey['id']}", headers=holder.person.headers)

    assert told(await holder.show()) == REFUSED


async def test_an_account_that_staff_locked_stays_locked(holder: Holder, db: Connection) -> None:
    await db.execute("UPDATE users SET locked_at = now() WHERE id = $1", holder.person.id)

    assert told(await holder.show()) == (403, "account_locked")


async def test_a_password_alone_is_no_longer_enough(holder: Holder) -> None:
    body = {"email": DANA, "password": PASSWORD}

    answer = await holder.client.post(LOGIN, json=body)

    assert told(answer) == (401, "second_factor_required")
    assert answer.json()["methods"] == ["passkey", "recovery_code"]


# The sign count


async def test_a_count_that_goes_backwards_is_refused_and_told(holder: Holder, cast: Cast) -> None:
    await holder.show(count=7)

    for count in (7, 6, 1):
        assert told(await holder.show(count=count)) == REFUSED

    suspicions = [one for one in await cast.mails(DANA) if "may have been copied" in one["Subject"]]
    assert len(suspicions) == 3
    assert (await holder.show(count=8)).status_code == 200


async def test_a_count_nobody_signed_for_is_no_sign_of_a_copy(holder: Holder, cast: Cast) -> None:
    await holder.show(count=7)
    before = len(await cast.mails(DANA))

    assert told(await holder.show(count=3, signature=b"\x00")) == REFUSED

    assert len(await cast.mails(DANA)) == before


async def test_a_key_that_does_not_count_signs_in_ever_again(dana: Holder) -> None:
    dana.device = Authenticator(counts=False, is_synced=True)
    await dana.added()

    answers = [await dana.show() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [one["backedUp"] for one in await dana.listed()] == [True]


async def test_a_key_that_moved_to_a_keeper_who_does_not_count_is_taken(holder: Holder) -> None:
    await holder.show(count=7)

    assert (await holder.show(count=0)).status_code == 200
    assert told(await holder.show(count=7)) == REFUSED


# As the second factor, and before a sensitive change


async def test_a_passkey_finishes_a_sign_in(holder: Holder) -> None:
    waiting = await holder.half_in()
    asked = (await holder.offer(SECOND, waiting))["publicKey"]

    answer = await holder.show(SECOND, more=waiting)

    assert [decoded(one["id"]) for one in asked["allowCredentials"]] == [holder.key.id]
    assert asked["userVerification"] == "preferred"
    assert answer.status_code == 200


async def test_a_key_without_a_person_is_enough_beside_a_password(dana: Holder) -> None:
    dana.device = Authenticator(verifies_person=False)
    await dana.added()

    assert (await dana.show(SECOND, more=await dana.half_in())).status_code == 200


async def test_a_key_that_tells_no_holder_is_enough_beside_a_password(holder: Holder) -> None:
    answer = await holder.show(SECOND, more=await holder.half_in(), user_handle=None)

    assert answer.status_code == 200


async def test_another_persons_passkey_does_not_finish_a_sign_in(
    holder: Holder, cast: Cast
) -> None:
    charlie = await Holder(await cast.a_user("Charlie").signed_in()).added()
    waiting = await holder.half_in()
    options = await holder.offer(SECOND, waiting)

    for handle in (charlie.key.user_handle, holder.key.user_handle, None):
        options = await holder.offer(SECOND, waiting)
        credential = charlie.device.get(
            {**options["publicKey"], "allowCredentials": []}, user_handle=handle
        )
        body = {"challengeToken": options["challengeToken"], "credential": credential, **waiting}
        assert told(await holder.client.post(SECOND, json=body)) == REFUSED


async def test_the_second_factor_needs_a_first(holder: Holder) -> None:
    options = await holder.offer(ALONE)

    assert (await holder.client.post(f"{SECOND}/options", json={})).status_code == 401
    assert told(await holder.show(SECOND, options=options)) == (401, "unauthenticated")


@pytest.mark.asvs("6.3.1")
async def test_failing_passkeys_close_their_own_pool_alone(
    holder: Holder, clock: MovedClock
) -> None:
    waiting = await holder.half_in()
    for _ in range(5):
        assert told(await holder.show(SECOND, more=waiting, origin=EVIL)) == REFUSED

    closed = await holder.show(SECOND, more=waiting)

    assert told(closed) == (429, "second_factor_locked")
    assert closed.headers["retry-after"] == "900"
    assert (await holder.show()).status_code == 200
    clock.pass_by(minutes=15)
    assert (await holder.show(SECOND, more=await holder.half_in())).status_code == 200


async def test_a_passkey_steps_up(holder: Holder, clock: MovedClock) -> None:
    clock.pass_by(minutes=11)
    options = (await holder.person.post(f"{STEP_UP}/options")).json()
    credential = holder.device.get(options["publicKey"])
    body = {"challengeToken": options["challengeToken"], "credential": credential}

    answer = await holder.person.post(STEP_UP, body)
    holder.client.cookies.clear()

    assert answer.status_code == 200
    assert (await holder.person.get(ME)).status_code == 401
    holder.person.access_token = answer.json()["accessToken"]
    await holder.options()


async def test_another_persons_passkey_does_not_step_up(holder: Holder, cast: Cast) -> None:
    charlie = await Holder(await cast.a_user("Charlie").signed_in()).added()
    options = (await holder.person.post(f"{STEP_UP}/options")).json()
    asked = {**options["publicKey"], "allowCredentials": []}
    body = {
        "challengeToken": options["challengeToken"],
        "credential": charlie.device.get(asked),
    }

    assert told(await holder.person.post(STEP_UP, body)) == REFUSED
