"""An authenticator app in somebody's hand, for tests that sign in with two factors."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pyotp
from tests.cast import PASSWORD, Cast, Person, text_of
from tests.clock import MovedClock

AUTH = "/api/v1/auth"
DANA = "dana@example.org"
TOO_OFTEN = (429, "second_factor_locked")
WRONG = (401, "invalid_code")


@dataclass
class App:
    """Shows codes by the clock of the test; each is used once, so time passes for the next."""

    secret: str
    clock: MovedClock
    recovery_codes: list[str] = field(default_factory=list)

    @property
    def code(self) -> str:
        """What the app shows now."""
        return pyotp.TOTP(self.secret).at(self.clock())

    def next_code(self) -> str:
        """A code that was not used yet: half a minute goes by."""
        self.clock.pass_by(seconds=30)
        return self.code

    def wrong_code(self) -> str:
        """Six digits that are no code of these minutes."""
        shown = {
            pyotp.TOTP(self.secret).at(self.clock(), counter_offset=step) for step in range(-2, 3)
        }
        return next(code for code in ("000000", "111111", "222222") if code not in shown)


async def add_app(person: Person, clock: MovedClock) -> App:
    """Set an app up by the API; the person goes on with the tokens of the answer."""
    begun = await person.post(f"{AUTH}/factors/totp")
    assert begun.status_code == 201, begun.text
    app = App(begun.json()["secret"], clock)
    confirmed = await person.post(f"{AUTH}/factors/totp/confirm", {"code": app.code})
    assert confirmed.status_code == 200, confirmed.text
    app.recovery_codes = confirmed.json()["recoveryCodes"] or []
    take(person, confirmed.json()["session"])
    return app


def take(person: Person, tokens: dict[str, Any]) -> None:
    """Go on with these tokens."""
    person.access_token, person.refresh_token = tokens["accessToken"], tokens["refreshToken"]
    person.client.cookies.clear()


async def knock(client: httpx.AsyncClient, name: str = "Dana", **more: Any) -> httpx.Response:
    """Sign in with the password, as a browser nobody knows."""
    client.cookies.clear()
    body = {"email": f"{name.lower()}@example.org", "password": PASSWORD, **more}
    answer = await client.post(f"{AUTH}/login", json=body)
    client.cookies.clear()
    return answer


async def finish(client: httpx.AsyncClient, token: str, code: str, **more: Any) -> httpx.Response:
    """Finish a sign-in with a code."""
    body = {"signInToken": token, "code": code, **more}
    answer = await client.post(f"{AUTH}/login/second-factor", json=body)
    client.cookies.clear()
    return answer


async def waiting(client: httpx.AsyncClient, name: str = "Dana") -> str:
    """The token of a sign-in that waits for its second factor."""
    answer = await knock(client, name)
    assert answer.json()["error"] == "second_factor_required", answer.text
    return str(answer.json()["signInToken"])


async def signed_in_with(cast: Cast, app: App, name: str = "Dana") -> Person:
    """The person, signed in anew with their password and a code."""
    answer = await knock(cast.client, name, code=app.next_code())
    assert answer.status_code == 200, answer.text
    told = answer.json()
    user = await cast.user(name)
    return Person(name, user.id, told["accessToken"], told["refreshToken"], cast.client)


def told(answer: httpx.Response) -> tuple[int, str]:
    """The status of a refusal, and why."""
    return answer.status_code, answer.json()["error"]


def key() -> dict[str, str]:
    """A header that makes a POST safe to repeat."""
    return {"idempotency-key": str(uuid4())}


async def was_told(cast: Cast, words: str) -> bool:
    """Whether a mail to Dana says so."""
    return any(words in text_of(mail) for mail in await cast.mails(DANA))
