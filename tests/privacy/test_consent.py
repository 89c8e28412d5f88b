"""Consent: nothing before a choice, a no as easy as a yes, and records that prove themselves."""

import re
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from tests.cast import PASSWORD, Cast

from firstmile.kernel.database import Connection
from firstmile.privacy.consenting import Consents
from firstmile.privacy.notice import NoticeRefused, notices_of
from firstmile.service import Service

CONSENT, PAGE = "/api/v1/consent", "/privacy/choices"
NEEDED = {"csrf-token", "language", "address"}
BUTTON = re.compile(r'<button type="submit" class="([\w -]+)" name="answer" value="(\w+)"')


async def put(client: httpx.AsyncClient, *choices: str, **headers: str) -> httpx.Response:
    notice = (await client.get(CONSENT)).json()
    body = {"version": notice["version"], "choices": choices}
    return await client.put(CONSENT, json=body, headers=headers)


async def send(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    """Fill in the form of the page, as a browser without script does."""
    page = (await client.get(PAGE)).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    return await client.post(PAGE, data=hidden | fields)


@pytest.mark.parametrize(
    "path", ["/", "/sign-up", "/sign-in", "/forgot-password", PAGE, "/?lang=fr"]
)
async def test_before_a_choice_nothing_but_the_necessary_is_kept(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)

    assert answer.status_code == 200
    assert set(answer.cookies) <= NEEDED
    assert 'href="/privacy/choices"' in answer.text


async def test_no_is_as_easy_as_yes_and_leaves_no_number(client: httpx.AsyncClient) -> None:
    buttons = BUTTON.findall((await client.get("/")).text)
    assert [value for _, value in buttons] == ["none", "all"]
    assert len({look for look, _ in buttons}) == 1

    refused = await send(client, answer="none", next="/sign-in")

    assert (refused.status_code, refused.headers["location"]) == (303, "/sign-in#main")
    assert client.cookies["fm-consent"].startswith("v-")
    assert "consent-heading" not in (await client.get("/")).text


async def test_a_yes_is_taken_back_by_the_same_page_and_both_are_proved(
    client: httpx.AsyncClient, db: Connection, service: Service
) -> None:
    await send(client, answer="chosen", experiments="on")
    agreed = client.cookies["fm-consent"]
    await send(client, answer="none")

    rows = await db.fetch("SELECT * FROM consents ORDER BY made_at")
    assert re.fullmatch(r"experiments\.v-[\d-]+\.n-[\w-]{43}", agreed)
    assert ".n-" not in client.cookies["fm-consent"]
    assert [row["choices"] for row in rows] == [["experiments"], []]
    assert rows[0]["subject"] == rows[1]["subject"]
    assert rows[1]["previous"] == rows[0]["proof"]
    consents = service.parts.get(Consents)
    assert await consents.problems(db) == []
    with pytest.raises(asyncpg.RaiseError):
        await db.execute("UPDATE consents SET choices = '{analytics}'")
    await db.execute("ALTER TABLE consents DISABLE TRIGGER consents_are_kept")
    await db.execute("UPDATE consents SET choices = '{analytics}' WHERE id = $1", rows[1]["id"])
    await db.execute("UPDATE consent_notices SET words = 'We keep it all.'")
    assert len(await consents.problems(db)) == 3


async def test_what_a_browser_answered_is_the_persons_once_they_sign_in_and_goes_with_them(
    cast: Cast, client: httpx.AsyncClient, db: Connection
) -> None:
    dana = await cast.dana()
    receipt = (await put(client, "guidance")).json()["receipt"]
    client.cookies.clear()

    login = {"email": dana.email, "password": PASSWORD}
    headers = {"x-firstmile-consent": receipt}
    (await client.post("/api/v1/auth/login", json=login, headers=headers)).raise_for_status()
    client.cookies.clear()
    told = (await dana.get("/api/v1/embed/state")).json()["consent"]

    assert (told["choices"], told["needed"]) == (["guidance"], False)
    assert await db.fetchval("SELECT user_id FROM consents") == dana.id
    await db.execute("DELETE FROM users WHERE id = $1", dana.id)
    assert await db.fetchval("SELECT count(*) FROM consents") == 0


async def test_the_global_privacy_control_is_a_no(client: httpx.AsyncClient) -> None:
    gpc = {"sec-gpc": "1"}

    answer = await put(client, "analytics", **gpc)
    page = await client.get("/", headers=gpc)

    assert answer.json()["choices"] == []
    assert "consent-heading" not in page.text
    assert (await client.get(CONSENT, headers=gpc)).json()["gpc"] is True


async def test_what_cannot_be_chosen_is_refused(client: httpx.AsyncClient) -> None:
    old = await client.put(CONSENT, json={"version": "2020-01-01", "choices": []})

    assert (await put(client, "everything")).status_code == 422
    assert (old.status_code, old.json()["error"]) == (409, "notice_changed")


def test_a_file_gives_the_notice_other_words_purposes_and_languages(tmp_path: Path) -> None:
    path = tmp_path / "notice.yaml"
    path.write_text(
        """
version: "7"
purposes: [guidance, newsletter]
languages:
  en: {categories: {newsletter: {title: Newsletter, text: Letters.}}}
  de: {texts: {heading: Ihre Wahl}, categories: {newsletter: {title: Post, text: Briefe.}}}
"""
    )
    notices = notices_of(path)
    german, french = notices.in_language("de"), notices.in_language("fr")

    assert german.texts["heading"] == "Ihre Wahl"
    assert [one.key for one in german.categories] == ["necessary", "guidance", "newsletter"]
    assert french.texts["heading"] == notices_of(None).in_language("fr").texts["heading"]
    assert french.categories[-1].title == "Newsletter"
    assert german.digest != notices.in_language("en").digest


@pytest.mark.parametrize(
    "text", ["version: 7", "version: ''", "version: a.b", "[", "version: '7'\npurposes: [x]"]
)
def test_a_notice_that_says_too_little_is_refused(tmp_path: Path, text: str) -> None:
    path: Any = tmp_path / "notice.yaml"
    path.write_text(text)

    with pytest.raises(NoticeRefused):
        notices_of(path)
