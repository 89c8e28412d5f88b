"""The console's pages about applications: registered, changed and closed by staff."""

import re

import httpx
import pytest
from tests.cast import Cast
from tests.web.test_console import Visitor, at_a_browser

from firstmile.kernel.database import Connection

PATH = "/console/applications"
FORM = {
    "name": "Wiki",
    "kind": "web",
    "redirectUris": "https://wiki.example.org/callback\nhttps://wiki.example.org/silent",
    "scope.profile": "on",
}


@pytest.fixture
async def sam(cast: Cast) -> Visitor:
    await cast.sam("operator")
    return await at_a_browser(cast, "Sam")


async def registered(sam: Visitor, **fields: str) -> tuple[str, httpx.Response]:
    """Where the application's page is, and the page that shows its secret."""
    page = await sam.post(f"{PATH}/new", **(FORM | fields))
    found = re.search(rf'href="({PATH}/[0-9a-f-]+)"', page.text)
    assert found is not None, page.text
    return found[1], page


async def test_support_does_not_register_applications(cast: Cast) -> None:
    await cast.sam("support")
    visitor = await at_a_browser(cast, "Sam")

    assert (await visitor.get(PATH)).status_code == 403
    assert (await visitor.post(f"{PATH}/new", **FORM)).status_code == 403
    assert f'href="{PATH}"' not in (await visitor.get("/console")).text


async def test_a_secret_is_shown_once(sam: Visitor, db: Connection) -> None:
    href, page = await registered(sam)

    row = await db.fetchrow("SELECT name, kind, redirect_uris, scopes FROM clients")
    again = await sam.get(href)

    assert row is not None
    assert list(row["redirect_uris"]) == FORM["redirectUris"].split()
    assert list(row["scopes"]) == ["openid", "profile"]
    (secret,) = re.findall(r'id="secret"><code>([\w-]{43})</code>', page.text)
    assert secret not in again.text


async def test_what_runs_in_a_browser_has_no_secret(sam: Visitor) -> None:
    href, page = await registered(sam, kind="browser")

    assert 'id="secret"' not in page.text
    assert f"{href}/secret" not in (await sam.get(href)).text


async def test_an_address_that_is_none_is_told_beside_its_field(
    sam: Visitor, db: Connection
) -> None:
    page = await sam.post(f"{PATH}/new", **(FORM | {"redirectUris": "http://wiki.example.org/*"}))

    assert page.status_code == 422
    assert 'id="redirectUris-mistake"' in page.text
    assert "http://wiki.example.org/*" in page.text
    assert await db.fetchval("SELECT count(*) FROM clients") == 0


async def test_an_application_is_changed_and_keeps_its_kind(sam: Visitor, db: Connection) -> None:
    href, _ = await registered(sam)

    changed = await sam.post(href, **(FORM | {"name": "Handbook", "kind": "native"}))

    assert changed.headers["location"] == f"{href}?notice=saved"
    row = await db.fetchrow("SELECT name, kind FROM clients")
    assert row is not None
    assert tuple(row) == ("Handbook", "web")


async def test_an_application_is_closed_and_opened_again(sam: Visitor, db: Connection) -> None:
    href, _ = await registered(sam)

    closed = await sam.post(f"{href}/close")
    shut = await db.fetchval("SELECT disabled_at IS NOT NULL FROM clients")
    opened = await sam.post(f"{href}/open")

    assert closed.headers["location"] == f"{href}?notice=application-closed"
    assert shut
    assert opened.headers["location"] == f"{href}?notice=application-opened"
    assert await db.fetchval("SELECT disabled_at FROM clients") is None


async def test_another_secret_is_shown_once_too(sam: Visitor) -> None:
    href, first = await registered(sam)

    second = await sam.post(f"{href}/secret", at_once="on")

    secrets = {
        re.search(r'id="secret"><code>([\w-]+)<', page.text)[1]  # type: ignore[index]
        for page in (first, second)
    }
    assert len(secrets) == 2


async def test_a_credential_is_asked_for_first(sam: Visitor, db: Connection) -> None:
    await db.execute("UPDATE sessions SET proved_at = proved_at - interval '11 minutes'")

    for answer in (await sam.get(f"{PATH}/new"), await sam.post(f"{PATH}/new", **FORM)):
        assert answer.headers["location"] == "/confirm?next=%2Fconsole%2Fapplications%2Fnew"
    assert await db.fetchval("SELECT count(*) FROM clients") == 0


async def test_staff_see_who_is_staff_the_highest_roles_first(cast: Cast) -> None:
    await cast.a_user("Oona").of_staff("support").signed_in()
    await cast.sam("admin")
    visitor = await at_a_browser(cast, "Sam")

    page = (await visitor.get("/console/staff")).text

    assert page.index("sam@example.org") < page.index("oona@example.org")
