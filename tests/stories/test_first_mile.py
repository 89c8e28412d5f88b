"""A visitor becomes an activated user, in a real browser, against the running service."""

import time
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser
from tests.running import Running
from tests.stories.conftest import Visitor, arrive

PATIENCE = 10.0


@dataclass(frozen=True)
class Manner:
    """How the visitor comes: a language, a window, light or dark, with or without script."""

    language: str
    width: int
    height: int
    scheme: Any
    script: bool = True

    def __str__(self) -> str:
        script = "" if self.script else "-without-script"
        return f"{self.language}-{self.width}-{self.scheme}{script}"


WORDS = {
    "en": {
        "sign_up": "Create your account",
        "check": "Check your mail",
        "locked": "One step at a time",
        "done": "You are all set, Dana",
        "home": "Good to see you, Dana",
    },
    "fr": {
        "sign_up": "Créer votre compte",
        "check": "Consultez vos e-mails",
        "locked": "Une étape à la fois",
        "done": "Tout est prêt, Dana",
        "home": "Bonjour Dana",
    },
}
MANNERS = [
    Manner("en", 1280, 800, "light"),
    Manner("fr", 375, 780, "dark"),
    Manner("en", 375, 780, "light", script=False),
]


@pytest.mark.parametrize("manner", MANNERS, ids=str)
async def test_a_visitor_becomes_an_activated_user(
    place: Running, browser: Browser, manner: Manner, address: str
) -> None:
    words = WORDS[manner.language]
    context = await browser.new_context(
        locale=manner.language,
        viewport={"width": manner.width, "height": manner.height},
        color_scheme=manner.scheme,
        java_script_enabled=manner.script,
    )
    visitor = await arrive(context, place.base_url)
    look = Look(visitor, manner)

    await visitor.open("/")
    await look()
    await visitor.open("/sign-up")
    assert await visitor.page.inner_text("h1") == words["sign_up"]
    await visitor.send(
        firstName="Dana", lastName="Lopez", email=address, password="three calm otters"
    )
    assert await visitor.page.inner_text("h1") == words["check"]
    await look()

    await visitor.open(_link_of(place, address))
    await look()
    await visitor.send()
    await look()
    await visitor.send(password="three calm otters")
    assert visitor.page.url.endswith("/onboarding")
    await look()

    assert await visitor.open("/onboarding/payments") == 409
    assert await visitor.page.inner_text("h1") == words["locked"]
    await look()

    await visitor.open("/onboarding/complete-profile")
    await visitor.page.select_option("#timeZone", "America/Toronto")
    await look()
    await visitor.send()
    await visitor.open("/onboarding/choose-market")
    await look()
    await visitor.page.check("input[name=market][value=CA]")
    await visitor.send()
    await visitor.open("/onboarding/create-project")
    await look()
    await visitor.send(name="Harbour")
    await visitor.open("/onboarding/payments")
    await look()
    await visitor.send()

    assert await visitor.page.inner_text("h1") == words["done"]
    assert await visitor.page.get_attribute("progress", "value") == "100"
    await look()
    await visitor.open("/home")
    assert await visitor.page.inner_text("h1") == words["home"]
    assert await visitor.page.get_by_text("Harbour").count() == 1
    await look()
    await visitor.open("/profile")
    await look()

    assert look.findings == []
    assert visitor.complaints == []
    await context.close()


async def test_a_mistyped_form_says_what_is_wrong_and_keeps_what_was_typed(
    place: Running, browser: Browser
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    visitor = await arrive(context, place.base_url)
    await visitor.open("/sign-up")

    await visitor.send(
        firstName="Dana", lastName="Lopez", email="dana@example", password="dana lopez"
    )

    page = visitor.page
    assert await page.input_value("#email") == "dana@example"
    assert await page.input_value("#password") == ""
    assert await page.get_attribute("#email", "aria-invalid") == "true"
    assert await page.get_attribute("#password", "aria-invalid") == "true"
    assert (await page.title()).startswith("Error:")
    await context.close()


async def test_the_pages_that_say_no_have_nothing_for_axe(place: Running, browser: Browser) -> None:
    context = await browser.new_context()
    visitor = await arrive(context, place.base_url)
    look = Look(visitor, Manner("en", 1280, 800, "light"))

    assert await visitor.open("/nowhere") == 404
    await look()
    assert await visitor.open("/verify-email?token=spent") == 400
    await look()
    assert await visitor.open("/reset-password?token=spent") == 400
    await look()
    for path in ("/sign-in", "/forgot-password", "/dev/mail"):
        assert await visitor.open(path) == 200
        await look()
    assert await visitor.open("/onboarding") == 200
    assert visitor.page.url.endswith("/sign-in?next=/onboarding")

    assert look.findings == []
    await context.close()


async def test_a_forgotten_password_is_set_anew(
    place: Running, browser: Browser, address: str
) -> None:
    context = await browser.new_context()
    visitor = await arrive(context, place.base_url)
    await _become_dana(visitor, place, address)

    await visitor.open("/forgot-password")
    await visitor.send(email=address)
    await visitor.open(_link_of(place, address, of="/reset-password"))
    await visitor.send(password="another calm otter")
    await visitor.send(email=address, password="another calm otter")

    assert visitor.page.url.endswith("/onboarding")
    await context.close()


class Look:
    """Looks at a page as axe-core does, and whether it fits the window."""

    def __init__(self, visitor: Visitor, manner: Manner) -> None:
        self._visitor = visitor
        self._manner = manner
        self.findings: list[str] = []

    async def __call__(self) -> None:
        if await self._visitor.overflows():
            self.findings.append(f"{await self._visitor.path()} is wider than the window")
        if self._manner.script:
            self.findings += await self._visitor.axe()


async def _become_dana(visitor: Visitor, place: Running, address: str) -> None:
    await visitor.open("/sign-up")
    await visitor.send(
        firstName="Dana", lastName="Lopez", email=address, password="three calm otters"
    )
    await visitor.open(_link_of(place, address))
    await visitor.send()


def _link_of(place: Running, address: str, of: str = "/verify-email") -> str:
    """The link in the newest mail to an address."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for mail in place.mails():
            for link in mail["links"]:
                if mail["to"] == address and of in link:
                    return str(link)
        time.sleep(0.05)
    raise AssertionError(f"no mail with {of} to {address}")
