"""Help as pages without script: read, found, told whether it helped, and not shown to all."""

import re

import httpx
from markupsafe import escape
from tests.cast import Cast
from tests.help.conftest import LIBRARY, shelf
from tests.web.browsing import Browser

from firstmile.help.counting import Figures
from firstmile.help.shelf import Shelf
from firstmile.kernel.database import Connection
from firstmile.service import Service

__all__ = ["shelf"]

STAFF = next(one.slug for one in LIBRARY.articles if one.content.is_for_staff)
OPEN = next(one.slug for one in LIBRARY.articles if not one.content.is_for_staff)


async def test_visitors_find_what_they_mistype_and_their_opening_is_counted(
    client: httpx.AsyncClient, service: Service, db: Connection, shelf: Shelf
) -> None:
    browser = Browser(client)
    found = await browser.open("/help?q=pasword")
    opened = re.search(r'href="(/help/choose-a-password\?search=[\w-]+)"', found.text)
    nothing = await browser.open("/help?q=%3Cb%3Ezzqqxx")

    assert opened
    assert (await browser.open(opened[1])).status_code == 200
    assert "Nothing found" in nothing.text
    assert "<b>zzqqxx" not in nothing.text
    async with service.works.begin() as work:
        await service.parts.get(Figures).write(work)
    assert await db.fetchval("SELECT sum(clicked) FROM help_searches") == 1


async def test_an_article_is_in_the_language_of_who_reads_it(
    client: httpx.AsyncClient, shelf: Shelf
) -> None:
    browser = Browser(client)
    page = (await browser.open(f"/help/{OPEN}?lang=fr")).text

    titled = shelf.titled("fr", OPEN, with_staff=False)
    assert titled
    assert f"<h1>{escape(titled.title)}</h1>" in page
    assert 'lang="fr"' in page


async def test_what_is_for_staff_is_not_there_for_others(
    client: httpx.AsyncClient, cast: Cast, shelf: Shelf
) -> None:
    browser = Browser(client)
    visitors = await browser.open("/help")
    refused = await browser.open(f"/help/{STAFF}")
    told = await browser.send(f"/help/{STAFF}", helpful="yes")
    unknown = await browser.open("/help/nobody-wrote-this")
    sam = await cast.sam()
    headers = {"authorization": f"Bearer {sam.access_token}", "accept": "text/html"}
    staff = await client.get(f"/help/{STAFF}", headers=headers)

    assert f"/help/{OPEN}" in visitors.text
    assert f"/help/{STAFF}" not in visitors.text
    assert [one.status_code for one in (refused, told, unknown, staff)] == [404, 404, 404, 200]
    assert "There is no page here" in unknown.text


async def test_a_no_is_kept_with_its_reason_and_only_from_our_own_form(
    client: httpx.AsyncClient, db: Connection, shelf: Shelf
) -> None:
    browser = Browser(client)
    await browser.open(f"/help/{OPEN}")
    forged = await browser.send(f"/help/{OPEN}", csrf="forged", helpful="yes")
    said = await browser.send(
        f"/help/{OPEN}", helpful="no", reason="unclear", comment="Which button?"
    )
    thanks = await browser.open(said.headers["location"])

    rows = await db.fetch("SELECT is_helpful, reason, comment FROM help_feedback")
    assert forged.status_code == 403
    assert [tuple(row) for row in rows] == [(False, "unclear", "Which button?")]
    assert "Thank you." in thanks.text
