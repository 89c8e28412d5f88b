"""An answer leaves only after the transaction behind it is committed."""

import asyncpg

from firstmile.kernel.asgi import App, Message, Receive, Scope, Send, only_asks
from firstmile.kernel.work import Work, Works

WORK = "firstmile.work"
TRY_AGAIN = "firstmile.try_again"
MAX_TRIES = 3
RETRIED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


class Answer:
    """One whole HTTP response, held back."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def hold(self, message: Message) -> None:
        """Take the place of `send` while the application writes its response."""
        self.messages.append(message)

    @property
    def status(self) -> int:
        """The status of the held response, 500 when the application said nothing."""
        for message in self.messages:
            if message["type"] == "http.response.start":
                return int(message["status"])
        return 500

    @property
    def body(self) -> bytes:
        """The body of the held response."""
        return b"".join(
            message["body"] for message in self.messages if message["type"] == "http.response.body"
        )

    async def leave(self, send: Send) -> None:
        """Let it go."""
        for message in self.messages:
            await send(message)


class AnswerAfterCommit:
    """Commits the visit's Work, if it began one, before a byte of the answer is sent.

    An answer of 400 or more rolls back. A commit that fails surfaces as an exception, so the
    caller hears of the failure instead of a success that did not happen. When PostgreSQL asks
    for another try (serialisation failure, deadlock), the whole request runs again.
    """

    def __init__(self, app: App, works: Works) -> None:
        self.app = app
        self.works = works

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or only_asks(scope):
            await self.app(scope, receive, send)
            return
        body = Replay(receive)
        fresh_state = dict(scope.get("state") or {})
        for attempt in range(1, MAX_TRIES + 1):
            scope["state"] = dict(fresh_state)
            body.rewind()
            answer = Answer()
            try:
                await self._attempt(scope, body, answer)
            except RETRIED:
                if attempt == MAX_TRIES:
                    raise
                continue
            if not scope["state"].get(TRY_AGAIN) or attempt == MAX_TRIES:
                await answer.leave(send)
                return

    async def _attempt(self, scope: Scope, body: "Replay", answer: Answer) -> None:
        succeeded = False
        try:
            await self.app(scope, body, answer.hold)
            succeeded = answer.status < 400
        finally:
            work: Work | None = scope["state"].get(WORK)
            if work is not None:
                await self.works.finish(work, commit=succeeded)


class Replay:
    """The request's body, kept so that the request can run again."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._heard: list[Message] = []
        self._position = 0

    async def __call__(self) -> Message:
        if self._position == len(self._heard):
            self._heard.append(await self._receive())
        self._position += 1
        return self._heard[self._position - 1]

    def rewind(self) -> None:
        """Start from the beginning."""
        self._position = 0


async def work_of(scope: Scope, works: Works) -> Work:
    """The Work of this request, begun when it is first asked for."""
    state = scope["state"]
    work: Work | None = state.get(WORK)
    if work is None:
        work = await works.start()
        state[WORK] = work
    return work
