"""Sam writes a tip in a real browser, publishes it, changes it and rolls it back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import a_place
from tests.running import Running
from tests.stories.test_console import Desk, sam

from firstmile.outside.postgres import EmbeddedPostgres

__all__ = ["sam"]

PATH = "/console/guidance"


@pytest.fixture
def with_cast(cluster: EmbeddedPostgres, demo_template: str, tmp_path: Path) -> Iterator[Running]:
    """A demo of its own, as what is published here is shown to everybody."""
    with a_place(cluster, demo_template, tmp_path) as service:
        yield service


async def publish(sam: Desk, reason: str) -> None:
    await sam.page.get_by_role("link", name="Publish… production").click()
    await sam.page.fill("#reason", reason)
    await sam.press("Publish in production")


async def title(sam: Desk, words: str) -> None:
    await sam.page.locator('[id="words.en.title"]').fill(words)


async def test_a_tip_is_written_published_and_rolled_back(sam: Desk) -> None:
    await sam.open(PATH)
    await sam.press("New content", role="link")
    await sam.page.fill("#key", "ask-a-friend")
    await title(sam, "Invite others")
    await sam.page.locator('[id="words.en.body"]').fill("It is **free**.")
    await sam.page.select_option("#delivery", "inline")
    await sam.press("See how it looks")
    assert await sam.page.locator(".guidance-look strong").first.inner_text() == "free"
    await sam.press("Save the draft")
    assert "Nobody is shown it before it is published." in await sam.page.inner_text("main")
    await publish(sam, "Asked for by many")

    await sam.press("Edit", role="link")
    await title(sam, "Invite somebody")
    await sam.press("Save the draft")
    await publish(sam, "Clearer")
    assert "Version 2" in await sam.page.inner_text("main")

    await sam.page.get_by_role("link", name="Roll back… production").click()
    await sam.page.fill("#reason", "It was not")
    await sam.press("Roll back in production")
    said = await sam.page.inner_text("main")
    assert "Version 1" in said
    assert "Sam Novak" in said
    for path in ("", "/why?key=ask-a-friend&person=sam@example.org", "/quiet/production"):
        await sam.open(f"{PATH}{path}")
    assert sam.findings == []
    assert sam.visitor.complaints == []
