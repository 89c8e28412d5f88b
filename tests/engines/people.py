"""People of a running Firstmile, made through its API as any program would."""

import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from tests.cast import PASSWORD
from tests.engines.page import PATIENCE, Page
from tests.running import Running


@dataclass(frozen=True)
class Newcomer:
    """Dana, new and verified; no two have one address."""

    email: str
    password: str = PASSWORD


def dana(place: Running) -> Newcomer:
    """Somebody who registered and followed the link of the mail."""
    newcomer = Newcomer(f"dana-{uuid4().hex[:12]}@example.org")
    body = {"email": newcomer.email, "password": PASSWORD, "firstName": "Dana", "lastName": "Lopez"}
    with httpx.Client(base_url=place.base_url) as client:
        client.post("/api/v1/auth/register", json=body).raise_for_status()
        token = _link_to(place, newcomer.email).partition("token=")[2]
        client.post("/api/v1/auth/verify-email", json={"token": token}).raise_for_status()
    return newcomer


async def sign_in(page: Page, place: Running, newcomer: Newcomer) -> None:
    """Sign in by the form, as people do."""
    await page.open(f"{place.base_url}/sign-in")
    await fill_sign_in(page, newcomer)
    await page.wait_until("location.pathname != '/sign-in'")


async def fill_sign_in(page: Page, newcomer: Newcomer) -> None:
    """Fill the form that is there, and send it."""
    await page.wait_for("#password")
    await page.fill("#email", newcomer.email)
    await page.fill("#password", newcomer.password)
    await page.click("main form button[type=submit].button-wide")


def complete_profile(place: Running, newcomer: Newcomer) -> None:
    """Complete the profile at another device."""
    headers = {"authorization": f"Bearer {access_token(place, newcomer)}"}
    with httpx.Client(base_url=place.base_url, headers=headers) as client:
        client.patch("/api/v1/profile", json={"timeZone": "Europe/Paris"}).raise_for_status()


def access_token(place: Running, newcomer: Newcomer) -> str:
    """What a program of theirs shows the API."""
    body = {"email": newcomer.email, "password": newcomer.password}
    with httpx.Client(base_url=place.base_url) as client:
        signed_in = client.post("/api/v1/auth/login", json=body).raise_for_status().json()
        return str(signed_in["accessToken"])


def publish(place: Running, *contents: dict[str, Any]) -> None:
    """Have an operator write and publish pieces of guidance."""
    operator = dana(place)
    grant = [sys.executable, "-m", "firstmile", "staff", "grant", operator.email, "operator"]
    subprocess.run(grant, env=place.environment, check=True, capture_output=True, timeout=60)
    headers = {"authorization": f"Bearer {access_token(place, operator)}"}
    with httpx.Client(base_url=place.base_url, headers=headers) as client:
        wish = {"environment": "production", "reason": "To try it", "seen": 1}
        for content in contents:
            at = f"/api/v1/admin/guidance/contents/{content['key']}"
            client.put(at, json={"content": content, "seen": 0}).raise_for_status()
            client.post(f"{at}/publish", json=wish).raise_for_status()


def _link_to(place: Running, address: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for mail in place.mails():
            for link in mail["links"]:
                if mail["to"] == address and "/verify-email" in link:
                    return str(link)
        time.sleep(0.05)
    raise AssertionError(f"no mail to {address}")
