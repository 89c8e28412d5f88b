"""Every Python block of the how-to runs, and gates as its text says."""

import inspect
import re
import sys
import types
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.http import JsonResponse  # type: ignore[import-untyped]
from django.urls import path  # type: ignore[import-untyped]

from firstmile_client import Settings
from firstmile_client.testing import FakeFirstmile

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "embed-the-gate.md"
README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def block_with(*words: str) -> str:
    (found,) = [block for block in blocks(PAGE) if all(word in block for word in words)]
    return found


def ran(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "block"}
    exec(compile(source, str(PAGE), "exec"), names)
    return names


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFirstmile]:
    fake = FakeFirstmile()
    fake.block("dana", "/billing", "payments")
    with fake.serve() as url:
        monkeypatch.setenv("FIRSTMILE_URL", url)
        yield fake


@pytest.fixture
def django_project(monkeypatch: pytest.MonkeyPatch) -> None:
    def billing(request: Any) -> Any:
        return JsonResponse({"for": request.scope["firstmile"].subject})

    settings = types.ModuleType("shop.settings")
    settings.__dict__.update(
        SECRET_KEY="for this test",
        ROOT_URLCONF="shop.urls",
        ALLOWED_HOSTS=["*"],
        LOGGING_CONFIG=None,
    )
    urls = types.ModuleType("shop.urls")
    urls.__dict__["urlpatterns"] = [path("billing", billing)]
    for module in (types.ModuleType("shop"), settings, urls):
        monkeypatch.setitem(sys.modules, module.__name__, module)


async def answers(app: Any, fake: FakeFirstmile) -> list[tuple[int, Any]]:
    """What Alice, Dana and a stranger get for /billing."""
    seen = []
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://shop"
    ) as client:
        for name in ("alice", "dana", None):
            headers = {"authorization": f"Bearer {fake.token(name)}"} if name else {}
            answer = await client.get("/billing", headers=headers)
            seen.append((answer.status_code, answer.json()))
    return seen


def assert_gated(seen: list[tuple[int, Any]]) -> None:
    alice, dana, stranger = seen
    assert alice == (200, {"for": "alice"})
    assert (dana[0], dana[1]["nextStep"]) == (409, "payments")
    assert (stranger[0], stranger[1]["error"]) == (401, "unauthenticated")


@pytest.mark.parametrize("word", ["FastAPI()", "import Middleware"])
async def test_the_asgi_blocks_gate(served: FakeFirstmile, word: str) -> None:
    assert_gated(await answers(ran(block_with(word))["app"], served))


@pytest.mark.usefixtures("django_project")
async def test_the_django_block_gates(served: FakeFirstmile) -> None:
    assert_gated(await answers(ran(block_with("django"))["app"], served))


def test_the_flask_block_gates(served: FakeFirstmile) -> None:
    client = ran(block_with("flask"))["app"].test_client()
    seen = []
    for name in ("alice", "dana", None):
        headers = {"authorization": f"Bearer {served.token(name)}"} if name else {}
        answer = client.get("/billing", headers=headers)
        seen.append((answer.status_code, answer.get_json(force=True)))
    assert_gated(seen)


def test_the_block_that_asks_by_hand_asks(served: FakeFirstmile) -> None:
    can_bill = ran(block_with("def can_bill"))["can_bill"]
    assert can_bill(served.token("alice")) is True
    assert can_bill(served.token("dana")) is False
    assert can_bill("nonsense") is False


async def test_the_block_of_settings_is_accepted(served: FakeFirstmile) -> None:
    app = ran(block_with("when_unreachable"))["app"]
    assert app.gate.settings.issuer == "https://accounts.example.org"


async def test_the_block_about_testing_is_a_test_that_passes() -> None:
    names = ran(block_with("async def test_"))
    (test,) = [value for value in names.values() if inspect.iscoroutinefunction(value)]
    await test()


def test_no_block_is_left_untried() -> None:
    assert len(blocks(PAGE)) == 7


def test_the_block_of_the_readme_runs(served: FakeFirstmile) -> None:
    for block in blocks(README):
        assert ran(block)["app"].gate.ask(served.token("alice"), "/billing").is_allowed


def test_every_setting_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {field.name for field in fields(Settings)} - {"transport", "clock"} == explained
