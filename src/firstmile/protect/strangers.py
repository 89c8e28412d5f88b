"""Networks that try credentials which open nothing, each of which costs a query."""

from collections.abc import Callable

from firstmile.kernel.asgi import Scope, address_of
from firstmile.protect.limiter import steady_ms
from firstmile.protect.limits import DEFAULT, Policies
from firstmile.protect.local_windows import Key, LocalWindows
from firstmile.protect.networks import network_of
from firstmile.protect.verdicts import Look


class Strangers:
    """Counts by network, in this process alone, because it is its connections that are spared.

    As many as the default limit allows. It has a count of its own, so that somebody with a good
    credential is not kept out by what others of their network ask for without any.
    """

    def __init__(
        self, policies: Policies, trusted_proxies: int, *, now_ms: Callable[[], int] = steady_ms
    ) -> None:
        self._policy = policies[DEFAULT]
        self._proxies = trusted_proxies
        self._windows = LocalWindows()
        self._now_ms = now_ms

    def refusing(self, scope: Scope) -> Look | None:
        """The limit to wait for before another credential of this network is looked up."""
        look = self._windows.look(self._key(scope), self._policy, self._now_ms())
        return look if look.refuses else None

    def note(self, scope: Scope) -> None:
        """Count one that opened nothing."""
        self._windows.note(self._key(scope), self._policy.rate, self._now_ms())

    def _key(self, scope: Scope) -> Key:
        return (f"network:{network_of(address_of(scope, self._proxies))}", DEFAULT, "credentials")
