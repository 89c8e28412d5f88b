"""Jobs: written in a transaction, run after it, retried, and held when nothing helps."""

import asyncio
from typing import Any

import pytest
import structlog
from tests.kernel.workers import eventually, working

from firstmile.kernel.correlation import correlation_id
from firstmile.kernel.database import Connection as Outside
from firstmile.kernel.jobs import ATTEMPTS, Jobs
from firstmile.kernel.refusals import Unavailable
from firstmile.kernel.work import Works


@pytest.fixture
def jobs(works: Works) -> Jobs:
    return Jobs(works)


async def enqueue(works: Works, name: str, payload: Any) -> None:
    async with works.begin() as work:
        work.enqueue(name, payload)


async def test_a_job_is_handed_what_was_enqueued_and_is_gone_afterwards(
    jobs: Jobs, works: Works, db: Outside, database_url: str
) -> None:
    handed = []

    async def handle(_: Works, payload: Any) -> None:
        handed.append(payload)

    jobs.job("greet", handle)
    for payload in ({"to": "Dana", "n": [1, 2]}, None, "word"):
        await enqueue(works, "greet", payload)
    await jobs.run(database_url, until_empty=True)

    assert sorted(map(str, handed)) == sorted(["{'to': 'Dana', 'n': [1, 2]}", "None", "word"])
    assert await db.fetchval("SELECT count(*) FROM pgqueuer") == 0


async def test_a_job_of_a_transaction_that_was_undone_never_runs(
    jobs: Jobs, works: Works, db: Outside, database_url: str
) -> None:
    handed = []

    async def handle(_: Works, payload: Any) -> None:
        handed.append(payload)

    jobs.job("greet", handle)
    work = await works.start()
    work.enqueue("greet", "undone")
    await works.finish(work, commit=False)
    await enqueue(works, "greet", "kept")
    await jobs.run(database_url, until_empty=True)

    assert handed == ["kept"]


async def test_a_worker_at_rest_starts_a_new_job_at_once(
    jobs: Jobs, works: Works, database_url: str
) -> None:
    ran = asyncio.Event()

    async def handle(_: Works, __: Any) -> None:
        ran.set()

    jobs.job("greet", handle)
    async with working(jobs, database_url):
        await asyncio.sleep(0.3)
        await enqueue(works, "greet", None)
        await asyncio.wait_for(ran.wait(), 2)


async def test_a_failing_job_waits_longer_each_time_and_is_held_at_the_end(
    jobs: Jobs, works: Works, db: Outside, database_url: str
) -> None:
    tries = 0

    async def fail(_: Works, __: Any) -> None:
        nonlocal tries
        tries += 1
        raise ZeroDivisionError

    jobs.job("divide", fail)
    await enqueue(works, "divide", None)
    waits = []
    for attempt in range(1, ATTEMPTS):
        async with working(jobs, database_url):
            await eventually(db, f"SELECT attempts = {attempt} FROM pgqueuer")
        waits.append(await db.fetchval("SELECT execute_after - updated FROM pgqueuer"))
        await db.execute("UPDATE pgqueuer SET execute_after = now()")
    async with working(jobs, database_url):
        await eventually(db, "SELECT status = 'failed' FROM pgqueuer")
        await db.execute("NOTIFY ch_pgqueuer")
        await asyncio.sleep(0.3)
    held = await db.fetchval("SELECT status FROM pgqueuer")

    assert [round(wait.total_seconds()) for wait in waits] == [
        5, 15, 45, 135, 405, 1215, 3600, 3600,
    ]  # fmt: skip
    assert held == "failed"
    assert tries == ATTEMPTS == 9


async def test_a_job_that_recovers_is_done_once(
    jobs: Jobs, works: Works, db: Outside, database_url: str
) -> None:
    outcomes: list[str] = []

    async def recover(_: Works, __: Any) -> None:
        outcomes.append("failed" if not outcomes else "done")
        if outcomes == ["failed"]:
            raise ZeroDivisionError

    jobs.job("recover", recover)
    await enqueue(works, "recover", None)
    async with working(jobs, database_url):
        await eventually(db, "SELECT attempts = 1 FROM pgqueuer")
    await db.execute("UPDATE pgqueuer SET execute_after = now()")
    await jobs.run(database_url, until_empty=True)

    assert outcomes == ["failed", "done"]
    assert await db.fetchval("SELECT count(*) FROM pgqueuer") == 0


async def test_a_job_carries_the_correlation_id_of_its_request(
    jobs: Jobs, works: Works, database_url: str
) -> None:
    heard = []

    async def handle(_: Works, __: Any) -> None:
        heard.append(correlation_id.get())

    jobs.job("greet", handle)
    reset = correlation_id.set("request-12345")
    await enqueue(works, "greet", None)
    correlation_id.reset(reset)
    with structlog.testing.capture_logs() as lines:
        await jobs.run(database_url, until_empty=True)

    assert heard == ["request-12345"]
    assert [line["job"] for line in lines if line["event"] == "job_done"] == ["greet"]


async def test_a_stopping_worker_finishes_the_job_under_way(
    jobs: Jobs, works: Works, notes: Outside, database_url: str
) -> None:
    begun = asyncio.Event()

    async def slow(works: Works, _: Any) -> None:
        begun.set()
        await asyncio.sleep(0.5)
        async with works.begin() as work:
            await work.db.execute("INSERT INTO notes (word) VALUES ('finished')")

    jobs.job("slow", slow)
    await enqueue(works, "slow", None)
    async with working(jobs, database_url):
        await asyncio.wait_for(begun.wait(), 5)

    assert await notes.fetchval("SELECT word FROM notes") == "finished"
    assert await notes.fetchval("SELECT count(*) FROM pgqueuer") == 0


async def test_a_worker_whose_connection_is_killed_says_so(
    jobs: Jobs, db: Outside, database_url: str
) -> None:
    started = asyncio.Event()
    worker = asyncio.create_task(jobs.run(database_url, started=lambda _: started.set()))
    await started.wait()
    await asyncio.sleep(0.3)

    await db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    with pytest.raises(Unavailable):
        await asyncio.wait_for(worker, 10)


async def test_two_workers_run_each_job_once(
    jobs: Jobs, works: Works, db: Outside, database_url: str
) -> None:
    ran: list[int] = []

    async def handle(_: Works, number: int) -> None:
        ran.append(number)
        await asyncio.sleep(0.01)

    jobs.job("count", handle)
    for number in range(40):
        await enqueue(works, "count", number)
    await asyncio.gather(*(jobs.run(database_url, until_empty=True) for _ in range(2)))

    assert sorted(ran) == list(range(40))
