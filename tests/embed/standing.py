"""A Firstmile that stands in: the real files, and answers in the words of the wire."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import BrowserContext, Page, Route
from tests.stories.conftest import Visitor, arrive

from firstmile.web.assets import STATIC
from firstmile.web.embedding import embed, policy

SERVER, HERE = "https://first.example", "https://shop.example"
POLICY = (
    f"default-src 'none'; base-uri 'none'; require-trusted-types-for 'script'; {policy(SERVER)}"
)
SHARED = {
    "access-control-allow-origin": HERE,
    "access-control-expose-headers": "etag, retry-after",
}


def step(key: str, status: str = "todo", **more: Any) -> dict[str, Any]:
    """A step of the checklist."""
    defaults = {
        "key": key,
        "title": key.replace("-", " ").capitalize(),
        "description": f"What there is to do for {key}.",
        "status": status,
        "required": True,
        "weight": 1,
        "version": 1,
        "rowVersion": 1,
        "blockedBy": [],
        "href": f"/onboarding/{key}",
        "snoozedUntil": None,
    }
    return {**defaults, **more}


def words(text: str) -> list[dict[str, Any]]:
    """A paragraph."""
    return [{"t": "p", "c": [{"t": "text", "v": text}]}]


def journey(*steps: dict[str, Any]) -> dict[str, Any]:
    """A checklist of these steps."""
    open_ones = [one["key"] for one in steps if one["status"] in ("todo", "in_progress")]
    settled = sum(one["status"] in ("done", "skipped") for one in steps)
    return {
        "progress": 100 * settled // len(steps),
        "activated": settled == len(steps),
        "nextStep": open_ones[0] if open_ones else None,
        "steps": list(steps),
    }


def a_state(**more: Any) -> dict[str, Any]:
    """What Dana, who is half-way, is told."""
    steps = (
        step("verify-email", "done"),
        step("complete-profile", description="Your name, and the language we should speak."),
        step("invite-colleagues", "snoozed", required=False, snoozedUntil="2026-12-05T09:00:00Z"),
        step("take-payments", "locked", blockedBy=["complete-profile"]),
    )
    defaults: dict[str, Any] = {
        "language": "en",
        "known": True,
        "off": {"onboarding": False, "guidance": False, "gating": False},
        "journey": journey(*steps),
        "gates": [],
        "content": [],
        "resume": None,
        "preferences": {"tips": "all"},
        "consent": {"version": "1", "choices": [], "gpc": False, "needed": False},
        "stream": "/api/v1/embed/stream",
    }
    return {**defaults, **more}


@dataclass
class Shop:
    """The shop's page in a browser, and what its Firstmile says and was asked."""

    visitor: Visitor
    state: dict[str, Any] = field(default_factory=a_state)
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    page_text: str = ""
    policy: str = POLICY
    spoilt: str | None = None
    is_reached: bool = True
    aliased: str = ""

    @property
    def page(self) -> Page:
        return self.visitor.page

    @classmethod
    async def opened(cls, context: BrowserContext) -> "Shop":
        """A shop in a browser of its own."""
        shop = cls(await arrive(context, HERE))
        await context.route(f"{HERE}/**", shop._serve_page)
        await context.route(f"{SERVER}/**", shop._serve)
        return shop

    async def show(self, body: str, *, lang: str = "en", head: str = "", tag: str = "") -> None:
        """Open a page with this in it, and the script as the docs tell."""
        tag = tag or embed().tag(SERVER)
        self.page_text = (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Shop</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="color-scheme" content="light dark">{head}{tag}</head>'
            f"<body><main><h1>Shop</h1>{body}</main></body></html>"
        )
        await self.visitor.open("/orders")

    def was_asked(self, method: str, path: str) -> list[Any]:
        """The bodies of such requests so far."""
        return [body for verb, where, body in self.asked if (verb, where) == (method, path)]

    async def _serve_page(self, route: Route) -> None:
        headers = {"content-type": "text/html", "content-security-policy": self.policy}
        await route.fulfill(body=self.page_text, headers=headers)

    async def _serve(self, route: Route) -> None:
        request, url = route.request, urlsplit(route.request.url)
        if url.path.startswith("/embed/"):
            await self._serve_file(route, url.path)
            return
        if not self.is_reached:
            await route.abort()
            return
        self.asked.append((request.method, url.path, request.post_data_json))
        status, body = self._answer(request.method, url.path, parse_qs(url.query))
        tag = f'"{hash(json.dumps(body))}"'
        if request.headers.get("if-none-match") == tag:
            status, body = 304, None
        headers = {**SHARED, "etag": tag, "content-type": "application/json"}
        text = "" if body is None else json.dumps(body)
        await route.fulfill(status=status, headers=headers, body=text)

    def _answer(self, method: str, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        if path == "/api/v1/embed/state":
            return 200, self.state
        return self.answers.get(f"{method} {path}", (404, {"error": "not_found", "message": "No."}))

    async def _serve_file(self, route: Route, path: str) -> None:
        name = path.rsplit("/", 1)[-1]
        text = self.aliased if "/v1/" in path else (STATIC / "embed" / name).read_text()
        if name == self.spoilt:
            text += "\n// somebody was here"
        headers = {"content-type": "text/javascript", "access-control-allow-origin": "*"}
        await route.fulfill(body=text, headers=headers)
