"""People at their browsers, with and without an authenticator app."""

import re
from dataclasses import dataclass

from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.apps import App
from tests.web.browsing import Browser

DANA = "dana@example.org"
SECURITY = "/account/security"
APP = f"{SECURITY}/app"
CODES = f"{SECURITY}/codes"


@dataclass
class Owner(Browser):
    """Somebody who is signed in at a browser, and their app if they have one."""

    app: App | None = None

    async def half_in(self) -> None:
        """Sign in with the password, up to the page that asks for more."""
        answer = await self.sign_in(DANA)
        assert answer.headers["location"].startswith("/sign-in/second-factor"), answer.text


async def an_owner(cast: Cast) -> Owner:
    """Dana, who signed in a moment ago."""
    await cast.a_user("Dana").registered()
    owner = Owner(cast.client)
    await owner.sign_in(DANA)
    return owner


async def with_app(cast: Cast, clock: MovedClock) -> Owner:
    """Dana with an app that she set up by the pages; she has saved her codes."""
    owner = await an_owner(cast)
    await owner.send(APP)
    owner.app = App(secret_of((await owner.open(APP)).text), clock)
    await owner.send(f"{APP}/confirm", code=owner.app.code)
    owner.app.recovery_codes = codes_of((await owner.open(CODES)).text)
    await owner.send(f"{CODES}/saved")
    return owner


def secret_of(page: str) -> str:
    """The secret as a person would type it from the page."""
    line = re.search(r'<p class="secret"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert line is not None
    return "".join(re.findall(r"<span>(\w+)</span>", line[1]))


def codes_of(page: str) -> list[str]:
    """The recovery codes as they stand on the page."""
    return re.findall(r"<li><code>([\w-]+)</code></li>", page)
