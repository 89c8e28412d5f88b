"""Sam changes a help article in a real browser, looks, publishes it, and goes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import a_place
from tests.running import Running
from tests.stories.test_console import Desk, sam

from firstmile.outside.postgres import EmbeddedPostgres

__all__ = ["sam"]

PATH = "/console/help"
ARTICLE = f"{PATH}/articles/choose-a-password"


@pytest.fixture
def with_cast(cluster: EmbeddedPostgres, demo_template: str, tmp_path: Path) -> Iterator[Running]:
    """A demo of its own, as what is published here is read by everybody."""
    with a_place(cluster, demo_template, tmp_path) as service:
        yield service


async def read(sam: Desk) -> str:
    """What readers see as its title."""
    await sam.open("/help/choose-a-password")
    title = await sam.visitor.heading()
    await sam.open(ARTICLE)
    return title


async def test_an_article_is_changed_looked_at_published_and_rolled_back(sam: Desk) -> None:
    await sam.open(f"{PATH}?filter=sign-up.password")
    await sam.press("Choose a password", role="link")
    await sam.press("Edit", role="link")
    await sam.page.locator('[id="texts.en.title"]').fill("Pick a good password")
    await sam.page.locator('[id="texts.en.body"]').fill("Take **four** words.")
    await sam.press("See how it looks")
    assert await sam.page.locator(".help-look strong").first.inner_text() == "four"
    await sam.press("Save the draft")
    assert "Nobody reads it before it is published." in await sam.page.inner_text("main")
    assert await read(sam) == "Choose a password"

    await sam.press("Publish the draft")
    assert await read(sam) == "Pick a good password"
    await sam.page.get_by_text("What changed").first.click()
    assert "+ Pick a good password" in await sam.page.inner_text(".differing")

    await sam.press("Roll back to it Version 1")
    assert await read(sam) == "Choose a password"
    for path in ("", "/new", "/searches", "/synonyms"):
        await sam.open(f"{PATH}{path}")
    assert sam.findings == []
    assert sam.visitor.complaints == []
