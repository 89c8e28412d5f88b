"""Jobs and schedules over pgqueuer: written in a transaction, run after it, retried."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import structlog
from pgqueuer import PgQueuer
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.models import Job, Schedule
from pgqueuer.types import QueueExecutionMode

from firstmile.kernel.correlation import correlation_id
from firstmile.kernel.database import Connection, connect
from firstmile.kernel.events import Event, Reaction
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unavailable
from firstmile.kernel.work import Work, Works

log = structlog.get_logger()

JobHandler = Callable[[Works, Any], Awaitable[None]]
ScheduleHandler = Callable[[Work], Awaitable[object]]

# A worker that dies stops its heartbeat; another picks its job up after STALE, looking every POLL.
STALE = timedelta(seconds=20)
POLL = timedelta(seconds=10)
# 5 s, 15 s, 45 s ... at most an hour apart: two and a half hours in all, then held for a person.
ATTEMPTS = 9


@dataclass(frozen=True)
class Timetable:
    """A schedule: a cron expression in UTC and what it runs."""

    name: str
    expression: str
    handler: ScheduleHandler


class Jobs:
    """Every job and schedule of the service, and the loop that runs them."""

    def __init__(self, works: Works) -> None:
        self.works = works
        self._handlers: dict[str, JobHandler] = {}
        self._timetables: list[Timetable] = []
        for name, (reaction, event) in works.subscribers.deferred().items():
            self.job(name, _reacting(reaction, event))

    def job(self, name: str, handler: JobHandler) -> None:
        """Run `handler(works, payload)` for each job enqueued under `name`.

        It may run twice when a worker dies at its end, so it must be idempotent.
        """
        self._handlers[name] = handler

    def every(self, expression: str, name: str, handler: ScheduleHandler) -> None:
        """Run `handler(work)` at each moment of the cron expression, in UTC."""
        self._timetables.append(Timetable(name, expression, handler))

    async def run(
        self,
        url: str,
        *,
        started: Callable[[PgQueuer], None] = lambda _: None,
        until_empty: bool = False,
    ) -> None:
        """Work until the queuer handed to `started` is told to shut down, or nothing is left.

        Raises Unavailable when the connection is lost meanwhile: without it no job is heard of.
        """
        connection = await connect(url)
        try:
            queuer = self._queuer(connection)
            started(queuer)
            await _until_done_or_lost(queuer, connection, until_empty=until_empty)
        finally:
            if not connection.is_closed():
                await connection.close(timeout=5)

    def _queuer(self, connection: Connection) -> PgQueuer:
        queuer = PgQueuer.from_asyncpg_connection(connection)
        for name, handler in self._handlers.items():
            queuer.entrypoint(name, executor_factory=_retrying, on_failure="hold")(
                functools.partial(self._run_job, handler)
            )
        for table in self._timetables:
            queuer.schedule(table.name, table.expression)(
                functools.partial(self._run_schedule, table)
            )
        return queuer

    async def _run_job(self, handler: JobHandler, job: Job) -> None:
        correlation_id.set(str((job.headers or {}).get("correlationId", "")))
        await handler(self.works, msgspec.json.decode(job.payload or b"null"))
        log.info("job_done", job=job.entrypoint, attempt=job.attempts + 1)

    async def _run_schedule(self, table: Timetable, _: Schedule) -> None:
        async with self.works.begin() as work:
            did = await table.handler(work)
        log.info("schedule_done", schedule=table.name, did=did)


async def _until_done_or_lost(
    queuer: PgQueuer, connection: Connection, *, until_empty: bool
) -> None:
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    connection.add_termination_listener(lambda _: queuer.shutdown.set())
    try:
        if until_empty:
            await queuer.qm.run(mode=QueueExecutionMode.drain, dequeue_timeout=POLL)
        else:
            await queuer.run(dequeue_timeout=POLL, heartbeat_timeout=STALE)
    except Exception as failure:
        if not lost.is_set():
            raise
        raise Unavailable(N_("The worker lost its connection.")) from failure
    if lost.is_set():
        raise Unavailable(N_("The worker lost its connection."))


def _reacting(reaction: Reaction[Any], event: type[Event]) -> JobHandler:
    async def react(works: Works, payload: Any) -> None:
        async with works.begin() as work:
            await reaction(work, msgspec.convert(payload, event))

    return react


def _retrying(parameters: EntrypointExecutorParameters) -> DatabaseRetryEntrypointExecutor:
    return DatabaseRetryEntrypointExecutor(
        parameters=parameters,
        max_attempts=ATTEMPTS - 1,
        initial_delay=timedelta(seconds=5),
        max_delay=timedelta(hours=1),
        backoff_multiplier=3,
    )
