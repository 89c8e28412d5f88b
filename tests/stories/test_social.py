"""A person comes and goes by another service, in a real browser, at a certified provider."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Request, Route
from tests.identity.real_provider import CLIENT, SECRET, real_provider
from tests.running import Running, free_port, running_service
from tests.stories.conftest import Visitor, arrive

from firstmile.settings import Settings

ACCOUNT = "/account/connections"
ACME = {
    "key": "acme",
    "name": "Acme",
    "client_id": CLIENT,
    "client_secret": SECRET,
    "trusts_email": True,
}


@pytest.fixture
def running(settings: Settings) -> Iterator[Running]:
    """The service, and the provider it sends people to."""
    port = free_port()
    acme = {**ACME, "issuer": f"http://127.0.0.1:{port}"}
    with running_service(settings, OIDC_PROVIDERS=json.dumps([acme])) as service:
        back = f"{service.base_url}/sign-in/with/acme/callback"
        with real_provider([back], port=port):
            yield service


@dataclass
class Guest:
    """Somebody in a browser that knows nobody yet, at the provider neither."""

    visitor: Visitor
    name: str

    async def come_by_acme(self, path: str = "/sign-in") -> None:
        """Press the button, sign in there if asked, and agree."""
        page = self.visitor.page
        await self.visitor.open(path)
        await page.get_by_role("button", name="Acme").click()
        await self.answer_acme()

    async def answer_acme(self) -> None:
        page = self.visitor.page
        await page.wait_for_url(lambda url: not url.endswith("/sign-in/with/acme"))
        for _ in range(2):
            if page.url.startswith(self.visitor.base_url):
                return
            await page.wait_for_load_state()
            if await page.locator("input[name=login]").count():
                await page.fill("input[name=login]", self.name)
                await page.fill("input[name=password]", "any")
            await page.click("button[type=submit]")
            await page.wait_for_load_state()
        await page.wait_for_url(f"{self.visitor.base_url}/**")


async def stay_here(context: BrowserContext, *places: str) -> None:
    """The provider's pages ask for letters from afar, which we do without."""
    near = places or ("//127.0.0.1:",)

    async def nothing(route: Route) -> None:
        await route.fulfill(body="")

    await context.route(lambda url: not any(place in url for place in near), nothing)


MANNERS = {"with script": True, "without script": False}


@pytest.mark.parametrize("manner", MANNERS)
async def test_a_person_comes_and_goes_by_another_service(
    running: Running, browser: Browser, manner: str
) -> None:
    width = 1280 if MANNERS[manner] else 375
    context = await browser.new_context(
        locale="en",
        viewport={"width": width, "height": 800},
        color_scheme="light" if MANNERS[manner] else "dark",
        java_script_enabled=MANNERS[manner],
    )
    await stay_here(context)
    visitor = await arrive(context, running.base_url)
    page, dana = visitor.page, Guest(visitor, "dana")

    # Sign up, and be known at once.
    await dana.come_by_acme("/sign-up")
    assert await visitor.path() == "/onboarding"
    await visitor.open(ACCOUNT)
    assert await page.get_by_text("dana@example.org").is_visible()
    assert await page.get_by_text("Your only way to sign in").is_visible()

    # Sign out, and in again: the provider remembers, and we know who it is.
    await page.get_by_role("button", name="Sign out").click()
    await dana.come_by_acme()
    assert await visitor.path() == "/onboarding"

    # Connect a second account of theirs, and take it away again.
    await visitor.open(ACCOUNT)
    await context.clear_cookies(domain="127.0.0.1", name="_session")
    await page.get_by_role("button", name="Connect (Acme)").click()
    await Guest(visitor, "dana-at-work").answer_acme()
    assert await page.get_by_text("Connected. You can sign in with it").is_visible()
    row = page.locator(".row", has_text="dana-at-work@example.org")
    await row.locator("summary").click()
    await row.get_by_role("button", name="Disconnect Acme").click()
    assert await page.get_by_text("Disconnected. You were signed out everywhere").is_visible()
    assert await page.get_by_text("dana-at-work@example.org").count() == 0

    mails = {mail["subject"] for mail in running.mails()}
    assert "Welcome to Firstmile" in mails
    assert visitor.complaints == []
    await context.close()


