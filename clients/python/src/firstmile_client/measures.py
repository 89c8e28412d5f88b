"""Counts requests by the variants they were served, and sends the counts to Firstmile."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

import httpx
from openfeature.flag_evaluation import FlagEvaluationDetails, Reason
from openfeature.hook import Hook, HookContext, HookHints

from firstmile_client.asgi import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("firstmile_client")

PATH = "/api/v1/flags/measures"
MOST = 100  # measures in a batch, as Firstmile takes them
MOST_WAITING = 20  # batches that could not be sent; beyond it the oldest are given up
SLOW_MS = 300
# Whom chance put on one side; whom a rule or a list chose is not like the others.
BY_CHANCE = frozenset({Reason.SPLIT, Reason.DEFAULT, Reason.STATIC})

_served: ContextVar[dict[str, str] | None] = ContextVar("firstmile_served", default=None)


class Measures:
    """What is counted by this process, and the way to Firstmile.

    `key` is an SDK key of a server. `slow_ms` is the limit of the rollout's guard. A thread sends
    every `every` seconds; a batch that found nobody is sent again and counts once.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        slow_ms: int = SLOW_MS,
        every: float = 10.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._client = httpx.Client(
            base_url=base_url,
            headers={"authorization": f"Bearer {key}"},
            timeout=5.0,
            transport=transport,
        )
        self._slow_ms = slow_ms
        self._every = every
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._waiting: list[tuple[str, list[dict[str, Any]]]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_sending, daemon=True)

    def start(self) -> None:
        """Send now and then from here on."""
        self._thread.start()

    def close(self) -> None:
        """Send what there is, and end."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self.send()
        self._client.close()

    def note(self, served: Iterable[tuple[str, str]], *, failed: bool, seconds: float) -> None:
        """Count one request that was served these variants of these flags."""
        is_slow = seconds * 1000 > self._slow_ms
        with self._lock:
            for flag, variant in served:
                self._counts[flag, variant, "requests"] += 1
                self._counts[flag, variant, "errors"] += failed
                self._counts[flag, variant, "slow"] += is_slow

    def send(self) -> None:
        """Send what was counted; what cannot be sent now waits for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        found = [
            {"flag": flag, "variant": variant}
            | {what: counts[flag, variant, what] for what in ("requests", "errors", "slow")}
            for flag, variant in sorted({(flag, variant) for flag, variant, _ in counts})
        ]
        batches = [found[at : at + MOST] for at in range(0, len(found), MOST)]
        self._waiting = [*self._waiting, *((str(uuid4()), one) for one in batches)][-MOST_WAITING:]
        self._waiting = [batch for batch in self._waiting if not self._sent(*batch)]

    def _sent(self, token: str, batch: list[dict[str, Any]]) -> bool:
        """Whether Firstmile has it, or will never take it."""
        headers = {"idempotency-key": token}
        try:
            answer = self._client.post(PATH, json={"measures": batch}, headers=headers)
        except httpx.HTTPError:
            return False
        if answer.is_client_error:
            log.warning("measures refused: %s %s", answer.status_code, answer.text[:200])
        return not answer.is_server_error and answer.status_code != httpx.codes.TOO_MANY_REQUESTS

    def _keep_sending(self) -> None:
        while not self._ended.wait(self._every):
            self.send()


class MeasuringHook(Hook):
    """Notes what OpenFeature served to the request at hand; add it with `api.add_hooks`."""

    def after(
        self,
        hook_context: HookContext,
        details: FlagEvaluationDetails[Any],
        hints: HookHints,  # noqa: ARG002  theirs
    ) -> None:
        """Note the variant, where chance alone decided it."""
        served = _served.get()
        if served is not None and details.variant and details.reason in BY_CHANCE:
            served[hook_context.flag_key] = details.variant


class MeasuredRequests:
    """ASGI middleware: each request is counted by what it was served."""

    def __init__(self, app: ASGIApp, measures: Measures) -> None:
        self.app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and note how it ended and when the answer began."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, seconds = time.perf_counter(), 500, 0.0
        served: dict[str, str] = {}
        token = _served.set(served)

        async def send_noting(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], time.perf_counter() - began
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        finally:
            _served.reset(token)
            self._measures.note(
                served.items(),
                failed=status >= 500,
                seconds=seconds or time.perf_counter() - began,
            )
