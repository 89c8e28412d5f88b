"""The line to Firstmile: each question has a deadline, equal questions share one answer."""

import asyncio
import time
from collections.abc import Generator, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import httpx

from firstmile_client.settings import Settings

ANSWER_LIMIT = 65_536  # bytes; a key set or a problem document is a few hundred


@dataclass(frozen=True)
class Question:
    """A GET to Firstmile; questions with an equal key that wait at once share one answer."""

    key: Hashable
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """What Firstmile said."""

    status: int
    headers: httpx.Headers
    body: bytes


@dataclass(frozen=True)
class Silence:
    """Why there is no reply."""

    reason: str


T = TypeVar("T")
Answer = Reply | Silence
Talk = Generator[
    Question, Answer, T
]  # a rule that asks its questions through whichever line runs it

_UNANSWERED = (httpx.HTTPError, httpx.StreamError, TimeoutError)


class Line:
    """Asks with the calling thread."""

    def __init__(self, base_url: str, settings: Settings) -> None:
        self._base_url = base_url
        self._settings = settings
        self._client: httpx.Client | None = None
        self._waiting: dict[Hashable, Future[Answer]] = {}
        self._lock = Lock()

    def run(self, talk: Talk[T]) -> T:
        """Run a talk to its end, answering each question it asks."""
        try:
            question = next(talk)
            while True:
                question = talk.send(self.ask(question))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def ask(self, question: Question) -> Answer:
        """The answer, shared with every thread that asks the same meanwhile."""
        with self._lock:
            waiting = self._waiting.get(question.key)
            if waiting is None:
                mine = self._waiting[question.key] = Future()
        if waiting is not None:
            return waiting.result()
        answer: Answer = Silence("interrupted")
        try:
            answer = self._fetch(question)
            return answer
        finally:
            with self._lock:
                del self._waiting[question.key]
            mine.set_result(answer)

    def close(self) -> None:
        """Close the pooled connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _fetch(self, question: Question) -> Answer:
        until = time.monotonic() + self._settings.deadline
        try:
            asked = self._opened().stream(
                "GET", question.path, params=question.params, headers=question.headers
            )
            with asked as reply:
                body = b""
                for chunk in reply.iter_bytes():
                    body += chunk
                    if len(body) > ANSWER_LIMIT or time.monotonic() > until:
                        return Silence("too long")
                return Reply(reply.status_code, reply.headers, body)
        except _UNANSWERED as error:
            return Silence(type(error).__name__)

    def _opened(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                transport = self._settings.transport
                if not isinstance(transport, httpx.BaseTransport | None):
                    raise TypeError("This transport has no synchronous side.")
                self._client = httpx.Client(
                    transport=transport, **_options(self._base_url, self._settings)
                )
            return self._client


@dataclass(frozen=True)
class _Home:
    client: httpx.AsyncClient
    waiting: dict[Hashable, asyncio.Task[Answer]] = field(default_factory=dict)


class AsyncLine:
    """Asks on the running event loop; connections cannot change loops, so each has its own."""

    def __init__(self, base_url: str, settings: Settings) -> None:
        self._base_url = base_url
        self._settings = settings
        self._homes: WeakKeyDictionary[asyncio.AbstractEventLoop, _Home] = WeakKeyDictionary()

    async def run(self, talk: Talk[T]) -> T:
        """Run a talk to its end, answering each question it asks."""
        try:
            question = next(talk)
            while True:
                question = talk.send(await self.ask(question))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def ask(self, question: Question) -> Answer:
        """The answer, shared with every task of this loop that asks the same meanwhile.

        A task of its own fetches it, so the first visitor can leave without taking the answer
        from the others.
        """
        home = self._home()
        task = home.waiting.get(question.key)
        if task is None:
            task = home.waiting[question.key] = asyncio.create_task(
                self._fetch(home.client, question)
            )
            task.add_done_callback(lambda _: home.waiting.pop(question.key))
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Close the pooled connections of this loop."""
        home = self._homes.pop(asyncio.get_running_loop(), None)
        if home is not None:
            await home.client.aclose()

    async def _fetch(self, client: httpx.AsyncClient, question: Question) -> Answer:
        try:
            async with asyncio.timeout(self._settings.deadline):
                return await _read(client, question)
        except _UNANSWERED as error:
            return Silence(type(error).__name__)

    def _home(self) -> _Home:
        loop = asyncio.get_running_loop()
        if loop not in self._homes:
            transport = self._settings.transport
            if not isinstance(transport, httpx.AsyncBaseTransport | None):
                raise TypeError("This transport has no asynchronous side.")
            client = httpx.AsyncClient(
                transport=transport, **_options(self._base_url, self._settings)
            )
            self._homes[loop] = _Home(client)
        return self._homes[loop]


async def _read(client: httpx.AsyncClient, question: Question) -> Answer:
    asked = client.stream("GET", question.path, params=question.params, headers=question.headers)
    async with asked as reply:
        body = b""
        async for chunk in reply.aiter_bytes():
            body += chunk
            if len(body) > ANSWER_LIMIT:
                return Silence("too long")
        return Reply(reply.status_code, reply.headers, body)


def _options(base_url: str, settings: Settings) -> dict[str, Any]:
    # A shared cookie jar would send one visitor's cookie with another's question.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return {
        "base_url": base_url,
        "timeout": settings.deadline,
        "cookies": no_cookies,
        "follow_redirects": False,  # a token goes to Firstmile and nowhere else
        "limits": httpx.Limits(max_connections=50, max_keepalive_connections=20),
    }
