"""Work: one transaction, its clock, and the events it will announce."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from firstmile.kernel.clock import Clock, system_clock
from firstmile.kernel.correlation import correlation_id
from firstmile.kernel.database import DATABASE_DOWN, Connection, Database
from firstmile.kernel.events import Event, Later, Subscribers
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unavailable

log = structlog.get_logger()

AfterCommit = Callable[[], Awaitable[None]]


class Work:
    """One transaction. What it writes, announces and enqueues happens together or not at all."""

    def __init__(self, works: "Works", connection: Connection) -> None:
        self.db = connection
        self.now: datetime = works.clock()
        self._works = works
        self._announced: list[Event] = []
        self._told = 0
        self._jobs: list[tuple[str, bytes, timedelta]] = []
        self._after: list[AfterCommit] = []

    def announce(self, *events: Event) -> None:
        """Tell that something happened; reactions run before the commit, `later` ones after."""
        self._announced.extend(events)

    def enqueue(self, job: str, payload: Any, *, delay: timedelta = timedelta(0)) -> None:
        """Write a job row in this transaction; `payload` is any JSON value."""
        self._jobs.append((job, msgspec.json.encode(payload), delay))

    def after_commit(self, action: AfterCommit) -> None:
        """Run `action` once the commit has succeeded; its failure is logged, not told."""
        self._after.append(action)

    async def commit(self) -> None:
        """Run the reactions, write the jobs, commit."""
        await self._react()
        await self._write_jobs()
        await self.db.execute("COMMIT")

    async def follow_up(self) -> None:
        """Do what waited for the commit, which no failure here can undo."""
        for action in self._after:
            try:
                await action()
            except Exception:
                log.exception("after_commit_failed")

    async def rollback(self) -> None:
        """Undo all of it."""
        if not self.db.is_closed() and self.db.is_in_transaction():
            await self.db.execute("ROLLBACK")

    async def rehearse(self, act: Callable[[], Awaitable[bool]]) -> bool:
        """Do `act` with its reactions, and undo both when it says no; what it said.

        Kept or undone it is the same work, so the time it takes tells nothing.
        """
        told, jobs = len(self._announced), len(self._jobs)
        await self.db.execute("SAVEPOINT rehearsal")
        is_kept = await act()
        await self._react()
        if is_kept:
            await self.db.execute("RELEASE SAVEPOINT rehearsal")
        else:
            await self.db.execute("ROLLBACK TO SAVEPOINT rehearsal")
            del self._announced[told:], self._jobs[jobs:]
            self._told = told
        return is_kept

    async def _react(self) -> None:
        while self._told < len(self._announced):
            event = self._announced[self._told]
            self._told += 1
            for reaction in self._works.subscribers.of(event):
                if isinstance(reaction, Later):
                    self.enqueue(f"{reaction.name}:{event.kind()}", event)
                else:
                    await reaction(self, event)

    async def _write_jobs(self) -> None:
        if not self._jobs:
            return
        names, payloads, delays = zip(*self._jobs, strict=True)
        headers = {"correlationId": correlation_id.get()}
        await Queries(AsyncpgDriver(self.db)).enqueue(
            list(names),
            list(payloads),
            [0] * len(names),
            execute_after=list(delays),
            headers=[headers] * len(names),
        )


class Works:
    """Begins transactions."""

    def __init__(
        self,
        database: Database,
        subscribers: Subscribers | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self.database = database
        self.subscribers = subscribers or Subscribers()
        self.clock = clock

    async def start(self) -> Work:
        """A Work whose transaction has begun; whoever starts it must `finish` it."""
        for _ in range(self.database.size):
            connection = await self.database.acquire()
            try:
                await connection.execute("BEGIN")
            except DATABASE_DOWN:
                # It died while it rested, and nothing has happened on it yet: take another.
                connection.terminate()
                self.database.release(connection)
            except BaseException:
                self.database.release(connection)
                raise
            else:
                return Work(self, connection)
        raise Unavailable(N_("The database does not answer."), retry_after=5)

    async def finish(self, work: Work, *, commit: bool) -> None:
        """Commit or roll back, and give the connection back whatever happens."""
        try:
            if commit:
                await work.commit()
        finally:
            try:
                await work.rollback()
            finally:
                self.database.release(work.db)
        if commit:
            # Only now: an action may need a connection, and the last one may have been ours.
            await work.follow_up()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Work]:
        """A Work for the time of the block: committed at its end, rolled back on an exception."""
        work = await self.start()
        done = False
        try:
            yield work
            done = True
        finally:
            await self.finish(work, commit=done)
