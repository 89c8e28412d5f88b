"""Tabs, lost answers and a thief in any order: the session ends exactly when it must."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import httpx
from hypothesis import HealthCheck
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.cast import Cast, Person
from tests.clock import MovedClock
from tests.conftest import settings_for

from firstmile.main import create_app
from firstmile.service import Service

T = TypeVar("T")

TABS = 3
GRACE = 20
# Every rest is shorter than the half-hour after which a session ends by itself.
SECONDS = st.sampled_from([1, 19, 20, 21, 60])


class Ground:
    """A service, Dana, and a loop to run them on; one for all runs of the model."""

    def __init__(self, database_url: str, home: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self.clock = MovedClock()
        settings = settings_for(
            database_url, home, session_seconds=10**8, session_idle_seconds=7200
        )
        self.service = Service(settings, clock=self.clock)
        self.run(self.service.open())
        transport = httpx.ASGITransport(app=create_app(settings, self.service))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")
        self.cast = Cast(self.service, self.client)
        self.run(self.cast.a_user("Dana").registered())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        self.run(self.client.aclose())
        self.run(self.service.close())
        self._loop.close()


class Life(RuleBasedStateMachine):
    """One session and the generations of its refresh token, as the specification has them."""

    ground: Ground

    @initialize()
    def sign_in(self) -> None:
        self.person: Person = self.ground.run(self.ground.cast.sign_in("Dana"))
        self.tokens = [self.person.refresh_token]  # by generation, from 0
        self.held = [0] * TABS  # the generation each tab holds
        self.stolen: int | None = None
        self.since_rotation = 0
        self.is_alive = True

    @rule(tab=st.integers(0, TABS - 1), is_lost=st.booleans())
    def a_tab_refreshes(self, tab: int, is_lost: bool) -> None:
        given = self._use(self.held[tab])
        if given is not None and not is_lost:
            self.held[tab] = given

    @rule(tab=st.integers(0, TABS - 1))
    def a_tab_hears_the_newest_token_from_another(self, tab: int) -> None:
        self.held[tab] = max(self.held)

    @rule(tab=st.integers(0, TABS - 1))
    def a_thief_copies_what_a_tab_holds(self, tab: int) -> None:
        self.stolen = self.held[tab]

    @rule()
    def the_thief_uses_it(self) -> None:
        if self.stolen is not None:
            given = self._use(self.stolen)
            self.stolen = self.stolen if given is None else given

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.ground.clock.pass_by(seconds=seconds)
        self.since_rotation += seconds

    @invariant()
    def the_access_token_opens_while_the_session_lives(self) -> None:
        if hasattr(self, "person"):
            answer = self.ground.run(self.person.get("/api/v1/auth/me"))
            assert (answer.status_code == 200) is self.is_alive

    def _use(self, generation: int) -> int | None:
        """Refresh with the token of a generation; the generation that was given, if any."""
        expected = self._expected(generation)
        body = {"refreshToken": self.tokens[generation]}
        answer = self.ground.run(self.ground.client.post("/api/v1/auth/refresh", json=body))
        told = answer.json()
        if isinstance(expected, str):
            assert (answer.status_code, told["error"]) == (401, expected)
            self.is_alive = False
            return None
        assert answer.status_code == 200
        if expected == len(self.tokens):
            assert told["refreshToken"] not in self.tokens
            self.tokens.append(told["refreshToken"])
            self.since_rotation = 0
        assert told["refreshToken"] == self.tokens[expected]
        self.person.access_token = told["accessToken"]
        return expected

    def _expected(self, generation: int) -> int | str:
        newest = len(self.tokens) - 1
        if not self.is_alive:
            return "invalid_refresh_token"
        if generation == newest:
            return newest + 1
        if generation == newest - 1 and self.since_rotation < GRACE:
            return newest
        return "refresh_reused"


def test_a_session_ends_exactly_when_a_used_token_comes_back_too_late(
    database_url: str, tmp_path: Path
) -> None:
    Life.ground = Ground(database_url, tmp_path)
    try:
        run_state_machine_as_test(
            Life,
            settings=how(
                max_examples=40,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        Life.ground.close()
