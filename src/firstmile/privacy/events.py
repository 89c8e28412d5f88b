"""What privacy announces."""

from firstmile.kernel.events import Event


class ConsentWithdrawn(Event, frozen=True):
    """The browser of a request agrees no longer to purposes that it had agreed to."""

    purposes: tuple[str, ...]
