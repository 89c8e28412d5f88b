"""Sam switches an area off and on again in a real browser, with the keyboard alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import a_place
from tests.running import Running
from tests.stories.test_console import Desk, sam

from firstmile.outside.postgres import EmbeddedPostgres

__all__ = ["sam"]


@pytest.fixture
def with_cast(cluster: EmbeddedPostgres, demo_template: str, tmp_path: Path) -> Iterator[Running]:
    """A demo of its own, as what is off is off for everybody."""
    with a_place(cluster, demo_template, tmp_path) as service:
        yield service


async def test_a_switch_is_used_with_the_keyboard_alone(sam: Desk) -> None:
    keyboard = sam.page.keyboard
    await sam.open("/console/kill-switch")
    await sam.page.get_by_role("link", name="Switch off… Guidance").focus()
    await keyboard.press("Enter")
    await sam.page.wait_for_url("**/guidance")
    await sam.look()
    await sam.page.focus("#reason")
    await keyboard.type("Tips in the wrong language, INC-7")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await sam.page.wait_for_url("**/kill-switch?notice=switched-off")
    await sam.open("/console/people")
    above = await sam.page.inner_text(".alarm")
    await sam.press("See why", role="link")
    await sam.page.get_by_role("link", name="Switch on… Guidance").click()
    await sam.page.fill("#reason", "Right again")
    await sam.press("Switch on: Guidance")
    await sam.open("/console/kill-switch")

    assert "Switched off: Guidance" in above
    assert await sam.page.locator(".alarm").count() == 0
    assert "Right again" in await sam.page.inner_text("main")
    assert sam.findings == []
    assert sam.visitor.complaints == []