async def test_a_form_of_another_site_brings_a_person_back(
    settings: Settings, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Apple does it: the browser posts for another site, and only then visits us."""
    port, of_provider = free_port(), free_port()
    monkeypatch.setattr("tests.running.free_port", lambda: port)
    acme = {**ACME, "issuer": f"http://127.0.0.1:{of_provider}", "returns_by_form": True}
    here = f"http://localhost:{port}"  # another site than the provider's
    given = {"BASE_URL": here, "OIDC_PROVIDERS": json.dumps([acme])}
    posted: list[Request] = []
    with (
        running_service(settings, **given),
        real_provider([f"{here}/sign-in/with/acme/callback"], port=of_provider),
    ):
        context = await browser.new_context(locale="en")
        await stay_here(context, "//localhost:", "//127.0.0.1:")
        visitor = await arrive(context, here)

        def note(request: Request) -> None:
            posted.append(request)

        visitor.page.on("request", note)

        await Guest(visitor, "dana").come_by_acme()

        assert await visitor.path() == "/onboarding"
        form, visit = [one for one in posted if "/callback" in one.url]
        assert (form.method, visit.method) == ("POST", "GET")
        assert (await form.all_headers())["origin"] == f"http://127.0.0.1:{of_provider}"
        headers = await visit.all_headers()
        assert headers["sec-fetch-site"] == "cross-site"
        assert "away=" in headers["cookie"]
        await context.close()


async def test_the_pages_hold_for_any_number_of_services(
    settings: Settings, browser: Browser
) -> None:
    """With none nothing is said of services; with four no button is lost or cut."""
    presets = {
        "GOOGLE_CLIENT_ID": "g",
        "GOOGLE_CLIENT_SECRET": "s",
        "APPLE_CLIENT_ID": "a",
        "APPLE_TEAM_ID": "t",
        "APPLE_KEY_ID": "k",
        "APPLE_PRIVATE_KEY": "p",
        "MICROSOFT_CLIENT_ID": "m",
        "MICROSOFT_CLIENT_SECRET": "s",
        "GITHUB_CLIENT_ID": "h",
        "GITHUB_CLIENT_SECRET": "s",
    }
    looks: list[tuple[Literal["light", "dark"], int]] = [("light", 1280), ("dark", 375)]
    cases: list[tuple[dict[str, str], list[str]]] = [
        ({}, []),
        (presets, ["Google", "Apple", "Microsoft", "GitHub"]),
    ]
    for given, names in cases:
        with running_service(settings, **given) as service:
            for scheme, width in looks:
                context = await browser.new_context(
                    locale="en", viewport={"width": width, "height": 800}, color_scheme=scheme
                )
                visitor = await arrive(context, service.base_url)
                for path in ("/sign-in", "/sign-up"):
                    await visitor.open(path)
                    buttons = visitor.page.locator(".services button")
                    assert await buttons.all_inner_texts() == [f"Continue with {n}" for n in names]
                    assert await visitor.axe() == []
                    assert not await visitor.overflows()
                assert visitor.complaints == []
                await context.close()


async def test_the_pages_of_connections_are_for_everybody(
    running: Running, browser: Browser
) -> None:
    """By keyboard and screen reader, in the dark, and on a phone."""
    context = await browser.new_context(
        locale="en", viewport={"width": 375, "height": 780}, color_scheme="dark"
    )
    await stay_here(context)
    visitor = await arrive(context, running.base_url)

    async def look() -> None:
        assert await visitor.axe() == []
        assert not await visitor.overflows(), visitor.page.url

    await Guest(visitor, "nobody-zoe").come_by_acme()
    assert await visitor.path() == "/sign-in/address"
    await look()
    await context.clear_cookies()
    await Guest(visitor, "dana").come_by_acme()
    await visitor.open(ACCOUNT)
    await look()
    assert visitor.complaints == []
    await context.close()
