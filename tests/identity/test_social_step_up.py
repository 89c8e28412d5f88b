"""Showing a credential again at another service, through the API."""

from typing import Any

import pytest
from tests.cast import Person
from tests.clock import MovedClock
from tests.identity.apps import add_app, told
from tests.identity.hostile_provider import HostileProvider
from tests.identity.social_program import (
    AUTH,
    CONNECTIONS,
    Application,
    application,
    dana,
    provider,
    settings,
)

__all__ = ["application", "dana", "provider", "settings"]


class TestSteppingUp:
    STEP_UP = f"{AUTH}/step-up/acme"

    @pytest.fixture
    async def tokens(self, application: Application, provider: HostileProvider) -> dict[str, Any]:
        """Of somebody who signed in by the service."""
        answer: dict[str, Any] = (await application.finish()).json()
        application.signed_in_as(answer)
        return answer

    @pytest.mark.asvs("7.5.1")
    @pytest.mark.parametrize(
        ("auth_time", "status"), [("now", 200), ("an hour ago", 400), ("unsaid", 400)]
    )
    async def test_takes_a_credential_that_was_shown_just_now(
        self,
        auth_time: str,
        status: int,
        application: Application,
        provider: HostileProvider,
        tokens: dict[str, Any],
        clock: MovedClock,
    ) -> None:
        now = int(clock().timestamp())
        moments = {"now": {"auth_time": now}, "an hour ago": {"auth_time": now - 3600}}
        provider.claims = moments.get(auth_time, {})

        answer = await application.finish(self.STEP_UP)

        assert answer.status_code == status, answer.text
        if status == 200:
            assert answer.json()["refreshToken"] != tokens["refreshToken"]

    async def test_is_not_done_by_somebody_else(
        self,
        application: Application,
        provider: HostileProvider,
        tokens: dict[str, Any],
        clock: MovedClock,
    ) -> None:
        provider.claims = {"sub": "charlie", "auth_time": int(clock().timestamp())}

        assert told(await application.finish(self.STEP_UP)) == (400, "provider_refused")

    async def test_is_not_enough_where_there_is_a_second_factor(
        self,
        application: Application,
        provider: HostileProvider,
        dana: Person,
        clock: MovedClock,
    ) -> None:
        link = (await application.finish()).json()["linkToken"]
        await application.post(CONNECTIONS, {"linkToken": link})
        await add_app(dana, clock)
        application.signed_in_as(dana)
        provider.claims = {"auth_time": int(clock().timestamp())}

        answer = await application.finish(self.STEP_UP)

        assert told(answer) == (401, "second_factor_required")
