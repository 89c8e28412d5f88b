"""The ways in as somebody walks them, and people in every state of the second factors."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.cast import PASSWORD, Cast, Person
from tests.clock import MovedClock
from tests.identity.apps import AUTH, App, add_app, finish, knock, told, waiting
from tests.identity.authenticator import Authenticator

from firstmile.identity.admission import Admission
from firstmile.identity.browsers import Browser
from firstmile.identity.policy import Method, Proof


@dataclass
class Owner:
    """Somebody with second factors that were set up by the API, and all they have at hand."""

    cast: Cast
    person: Person
    app: App | None = None
    device: Authenticator | None = None
    codes: list[str] = field(default_factory=list)

    @property
    def client(self) -> httpx.AsyncClient:
        return self.person.client

    @property
    def asks_for_two(self) -> bool:
        return bool(self.app or self.device)

    async def half_in(self) -> str:
        """The token of a sign-in that waits; nothing when the password alone opened."""
        answer = await knock(self.client)
        return str(answer.json().get("signInToken", ""))

    async def show(self, path: str, **more: Any) -> httpx.Response | None:
        """Use the passkey; nothing without one."""
        if self.device is None:
            return None
        self.client.cookies.clear()
        body = {name: value for name, value in more.items() if name == "signInToken"} or None
        offer = await self.client.post(f"{AUTH}{path}/options", json=body)
        if offer.status_code != 200:
            return offer
        credential = self.device.get(offer.json()["publicKey"])
        token = offer.json()["challengeToken"]
        answer = await self.client.post(
            f"{AUTH}{path}", json={"challengeToken": token, "credential": credential, **more}
        )
        self.client.cookies.clear()
        return answer

    async def fill(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of a page, with the cookies the browser has."""
        page = await self.client.get(path)
        fields["csrf"] = self.client.cookies.get("csrf-token") or page.cookies["csrf-token"]
        return await self.client.post(path, data=fields)


Walk = Callable[[Owner], Awaitable[httpx.Response | None]]


@dataclass(frozen=True)
class Way:
    """A way in, as somebody walks it; `routes` of the API that it opens by."""

    name: str
    walk: Walk
    routes: frozenset[str] = frozenset()


async def password_by_api(owner: Owner) -> httpx.Response:
    return await owner.client.post(
        f"{AUTH}/login", json={"email": owner.person.email, "password": PASSWORD}
    )


async def password_by_page(owner: Owner) -> httpx.Response:
    return await owner.fill("/sign-in", email=owner.person.email, password=PASSWORD)


async def password_kept_signed_in(owner: Owner) -> httpx.Response:
    body = {"email": owner.person.email, "password": PASSWORD, "rememberMe": True}
    return await owner.client.post(f"{AUTH}/login", json=body)


async def password_with_a_wrong_code(owner: Owner) -> httpx.Response | None:
    if not owner.asks_for_two:
        return None
    return await knock(owner.client, code="AAAAAA-BBBBBB-CCCCCC-DDDDDD")


async def password_with_a_code(owner: Owner) -> httpx.Response | None:
    return await knock(owner.client, code=owner.app.next_code()) if owner.app else None


async def password_with_a_recovery_code(owner: Owner) -> httpx.Response | None:
    return await knock(owner.client, code=owner.codes.pop()) if owner.codes else None


async def a_code_afterwards(owner: Owner) -> httpx.Response | None:
    if owner.app is None:
        return None
    return await finish(owner.client, await owner.half_in(), owner.app.next_code())


async def a_recovery_code_afterwards(owner: Owner) -> httpx.Response | None:
    if not owner.codes:
        return None
    return await finish(owner.client, await owner.half_in(), owner.codes.pop())


async def a_code_by_page(owner: Owner) -> httpx.Response | None:
    if owner.app is None:
        return None
    first = await password_by_page(owner)
    assert first.headers["location"].startswith("/sign-in/second-factor")
    return await owner.fill("/sign-in/second-factor", code=owner.app.next_code())


async def a_wrong_code_by_page(owner: Owner) -> httpx.Response | None:
    if owner.app is None:
        return None
    await password_by_page(owner)
    return await owner.fill("/sign-in/second-factor", code=owner.app.wrong_code())


async def a_passkey_alone(owner: Owner) -> httpx.Response | None:
    return await owner.show("/login/passkey")


async def a_touched_passkey_alone(owner: Owner) -> httpx.Response | None:
    if owner.device is None:
        return None
    owner.device.verifies_person = False
    answer = await owner.show("/login/passkey")
    owner.device.verifies_person = True
    return answer


async def a_touched_passkey_afterwards(owner: Owner) -> httpx.Response | None:
    if owner.device is None:
        return None
    owner.device.verifies_person = False
    answer = await owner.show("/login/second-factor/passkey", signInToken=await owner.half_in())
    owner.device.verifies_person = True
    return answer


async def a_new_password_by_mail(owner: Owner) -> httpx.Response:
    """A reset proves the mailbox and no more; then the new password is one factor of two."""
    await owner.client.post(f"{AUTH}/forgot-password", json={"email": owner.person.email})
    token = await owner.cast.token_for(owner.person.email)
    body = {"token": token, "password": PASSWORD}
    owner.client.cookies.clear()
    reset = await owner.client.post(f"{AUTH}/reset-password", json=body)
    assert reset.status_code == 204
    return await password_by_api(owner)


async def a_session_from_before(owner: Owner) -> httpx.Response:
    """The refresh token of a session that began with the password alone."""
    body = {"refreshToken": owner.person.refresh_token}
    return await owner.client.post(f"{AUTH}/refresh", json=body)


