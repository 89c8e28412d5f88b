"""A change of the steps that fails anywhere leaves everything as it was."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from tests.onboarding.crews import a_person, a_project, a_project_step
from tests.onboarding.moving import MOVES, NEW, OLD, apply, crowd, everything, wanted
from tests.onboarding.test_sharing import shared

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Work
from firstmile.onboarding.changing.applying import (
    apply_definitions,
    undo_edition,
)
from firstmile.onboarding.changing.editions import UNSAID
from firstmile.onboarding.moves import Rename
from firstmile.service import Service

__all__ = ["crowd"]


class Falling:
    """A connection that fails at its n-th statement."""

    def __init__(self, connection: Connection, at: int) -> None:
        self._connection = connection
        self.left = at

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        if name not in ("execute", "fetch", "fetchrow", "fetchval", "executemany"):
            return found

        async def ask(*given: Any, **named: Any) -> Any:
            if self.left == 0:
                raise asyncpg.ConnectionDoesNotExistError("it fell")
            self.left -= 1
            return await found(*given, **named)

        return ask


@asynccontextmanager
async def falling(service: Service, at: int) -> AsyncIterator[Work]:
    work = await service.works.start()
    fallen = Falling(work.db, at)
    whole, work.db = work.db, fallen  # type: ignore[assignment]
    commit = False
    try:
        yield work
        commit = True
    finally:
        try:
            if commit:
                await work.commit()
        finally:
            work.db = whole
            await service.works.finish(work, commit=False)


# Steps of people and of projects move in one change.
EVERYBODY = wanted(*NEW, shared("account"), moves=(*MOVES, Rename("bank", "account")))


@pytest.mark.parametrize("back", [False, True], ids=["applying", "undoing"])
async def test_a_failure_at_any_statement_leaves_all_as_it_was(
    service: Service, db: Connection, crowd: list[UserId], back: bool
) -> None:
    await apply(service, wanted(*OLD, shared("bank")))
    await a_project_step(db, await a_project(db), "bank", "done", await a_person(db, 1))
    if back:
        await apply(service, EVERYBODY)
    before = await everything(db)
    act: Callable[[Work], Awaitable[Any]] = (
        (lambda work: undo_edition(work, UNSAID))
        if back
        else (lambda work: apply_definitions(work, EVERYBODY))
    )

    for statement in range(200):
        try:
            async with falling(service, statement) as work:
                await act(work)
        except asyncpg.ConnectionDoesNotExistError:
            assert await everything(db) == before, statement
        else:
            break

    assert statement > 20  # it came through in the end, after falling at every one
    after = await everything(db)
    assert all(after[table] != before[table] for table in ("journey_steps", "project_steps"))
