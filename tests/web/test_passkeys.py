"""The forms of passkeys, as script fills them."""

import json
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.cast import PASSWORD, Cast
from tests.clock import MovedClock
from tests.identity.authenticator import Authenticator
from tests.identity.conftest import clock, service
from tests.web.browsing import Browser

__all__ = ["clock", "service"]  # its clock can be put forward

DANA = "dana@example.org"
SECURITY = "/account/security"
CODES = "/account/security/codes"
EVIL = "https://evil.example"
LIE = {"origin": EVIL}


@dataclass
class Person:
    """Dana at her browser, with an authenticator in it."""

    browser: Browser
    device: Authenticator = field(default_factory=Authenticator)

    async def ask(self, path: str) -> httpx.Response:
        """What script asks before it asks the authenticator."""
        client = self.browser.client
        token = client.cookies.get("csrf-token") or ""
        return await client.post(
            f"/api/v1/auth{path}/options", json={}, headers={"x-csrf-token": token}
        )

    async def use(
        self, ask: str, send: str, lie: dict[str, Any] | None = None, **fields: str
    ) -> httpx.Response:
        """Use the passkey, honestly unless a lie is given."""
        offer = (await self.ask(ask)).json()
        credential = self.device.get(offer["publicKey"], **(lie or {}))
        return await self.send(send, offer, credential, **fields)

    async def send(
        self, path: str, offer: dict[str, Any], credential: Any, **fields: str
    ) -> httpx.Response:
        given = {
            "challengeToken": offer["challengeToken"],
            "credential": json.dumps(credential),
            **fields,
        }
        return await self.browser.send(path, **given)

    async def add(self) -> httpx.Response:
        offer = (await self.ask("/passkeys")).json()
        credential = self.device.create(offer["publicKey"])
        return await self.send(f"{SECURITY}/passkeys", offer, credential)

    async def sign_in(self, lie: dict[str, Any] | None = None, **fields: str) -> httpx.Response:
        return await self.use("/login/passkey", "/sign-in/passkey", lie, **fields)

    async def leave(self) -> None:
        await self.browser.send("/sign-out")
        await self.browser.open("/sign-in")

    async def key_id(self) -> str:
        page = unescape((await self.browser.open(SECURITY)).text)
        known = page.partition('data-known-passkeys="')[2].partition('}"')[0] + "}"
        return str(json.loads(known)["allAcceptedCredentialIds"][0])


@pytest.fixture
async def dana(cast: Cast, client: httpx.AsyncClient) -> Person:
    """Dana, signed in with her password."""
    await cast.a_user("Dana").registered()
    browser = Browser(client)
    await browser.sign_in(DANA)
    return Person(browser)


@pytest.fixture
async def holder(dana: Person) -> Person:
    """Dana with a passkey."""
    assert (await dana.add()).headers["location"] == CODES
    return dana


def asked(answer: httpx.Response) -> tuple[str, dict[str, list[str]]]:
    """Where an answer sends to: the path, and the query."""
    parts = urlsplit(answer.headers["location"])
    return parts.path, parse_qs(parts.query)


async def test_the_first_passkey_leads_to_the_recovery_codes(dana: Person) -> None:
    answer = await dana.add()

    assert answer.headers["location"] == CODES
    assert "Save your recovery codes" in (await dana.browser.open(CODES)).text
    assert "Added on" in (await dana.browser.open(SECURITY)).text


async def test_a_second_passkey_leads_back(holder: Person) -> None:
    holder.device = Authenticator()

    assert asked(await holder.add()) == (SECURITY, {"notice": ["passkey-added"]})


async def test_a_passkey_that_lies_is_not_added_and_that_is_said(dana: Person) -> None:
    offer = (await dana.ask("/passkeys")).json()
    credential = dana.device.create(offer["publicKey"], origin=EVIL)

    answer = await dana.send(f"{SECURITY}/passkeys", offer, credential)

    assert asked(answer) == (SECURITY, {"notice": ["passkey-invalid"]})
    assert "could not be added" in (await dana.browser.open(answer.headers["location"])).text


async def test_adding_late_asks_who_is_there_first(dana: Person, clock: MovedClock) -> None:
    offer = (await dana.ask("/passkeys")).json()
    credential = dana.device.create(offer["publicKey"])
    clock.pass_by(minutes=11)

    answer = await dana.send(f"{SECURITY}/passkeys", offer, credential)

    assert asked(answer) == ("/confirm", {"next": [SECURITY]})


async def test_a_passkey_signs_in_and_leads_where_one_wanted(holder: Person) -> None:
    await holder.leave()

    answer = await holder.sign_in(next="/account/sessions")

    assert answer.headers["location"] == "/account/sessions"
    assert (await holder.browser.open("/account/sessions")).status_code == 200


@pytest.mark.parametrize("goal", ["//evil.example", "/\\evil.example", "https://evil.example"])
async def test_a_passkey_leads_nobody_elsewhere(holder: Person, goal: str) -> None:
    await holder.leave()

    assert (await holder.sign_in(next=goal)).headers["location"] == "/home"


async def test_the_box_to_be_remembered_counts_for_passkeys_too(holder: Person) -> None:
    await holder.leave()

    answer = await holder.sign_in(remember="yes")

    month = 30 * 24 * 3600
    assert f"Max-Age={month}" in answer.headers["set-cookie"]