def by_the_door(*methods: Method) -> Walk:
    """A way whose own pages are walked elsewhere: here it knocks with what it proves."""

    async def walk(owner: Owner) -> None:
        service = owner.cast.service
        proofs = [Proof(method, service.works.clock()) for method in methods]
        async with service.works.begin() as work:
            await service.parts.get(Admission).admit(
                work, owner.person.id, *proofs, browser=Browser("curl", "127.0.0.0/24", None)
            )

    return walk


def on(*routes: str) -> frozenset[str]:
    return frozenset(f"POST {AUTH}{route}" for route in routes)


SECOND, BY_KEY = "/login/second-factor", "/login/passkey"
FIRST_ALONE = (
    Way("a session from before", a_session_from_before, routes=on("/refresh")),
    Way("password by the API", password_by_api, routes=on("/login")),
    Way("password by the page", password_by_page),
    Way("password, kept signed in", password_kept_signed_in, routes=on("/login")),
    Way("password and a wrong code", password_with_a_wrong_code, routes=on("/login")),
    Way("password and a wrong code by the page", a_wrong_code_by_page),
    Way("password set by mail", a_new_password_by_mail, routes=on("/login")),
    Way("a passkey that was only touched", a_touched_passkey_alone, routes=on(BY_KEY)),
    Way("a provider", by_the_door(Method.SOCIAL)),
    Way("a provider and a mail", by_the_door(Method.SOCIAL, Method.MAIL)),
    Way("an invitation", by_the_door(Method.MAIL, Method.PASSWORD)),
)
BOTH = (
    Way("password and code", password_with_a_code, routes=on("/login")),
    Way("password and recovery code", password_with_a_recovery_code, routes=on("/login")),
    Way("code afterwards", a_code_afterwards, routes=on(SECOND)),
    Way("recovery code afterwards", a_recovery_code_afterwards, routes=on(SECOND)),
    Way("code by the page", a_code_by_page),
    Way("passkey alone", a_passkey_alone, routes=on(BY_KEY)),
    Way("passkey afterwards", a_touched_passkey_afterwards, routes=on(f"{SECOND}/passkey")),
)
# Routes that give a session on what `FIRST_ALONE` and `BOTH` prove by the door, or that renew the
# session one has; tests of their own walk them, and `tests/promises` that they ask the door.
ELSEWHERE = {
    "POST /api/v1/auth/social/{provider}/finish": "a provider",
    "POST /api/v1/auth/social/verify": "a provider and a mail",
    "POST /api/v1/invitations/register": "an invitation, for an account that is new",
    "POST /api/v1/auth/password": "renews a session",
    "POST /api/v1/auth/passkeys": "renews a session, with the passkey in it",
    "POST /api/v1/auth/factors/totp/confirm": "renews a session, with the app in it",
    "POST /api/v1/auth/step-up": "renews a session",
    "POST /api/v1/auth/step-up/passkey": "renews a session",
    "POST /api/v1/auth/step-up/{provider}/finish": "renews a session",
}


async def nothing(cast: Cast, clock: MovedClock) -> Owner:
    """Dana with a session that she keeps, and another one of a forgotten phone."""
    dana = await cast.dana()
    dana.refresh_token = (await cast.sign_in("Dana")).refresh_token
    return Owner(cast, dana)


async def an_app(cast: Cast, clock: MovedClock) -> Owner:
    owner = await nothing(cast, clock)
    owner.app = await add_phone(owner, clock)
    owner.codes = owner.app.recovery_codes
    return owner


async def add_phone(owner: Owner, clock: MovedClock) -> App:
    """Set an app up, and keep the token of the forgotten phone all the same."""
    forgotten = owner.person.refresh_token
    app = await add_app(owner.person, clock)
    owner.person.refresh_token = forgotten
    return app


async def a_passkey(cast: Cast, clock: MovedClock) -> Owner:
    owner = await nothing(cast, clock)
    person, device = owner.person, Authenticator()
    offer = (await person.post(f"{AUTH}/passkeys/options")).json()
    credential = device.create(offer["publicKey"])
    body = {"challengeToken": offer["challengeToken"], "credential": credential}
    answer = await person.post(f"{AUTH}/passkeys", body)
    assert answer.status_code == 201, answer.text
    person.access_token = answer.json()["session"]["accessToken"]
    person.client.cookies.clear()
    owner.device, owner.codes = device, answer.json()["recoveryCodes"]
    return owner


async def an_app_and_a_passkey(cast: Cast, clock: MovedClock) -> Owner:
    owner = await a_passkey(cast, clock)
    owner.app = await add_phone(owner, clock)
    return owner


async def an_app_and_no_codes_left(cast: Cast, clock: MovedClock) -> Owner:
    owner = await an_app(cast, clock)
    while owner.codes:
        assert (await knock(owner.client, code=owner.codes.pop())).status_code == 200
    return owner


OWNERS = (nothing, an_app, a_passkey, an_app_and_a_passkey, an_app_and_no_codes_left)


async def trusting(owner: Owner) -> dict[str, str]:
    """Sign in with both factors and tick the box; the header of the device cookie."""
    token = await waiting(owner.client)
    if owner.app is not None:
        answer = await finish(owner.client, token, owner.app.next_code(), trustDevice=True)
    else:
        shown = await owner.show(
            "/login/second-factor/passkey", signInToken=token, trustDevice=True
        )
        assert shown is not None
        answer = shown
    assert answer.status_code == 200, told(answer)
    return {"cookie": f"device={answer.cookies['device']}"}
