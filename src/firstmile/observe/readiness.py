"""Whether this replica wants traffic: not before it is up, and not while it drains."""


class Readiness:
    """Turned on when the service has started and off when it is told to stop."""

    def __init__(self) -> None:
        self.is_ready = False

    def on(self) -> None:
        """Take traffic."""
        self.is_ready = True

    def off(self) -> None:
        """Ask the load balancer to send no more; what is under way goes on."""
        self.is_ready = False
