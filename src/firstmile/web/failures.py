"""Refusals and failures as pages, for a browser that asked for one."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import msgspec
import structlog
from litestar.datastructures import Cookie

from firstmile.kernel.answers import Answer
from firstmile.kernel.asgi import FAILURE, App, Message, Receive, Scope, Send, is_api
from firstmile.kernel.correlation import correlation_id
from firstmile.kernel.database import DATABASE_DOWN
from firstmile.kernel.languages import N_, translate
from firstmile.kernel.parts import Parts
from firstmile.kernel.problems import MEDIA_TYPE, respond, status_of
from firstmile.kernel.refusals import Refusal
from firstmile.kernel.visit import Visit
from firstmile.web.moments import ahead
from firstmile.web.rendering import Pages, headers_of, language_of

log = structlog.get_logger()

TEMPLATES = {404: "not_found.html", 500: "failure.html"}
SIGN_IN = 401
# What programs ask for, never a person who would read a page.
NO_PAGES = ("/.well-known/", "/static/", "/embed/")


class Failures:
    """The last catch: nothing inside is shown, and a browser is shown a page.

    Whatever was refused further in arrives here as a problem document. For a page that was asked
    by a browser it is told in a page with a way on.
    """

    def __init__(self, app: App, pages: Pages, parts: Parts) -> None:
        self.app = app
        self._parts = parts
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not _wants_page(scope):
            await self._guarded(scope, receive, send)
            return
        watched = _Watched(send)
        await self._guarded(scope, receive, watched.send)
        if watched.problem is not None:
            await self._tell(scope, watched.problem, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except asyncio.CancelledError:
            raise
        except Refusal as refusal:  # from a middleware: no route was there to tell it
            if started:
                raise
            await respond(
                send,
                status=status_of(refusal),
                error=refusal.error,
                message=refusal.message,
                retry_after=refusal.retry_after,
            )
        except Exception as failure:
            log.exception("unexpected_failure")
            scope[FAILURE] = failure
            if started:
                raise
            await respond(
                send,
                status=500,
                error="internal",
                message=N_("Something went wrong on our side. We have noted it."),
            )

    async def _tell(self, scope: Scope, problem: Answer, send: Send) -> None:
        document = msgspec.json.decode(problem.body)
        status = problem.status
        if status == SIGN_IN and scope["method"] == "GET":
            target = f"/sign-in?next={quote(scope['path'])}".encode()
            headers = [(b"location", target), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 303, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        language = language_of(scope)
        template = TEMPLATES.get(status, "refusal.html")
        words = {
            "status": status,
            "title": _title(status, language),
            "message": translate(language, document["message"]),
            "correlation_id": correlation_id.get(),
            "again": _again(document, language),
        }
        cookies: list[Cookie] = []
        html = self._pages.render(scope, template, language, **words)
        if status < 500:  # what failed may fail again: then nothing more is asked
            with suppress(*DATABASE_DOWN):
                visit = Visit(scope, self._parts)
                html, cookies = await self._pages.compose(visit, template, **words)
        page = html.encode()
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", b"%d" % len(page)),
            *((b"set-cookie", cookie.to_header(header="").encode()) for cookie in cookies),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": page, "more_body": False})


class _Watched:
    """Lets an answer through as it comes, but keeps a problem document back."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.problem: Answer | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kinds = [value for name, value in message.get("headers", ()) if name == b"content-type"]
            if any(kind.startswith(MEDIA_TYPE.encode()) for kind in kinds):
                self.problem = Answer()
        if self.problem is not None:
            await self.problem.hold(message)
        else:
            await self._send(message)


def _again(document: dict[str, Any], language: str) -> str | None:
    """When somebody who was too fast may go on: `in 15 minutes`."""
    if document["error"] != "rate_limited":
        return None
    return ahead(timedelta(seconds=document["retryAfter"]), language)


def _wants_page(scope: Scope) -> bool:
    is_page = not is_api(scope) and not scope["path"].startswith(NO_PAGES)
    return is_page and "text/html" in headers_of(scope).get("accept", "")


def _title(status: int, language: str) -> str:
    fallback = N_("This did not work")
    titles = {
        403: N_("This was not accepted"),
        405: N_("This address does not work that way"),
        409: N_("Not now"),
        429: N_("That was a little fast"),
        503: N_("We are busy"),
    }
    return translate(language, titles.get(status, fallback))
