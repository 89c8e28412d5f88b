"""Sam reads the page of insights: charts under our policy, and tables that say the same."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.async_api import Browser
from tests.conftest import a_place
from tests.running import Running
from tests.stories.conftest import arrive
from tests.stories.test_console import DESK, PHONE, Desk

from firstmile.outside.postgres import EmbeddedPostgres

CHARTS = ("funnel", "durations", "completions", "blocked", "comparison")
WIDTHS = """
    [...document.querySelectorAll("[data-chart]")].map((place) => {
        const edge = place.getBoundingClientRect();
        const words = [...place.querySelectorAll("text")].map((one) => ({
            text: one.textContent,
            size: parseFloat(getComputedStyle(one).fontSize),
            out: one.getBoundingClientRect().left < -1 ||
                 one.getBoundingClientRect().right > innerWidth + 1,
        }));
        return {
            name: place.dataset.chart,
            role: place.getAttribute("role"),
            label: place.getAttribute("aria-label"),
            pictures: place.querySelectorAll("svg").length,
            styles: place.querySelectorAll("style").length,
            shapes: place.querySelectorAll("rect, circle").length,
            fill: getComputedStyle(place.querySelector("rect, circle")).fill,
            words,
        };
    })
"""


@pytest.fixture(scope="session")
def with_crowd(
    cluster: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The demo lives here as on the first day, its crowd and both versions of its steps."""
    home = tmp_path_factory.mktemp("crowd")
    with a_place(cluster, template, home) as running:
        with psycopg.connect(running.environment["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("TRUNCATE step_editions, step_definitions, gated_routes")
        command = [sys.executable, "-m", "firstmile", "prepare"]
        subprocess.run(command, env=running.environment, check=True)
        yield running


@pytest.mark.parametrize(
    "manner",
    [DESK, PHONE | {"reduced_motion": "reduce"}, DESK | {"forced_colors": "active"}],
    ids=["desk", "phone in the dark", "forced colours"],
)
async def test_five_charts_are_drawn_without_a_complaint_of_the_browser(
    with_crowd: Running, browser: Browser, manner: dict[str, Any]
) -> None:
    context = await browser.new_context(**manner)
    # In forced colours the person's own palette is what contrasts, which axe cannot know.
    is_axe = "forced_colors" not in manner
    sam = Desk(await arrive(context, with_crowd.base_url), with_crowd, has_script=is_axe)
    await sam.sign_in("sam@example.org")
    await sam.open("/console/onboarding")
    await sam.page.wait_for_selector("[data-chart=comparison] svg")

    drawn = {one["name"]: one for one in await sam.page.evaluate(WIDTHS)}
    await sam.look()

    assert tuple(drawn) == CHARTS
    for one in drawn.values():
        assert (one["role"], one["pictures"], one["styles"]) == ("img", 1, 0)
        assert "The table" in one["label"]
        assert one["shapes"] >= 4
        assert one["fill"] not in ("none", "rgb(0, 0, 0)")
        assert [word["text"] for word in one["words"] if word["size"] < 14 or word["out"]] == []
    assert len([word for word in drawn["durations"]["words"] if word["text"][0] == "p"]) == 3
    assert sam.findings == []
    assert sam.visitor.complaints == []
    await context.close()


async def test_without_script_the_tables_say_it_all(with_crowd: Running, browser: Browser) -> None:
    context = await browser.new_context(**DESK, java_script_enabled=False)
    sam = Desk(await arrive(context, with_crowd.base_url), with_crowd, has_script=False)
    await sam.sign_in("sam@example.org")
    await sam.open("/console/onboarding")
    await sam.page.select_option("[name=role]", "owner")
    await sam.press("Show")

    said = await sam.page.inner_text("main")

    assert await sam.page.locator(".insight-chart:visible, .insight-legend:visible").count() == 0
    for words in ("Half took less than", "Week by week", "Two versions of the steps"):
        assert words in said
    assert sam.findings == []
    await context.close()
