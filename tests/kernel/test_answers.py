"""An answer leaves only after the commit behind it, and never when there was none."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.kernel.conftest import is_empty

from firstmile.kernel.answers import AnswerAfterCommit, Replay, work_of
from firstmile.kernel.asgi import App, Message, Receive, Scope, Send
from firstmile.kernel.database import DATABASE_DOWN, Database
from firstmile.kernel.database import Connection as Outside
from firstmile.kernel.work import Work, Works

Action = Callable[[Work, bytes], Awaitable[None]]


def writing(works: Works, action: Action, status: int = 200) -> App:
    """An application that acts in its Work and answers."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        await action(await work_of(scope, works), body)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"done", "more_body": False})

    return AnswerAfterCommit(app, works)


async def insert(work: Work, body: bytes) -> None:
    await work.db.execute("INSERT INTO notes (word) VALUES ($1)", body.decode())


async def ask(app: App, body: bytes = b"hello", on_send: Any = None) -> list[Message]:
    """POST without a client between: what the application sends, as it sends it."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if on_send is not None:
            await on_send()
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "state": {}}
    await app(scope, receive, send)
    return sent


async def test_no_byte_is_sent_before_others_can_see_what_was_written(
    works: Works, notes: Outside
) -> None:
    seen = []

    async def look() -> None:
        seen.append(await notes.fetchval("SELECT count(*) FROM notes"))

    sent = await ask(writing(works, insert), on_send=look)

    assert sent[0]["status"] == 200
    assert seen == [1, 1]


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500, 503])
async def test_an_answer_of_400_or_more_undoes_what_was_written(
    works: Works, notes: Outside, status: int
) -> None:
    sent = await ask(writing(works, insert, status))

    assert sent[0]["status"] == status
    assert await is_empty(notes, "notes")


@pytest.mark.parametrize("status", [200, 202, 303])
async def test_an_answer_below_400_keeps_it(works: Works, notes: Outside, status: int) -> None:
    await ask(writing(works, insert, status))

    assert not await is_empty(notes, "notes")


async def test_a_real_deadlock_ends_with_both_requests_done(works: Works, notes: Outside) -> None:
    await notes.execute("INSERT INTO notes (word) VALUES ('a'), ('b')")
    tries: list[bytes] = []
    both_hold_one = asyncio.Barrier(2)

    async def meet(work: Work, body: bytes) -> None:
        first, second = body[:1].decode(), body[1:].decode()
        is_first_try = body not in tries
        tries.append(body)
        await work.db.execute("UPDATE notes SET times = times + 1 WHERE word = $1", first)
        if is_first_try:
            await both_hold_one.wait()
        await work.db.execute("UPDATE notes SET times = times + 1 WHERE word = $1", second)

    app = writing(works, meet)
    answers = await asyncio.gather(ask(app, b"ab"), ask(app, b"ba"))

    assert [sent[0]["status"] for sent in answers] == [200, 200]
    assert len(tries) > 2
    assert [row["times"] for row in await notes.fetch("SELECT times FROM notes")] == [3, 3]


async def test_a_cancelled_request_gives_its_connection_back_and_writes_nothing(
    works: Works, database: Database, notes: Outside
) -> None:
    async def linger(work: Work, body: bytes) -> None:
        await insert(work, body)
        await work.db.execute("SELECT pg_sleep(30)")

    requests = [asyncio.create_task(ask(writing(works, linger), b"%d" % n)) for n in range(2)]
    await asyncio.sleep(0.2)
    for request in requests:
        request.cancel()
    await asyncio.gather(*requests, return_exceptions=True)

    both = await asyncio.wait_for(asyncio.gather(works.start(), works.start()), 1)
    for work in both:
        await works.finish(work, commit=False)
    assert all(request.cancelled() for request in requests)
    assert await is_empty(notes, "notes")


async def test_an_exception_gives_the_connection_back(works: Works, notes: Outside) -> None:
    async def fail(work: Work, body: bytes) -> None:
        await insert(work, body)
        raise ZeroDivisionError

    for _ in range(3):  # one more than there are connections
        with pytest.raises(ZeroDivisionError):
            await ask(writing(works, fail))

    assert await is_empty(notes, "notes")


async def test_a_connection_killed_under_a_request_is_not_told_as_success(
    works: Works, notes: Outside
) -> None:
    async def lose(work: Work, body: bytes) -> None:
        await insert(work, body)
        pid = await work.db.fetchval("SELECT pg_backend_pid()")
        await notes.execute("SELECT pg_terminate_backend($1)", pid)

    with pytest.raises(DATABASE_DOWN):
        await ask(writing(works, lose))
    sent = await ask(writing(works, insert), b"next")

    assert sent[0]["status"] == 200
    assert [row["word"] for row in await notes.fetch("SELECT word FROM notes")] == ["next"]


async def test_a_body_in_pieces_is_heard_again_from_its_beginning() -> None:
    pieces = [
        {"type": "http.request", "body": b"one", "more_body": True},
        {"type": "http.request", "body": b"two", "more_body": False},
    ]
    coming = iter(pieces)

    async def receive() -> Message:
        return next(coming)

    replay = Replay(receive)
    first = [await replay(), await replay()]
    replay.rewind()

    assert first == pieces
    assert [await replay(), await replay()] == pieces
