"""The console's pages about help: written, looked at, published, rolled back, and asked for."""

import re

import pytest
from tests.cast import Cast
from tests.help.conftest import shelf
from tests.web.test_console import Visitor, at_a_browser

from firstmile.help.counting import Figures
from firstmile.help.shelf import Shelf
from firstmile.kernel.database import Connection
from firstmile.service import Service

__all__ = ["shelf"]

PATH = "/console/help"
PLAN = f"{PATH}/articles/change-your-plan"
FORM = {
    "slug": "change-your-plan",
    "category": "projects",
    "contexts": "route:/projects/*\r\nfield:project.plan",
    "related": "begin-a-project",
    "texts.en.title": "Change your plan",
    "texts.en.summary": "What it costs, and when.",
    "texts.en.body": "It is **free**.\r\n\r\nFor now.",
    "seen": "0",
}
READ = "/help/change-your-plan"


@pytest.fixture
async def sam(cast: Cast, shelf: Shelf) -> Visitor:
    await cast.sam("operator")
    return await at_a_browser(cast, "Sam")


async def title(sam: Visitor, service: Service) -> str:
    """What readers see, once the hint has arrived."""
    await service.parts.get(Shelf).load(service.database)
    found = re.search(r"<h1>(.*)</h1>", (await sam.get(READ)).text)
    assert found
    return found[1]


async def test_an_article_is_written_published_changed_and_rolled_back(
    sam: Visitor, service: Service
) -> None:
    saved = await sam.post(f"{PATH}/new", **FORM)
    before = await sam.get(READ)
    published = await sam.post(f"{PLAN}/publish", version="1", seen="1")
    first = await title(sam, service)
    await sam.post(f"{PLAN}/edit", **FORM | {"texts.en.title": "Another plan", "seen": "2"})
    page = (await sam.get(PLAN)).text
    await sam.post(f"{PLAN}/publish", version="2", seen="3")
    second = await title(sam, service)
    await sam.post(f"{PLAN}/publish", version="1", seen="4")

    assert saved.headers["location"] == f"{PLAN}?notice=help-saved", saved.text
    assert before.status_code == 404
    assert published.headers["location"] == f"{PLAN}?notice=help-published"
    assert "<del>- Change your plan</del>" in page
    assert "<ins>+ Another plan</ins>" in page
    assert "It is <strong>free</strong>." in page
    assert [first, second, await title(sam, service)] == ["Change your plan", "Another plan", first]
    assert "field:project.plan" in (await sam.get(f"{PATH}?filter=project.plan")).text


async def test_what_is_wrong_stands_beside_its_field(sam: Visitor) -> None:
    broken = await sam.post(f"{PATH}/new", **FORM | {"texts.en.body": "<b>x</b>"})
    look = await sam.post(f"{PATH}/new", **FORM | {"act": "look"})
    taken = await sam.post(f"{PATH}/new", **FORM | {"slug": "sign-in"})
    await sam.post(f"{PATH}/new", **FORM)
    stale = await sam.post(f"{PLAN}/edit", **FORM | {"texts.en.title": "Late", "seen": "7"})
    late = await sam.post(f"{PLAN}/publish", version="1", seen="7")

    assert 'id="texts.en.body-mistake"' in broken.text
    assert "<strong>free</strong>" in look.text
    assert [one.status_code for one in (broken, look, taken, stale)] == [422, 200, 422, 422]
    assert 'id="slug-mistake"' in taken.text
    assert "Somebody changed this article since you opened it." in stale.text
    assert late.headers["location"] == f"{PLAN}?notice=help-changed"


async def test_what_people_seek_in_vain_becomes_an_article_or_is_settled(
    sam: Visitor, service: Service
) -> None:
    await sam.get("/help?q=invoices+as+pdf")
    async with service.works.begin() as work:
        await service.parts.get(Figures).write(work)
    page = (await sam.get(f"{PATH}/searches")).text
    written = re.search(r'href="(/console/help/new\?[^"]+)"', page)
    settling = re.search(rf'action="({PATH}/searches/[\w-]+/settle)"', page)
    assert written
    assert settling
    form = await sam.get(written[1].replace("&amp;", "&"))
    await sam.post(settling[1])

    assert 'value="Invoices pdf"' in form.text
    assert "Everybody found something" in (await sam.get(f"{PATH}/searches")).text


async def test_words_are_made_to_mean_the_same_and_taken_apart(
    sam: Visitor, db: Connection
) -> None:
    ours = "SELECT id FROM help_synonyms WHERE 'plan' = ANY(words)"
    lonely = await sam.post(f"{PATH}/synonyms", language="en", words="plan")
    await sam.post(f"{PATH}/synonyms", language="en", words="plan\r\nsubscription")
    kept = await db.fetchval(ours)
    await sam.post(f"{PATH}/synonyms/{kept}/delete")

    assert lonely.status_code == 422
    assert kept
    assert await db.fetchval(ours) is None


async def test_support_writes_and_does_not_publish(cast: Cast, shelf: Shelf) -> None:
    await cast.sam("support")
    sam = await at_a_browser(cast, "Sam")
    await sam.post(f"{PATH}/new", **FORM)
    page = (await sam.get(PLAN)).text
    refused = await sam.post(f"{PLAN}/publish", version="1", seen="1")

    assert f'href="{PLAN}/edit"' in page
    assert f'action="{PLAN}/publish"' not in page
    assert refused.status_code == 403


async def test_one_of_ours_is_deleted_and_one_that_ships_is_archived_and_restored(
    sam: Visitor, db: Connection
) -> None:
    shipped = f"{PATH}/articles/sign-in"
    await sam.post(f"{PATH}/new", **FORM)
    deleted = await sam.post(f"{PLAN}/delete", seen="1")
    kept = await sam.post(f"{shipped}/delete", seen=str(await _seen(db)))
    await sam.post(f"{shipped}/archive", seen=str(await _seen(db)))
    archived = (await sam.get(shipped)).text
    await sam.post(f"{shipped}/restore", seen=str(await _seen(db)))

    assert deleted.headers["location"] == f"{PATH}?notice=help-deleted"
    assert kept.headers["location"] == f"{shipped}?notice=help-changed"
    assert "Make it a draft again" in archived
    assert "Publish the draft" in (await sam.get(shipped)).text


async def _seen(db: Connection) -> int:
    query = "SELECT row_version FROM help_articles WHERE slug = 'sign-in'"
    return int(await db.fetchval(query))
