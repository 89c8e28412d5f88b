"""Schedules: entered for their next moment, and run in a transaction."""

from datetime import UTC, datetime

import pytest
from tests.kernel.workers import eventually, working

from firstmile.kernel.database import Connection as Outside
from firstmile.kernel.jobs import Jobs
from firstmile.kernel.work import Work, Works
from firstmile.service import Service


@pytest.fixture
def jobs(works: Works) -> Jobs:
    return Jobs(works)


async def test_a_schedule_is_entered_for_its_next_moment_in_utc(
    jobs: Jobs, db: Outside, database_url: str
) -> None:
    async def nothing(_: Work) -> None:
        return

    jobs.every("0 2 * * *", "nightly", nothing)
    async with working(jobs, database_url):
        next_run = await eventually(
            db, "SELECT next_run FROM pgqueuer_schedules WHERE entrypoint = 'nightly'"
        )

    in_utc = next_run.astimezone(UTC)
    assert (in_utc.hour, in_utc.minute) == (2, 0)
    assert 0 < (in_utc - datetime.now(UTC)).total_seconds() <= 24 * 3600


async def test_the_daily_clean_up_is_due_at_two_in_the_morning_utc(
    service: Service, db: Outside
) -> None:
    async with working(service.jobs(), service.url):
        await eventually(db, "SELECT count(*) FROM pgqueuer_schedules")

    rows = await db.fetch("SELECT entrypoint, expression, next_run FROM pgqueuer_schedules")
    due = {row["entrypoint"]: row for row in rows}
    assert {name: row["expression"] for name, row in due.items()} == {
        "clean_up": "0 2 * * *",
        "rollouts": "* * * * *",
    }
    assert due["clean_up"]["next_run"].astimezone(UTC).strftime("%H:%M") == "02:00"


async def test_a_schedule_runs_in_a_transaction_when_it_is_due(
    jobs: Jobs, notes: Outside, database_url: str
) -> None:
    async def write(work: Work) -> None:
        await work.db.execute("INSERT INTO notes (word) VALUES ('nightly')")

    jobs.every("0 2 * * *", "nightly", write)
    async with working(jobs, database_url):
        await eventually(notes, "SELECT 1 FROM pgqueuer_schedules")
    await notes.execute("UPDATE pgqueuer_schedules SET next_run = now()")
    async with working(jobs, database_url):
        await eventually(notes, "SELECT count(*) FROM notes")
        again = await eventually(
            notes, "SELECT next_run FROM pgqueuer_schedules WHERE next_run > now()"
        )

    assert again.astimezone(UTC).hour == 2
