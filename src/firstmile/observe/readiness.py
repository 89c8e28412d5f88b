"""Whether this replica wants traffic: not before it is up, and not while it drains."""

from collections.abc import Callable


class Readiness:
    """Turned on when the service has started and off when it is told to stop."""

    def __init__(self) -> None:
        self.is_ready = False
        self._when_off: list[Callable[[], None]] = []

    def when_off(self, act: Callable[[], None]) -> None:
        """Call `act` once traffic should go elsewhere."""
        self._when_off.append(act)

    def on(self) -> None:
        """Take traffic."""
        self.is_ready = True

    def off(self) -> None:
        """Ask the load balancer to send no more; what is under way goes on."""
        self.is_ready = False
        for act in self._when_off:
            act()
