"""How often the codes of a second factor may be tried."""

from dataclasses import dataclass
from datetime import timedelta

from firstmile.identity import store
from firstmile.identity.models import Attempts
from firstmile.identity.policy import Method
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import TooMany
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pool:
    """So many failures in this time, and as long no more are heard."""

    name: str
    limit: int
    length: timedelta


class Tries:
    """Counts tries for each person and each factor apart.

    Failing one factor closes neither the password nor the other factors. Only who has proved a
    first factor gets so far, and while a pool is closed a right code and a wrong one are answered
    alike: so it may be told openly, with the time to wait.
    """

    def __init__(self, vault: Vault, settings: IdentitySettings) -> None:
        self._vault = vault
        # A person mistypes; a script goes on. Six digits have a million forms: five tries in each
        # quarter of an hour would find one in two years, fifty a day in eighteen.
        self._pools = (
            Pool("", settings.lockout_failures, settings.lockout),
            Pool("_day", settings.second_factor_daily_failures, DAY),
        )

    async def count(self, works: Works, user_id: UserId, method: Method) -> bool:
        """Count a try before it is judged, for good; whether it is the last that is heard.

        Raises TooMany when no more are.
        """
        counted: list[Attempts] = []
        async with works.begin() as work:
            for pool in self._pools:
                counted.append(await self._count(work, user_id, method, pool))
                if counted[-1].is_locked:
                    break  # what is not heard does not count towards the day
        closed = self._pools[len(counted) - 1]
        if counted[-1].is_locked:
            raise tried_too_often(int(closed.length.total_seconds()))
        return any(attempts.locks for attempts in counted)

    def subjects(self, user_id: UserId, method: Method) -> list[bytes]:
        """What the tries of a factor were counted by, to be forgotten when one succeeds."""
        return [
            subject
            for pool in self._pools
            for subject in self._vault.digests(_subject(method, pool), user_id.bytes)
        ]

    async def _count(self, work: Work, user_id: UserId, method: Method, pool: Pool) -> Attempts:
        return await store.count_attempt(
            work.db,
            self._vault.digest(_subject(method, pool), user_id.bytes),
            limit=pool.limit,
            lockout=pool.length,
            now=work.now,
        )


def tried_too_often(seconds: int) -> TooMany:
    """The answer to a second factor that failed too often."""
    return TooMany(
        N_("Too many tries. Wait a while, or use another way."),
        error="second_factor_locked",
        retry_after=seconds,
    )


def _subject(method: Method, pool: Pool) -> str:
    return f"second_factor_{method}{pool.name}"
