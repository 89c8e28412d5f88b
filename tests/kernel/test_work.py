"""One transaction: what is written, announced and enqueued happens together or not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from firstmile.kernel.database import Connection as Outside
from firstmile.kernel.events import PersonalEvent, later
from firstmile.kernel.ids import new_id
from firstmile.kernel.jobs import Jobs
from firstmile.kernel.work import Work, Works


class Moved(PersonalEvent, frozen=True):
    """Somebody moved."""


class MovedFar(Moved, frozen=True):
    """Somebody moved far."""

    distance: int


async def write(work: Work, word: str) -> None:
    await work.db.execute("INSERT INTO notes (word) VALUES ($1)", word)


async def run(works: Works, act: Callable[[Work], Awaitable[None]]) -> None:
    async with works.begin() as work:
        await act(work)


async def words(outside: Outside) -> list[str]:
    return [row[0] for row in await outside.fetch("SELECT word FROM notes ORDER BY word")]


async def jobs_of(outside: Outside) -> list[str]:
    return [row[0] for row in await outside.fetch("SELECT entrypoint FROM pgqueuer ORDER BY id")]


async def test_what_is_written_is_seen_outside_only_after_the_block(
    works: Works, notes: Outside
) -> None:
    async with works.begin() as work:
        await write(work, "hello")
        inside = await words(notes)

    assert inside == []
    assert await words(notes) == ["hello"]


async def test_an_exception_undoes_what_was_written_and_enqueued(
    works: Works, notes: Outside
) -> None:
    async def act(work: Work) -> None:
        await write(work, "hello")
        work.enqueue("greet", "hello")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run(works, act)

    assert await words(notes) == []
    assert await jobs_of(notes) == []


async def test_a_reaction_writes_in_the_same_transaction(works: Works, notes: Outside) -> None:
    transactions = []

    async def react(work: Work, _: Moved) -> None:
        transactions.append(await work.db.fetchval("SELECT pg_current_xact_id()::text"))
        await write(work, "reacted")

    works.subscribers.when(Moved, react)
    async with works.begin() as work:
        await write(work, "moved")
        transactions.append(await work.db.fetchval("SELECT pg_current_xact_id()::text"))
        work.announce(Moved(user_id=new_id()))

    assert len(set(transactions)) == 1
    assert await words(notes) == ["moved", "reacted"]


async def test_a_reaction_that_fails_undoes_all(works: Works, notes: Outside) -> None:
    async def fail(_: Work, __: Moved) -> None:
        raise ZeroDivisionError

    async def act(work: Work) -> None:
        await write(work, "moved")
        work.enqueue("tell", None)
        work.announce(Moved(user_id=new_id()))

    works.subscribers.when(Moved, fail)
    with pytest.raises(ZeroDivisionError):
        await run(works, act)

    assert await words(notes) == []
    assert await jobs_of(notes) == []


async def test_what_a_reaction_announces_is_heard_too(works: Works, notes: Outside) -> None:
    async def go_far(work: Work, event: Moved) -> None:
        if not isinstance(event, MovedFar):
            work.announce(MovedFar(user_id=event.user_id, distance=9))

    async def note(work: Work, event: MovedFar) -> None:
        await write(work, f"far {event.distance}")

    works.subscribers.when(Moved, go_far)
    works.subscribers.when(MovedFar, note)
    async with works.begin() as work:
        work.announce(Moved(user_id=new_id()))

    assert await words(notes) == ["far 9"]


async def test_a_later_reaction_runs_as_a_job_after_the_commit(
    works: Works, notes: Outside, database_url: str
) -> None:
    heard: list[UUID] = []

    async def hear(work: Work, event: MovedFar) -> None:
        heard.append(event.user_id)
        await write(work, f"later {event.distance}")

    works.subscribers.when(MovedFar, later(hear))
    somebody = new_id()
    async with works.begin() as work:
        work.announce(MovedFar(user_id=somebody, distance=9))
    before_the_worker = (list(heard), len(await jobs_of(notes)))

    await Jobs(works).run(database_url, until_empty=True)

    assert before_the_worker == ([], 1)
    assert heard == [somebody]
    assert await words(notes) == ["later 9"]


async def test_what_waits_for_the_commit_does_not_run_when_it_fails(
    works: Works, notes: Outside
) -> None:
    ran = []

    async def note() -> None:
        ran.append("after")

    await notes.execute(
        "ALTER TABLE notes ADD CONSTRAINT late UNIQUE (times) DEFERRABLE INITIALLY DEFERRED"
    )

    async def act(work: Work) -> None:
        await write(work, "one")
        await write(work, "two")
        work.after_commit(note)

    with pytest.raises(asyncpg.UniqueViolationError):
        await run(works, act)

    assert ran == []


async def test_a_failure_after_the_commit_is_not_told_as_a_failure_of_it(
    works: Works, notes: Outside
) -> None:
    async def fail() -> None:
        raise OSError("the wire is down")

    async with works.begin() as work:
        await write(work, "kept")
        work.after_commit(fail)

    assert await words(notes) == ["kept"]


async def test_what_waits_for_the_commit_may_use_the_only_connections(works: Works) -> None:
    async def lease() -> None:
        async with works.database.lease() as db:
            assert await db.fetchval("SELECT 1") == 1
            done.append(1)

    done: list[int] = []

    async def one() -> None:
        async with works.begin() as work:
            work.after_commit(lease)
            await asyncio.sleep(0.05)

    await asyncio.wait_for(asyncio.gather(*(one() for _ in range(2))), 1.5)

    assert len(done) == 2


async def test_a_connection_that_died_at_rest_is_not_the_callers_trouble(
    works: Works, notes: Outside
) -> None:
    async with works.begin() as work:
        await write(work, "before")
    await notes.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    async with works.begin() as work:
        await write(work, "after")

    assert await words(notes) == ["after", "before"]