@pytest.mark.parametrize("lie", [{"origin": EVIL}, {"rp_id": "evil.example"}])
async def test_a_passkey_that_lies_is_shown_the_form_again(
    holder: Person, lie: dict[str, str]
) -> None:
    await holder.leave()

    answer = await holder.sign_in(lie, next="/account/sessions")

    assert answer.status_code == 401
    assert "That passkey does not fit" in answer.text
    assert 'value="/account/sessions"' in answer.text


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", "[" * 20_000, '{"id": 1}'])
async def test_what_is_no_credential_is_shown_the_form_again(dana: Person, credential: str) -> None:
    await dana.leave()
    offer = (await dana.ask("/login/passkey")).json()
    fields = {"challengeToken": offer["challengeToken"], "credential": credential}

    answer = await dana.browser.send("/sign-in/passkey", **fields)

    assert answer.status_code == 401
    assert "That passkey does not fit" in answer.text


async def test_a_form_that_is_too_long_is_refused(dana: Person) -> None:
    answer = await dana.browser.send("/sign-in/passkey", credential="x" * 40_000)

    assert answer.status_code == 400


async def test_a_form_of_another_site_signs_nobody_in(holder: Person) -> None:
    await holder.leave()

    assert (await holder.sign_in(csrf="forged")).status_code == 403


async def test_a_passkey_finishes_a_sign_in(holder: Person) -> None:
    await holder.leave()
    first = await holder.browser.send("/sign-in", email=DANA, password=PASSWORD, next="/profile")
    page = await holder.browser.open(first.headers["location"])

    answer = await holder.use(
        "/login/second-factor/passkey", "/sign-in/second-factor/passkey", next="/profile"
    )

    assert "Use your passkey" in page.text
    assert answer.headers["location"] == "/profile"


async def test_a_passkey_that_does_not_fit_may_be_tried_again(holder: Person) -> None:
    await holder.leave()
    await holder.browser.send("/sign-in", email=DANA, password=PASSWORD)
    ask, send = "/login/second-factor/passkey", "/sign-in/second-factor/passkey"

    refused = await holder.use(ask, send, LIE, next="/profile")

    path, query = asked(refused)
    assert path == "/sign-in/second-factor"
    assert query == {"next": ["/profile"], "use": ["passkey"], "notice": ["passkey-refused"]}
    assert "does not fit" in (await holder.browser.open(refused.headers["location"])).text
    assert (await holder.use(ask, send, next="/profile")).headers["location"] == "/profile"


async def test_too_many_tries_are_said_to_be_too_many(holder: Person) -> None:
    await holder.leave()
    await holder.browser.send("/sign-in", email=DANA, password=PASSWORD)
    ask, send = "/login/second-factor/passkey", "/sign-in/second-factor/passkey"
    for _ in range(5):
        await holder.use(ask, send, LIE)

    assert asked(await holder.use(ask, send))[1]["notice"] == ["factor-paused"]


async def test_a_sign_in_that_took_too_long_begins_again(holder: Person, clock: MovedClock) -> None:
    await holder.leave()
    await holder.browser.send("/sign-in", email=DANA, password=PASSWORD)
    offer = (await holder.ask("/login/second-factor/passkey")).json()
    credential = holder.device.get(offer["publicKey"])
    clock.pass_by(minutes=30)

    answer = await holder.send("/sign-in/second-factor/passkey", offer, credential)

    assert asked(answer) == ("/sign-in", {"notice": ["sign-in-expired"]})


async def test_a_passkey_confirms_who_is_there(holder: Person, clock: MovedClock) -> None:
    clock.pass_by(minutes=11)
    page = await holder.browser.open(f"/confirm?next={SECURITY}")

    refused = await holder.use("/step-up/passkey", "/confirm/passkey", LIE)
    taken = await holder.use("/step-up/passkey", "/confirm/passkey", next="/profile")

    assert "Use your passkey" in page.text
    assert asked(refused)[0] == "/confirm"
    assert asked(refused)[1]["notice"] == ["passkey-refused"]
    assert taken.headers["location"] == "/profile"
    assert (await holder.ask("/passkeys")).status_code == 200


async def test_a_passkey_is_renamed(holder: Person) -> None:
    path = f"{SECURITY}/passkeys/{await holder.key_id()}/name"

    renamed = await holder.browser.send(path, name="Grey key")

    assert asked(renamed) == (SECURITY, {"notice": ["passkey-renamed"]})
    assert "Grey key" in (await holder.browser.open(SECURITY)).text


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "http://evil.example", "<b>key</b>"])
async def test_a_name_without_sense_is_refused_in_words(holder: Person, name: str) -> None:
    path = f"{SECURITY}/passkeys/{await holder.key_id()}/name"

    answer = await holder.browser.send(path, name=name)

    assert asked(answer) == (SECURITY, {"notice": ["passkey-nameless"]})


async def test_a_passkey_is_removed_after_a_fresh_credential(
    holder: Person, clock: MovedClock
) -> None:
    path = f"{SECURITY}/passkeys/{await holder.key_id()}/remove"
    clock.pass_by(minutes=11)

    late = await holder.browser.send(path)
    await holder.use("/step-up/passkey", "/confirm/passkey")
    removed = await holder.browser.send(path)

    assert asked(late) == ("/confirm", {"next": [SECURITY]})
    assert asked(removed) == (SECURITY, {"notice": ["passkey-removed"]})
    assert "Added on" not in (await holder.browser.open(SECURITY)).text


async def test_a_passkey_that_is_not_there_is_left_alone(holder: Person) -> None:
    for verb, fields in (("name", {"name": "Mine"}), ("remove", {})):
        answer = await holder.browser.send(f"{SECURITY}/passkeys/bm9uZQ/{verb}", **fields)
        assert answer.headers["location"] == SECURITY


async def test_the_address_field_takes_passkeys(client: httpx.AsyncClient) -> None:
    page = (await Browser(client).open("/sign-in")).text

    assert 'autocomplete="username webauthn"' in page
    assert "data-autofill" in page
