"""What is counted, and how it is told to Prometheus."""

from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

# The text format of Prometheus; what `generate_latest` writes, always in UTF-8.
TEXT = "text/plain; version=0.0.4"
# Seconds: from a read that was remembered to one at its deadline.
LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

# A second series for each, which nothing of ours asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Declared:
    """One thing that is counted: its name, its kind as Prometheus calls it, labels, a sentence."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    what: str


class Metrics:
    """One registry of this process, and who may read it.

    A part declares what it counts once, when it is built, and keeps what it gets:
    `self._sent = metrics.counter("mails_sent_total", "Mails that were taken.", "kind")`, then
    `self._sent.labels("welcome").inc()`. Names are those of Prometheus: `_total` for counters,
    the unit at the end. A label has few values; never an address, an id or a path with one.
    """

    def __init__(self, *, token: str | None = None, is_open: bool = False) -> None:
        self.registry = CollectorRegistry()
        self.declared: list[Declared] = []
        self._token = token
        self._is_open = is_open

    @property
    def is_offered(self) -> bool:
        """Whether anybody at all may read it."""
        return self._is_open or self._token is not None

    def opens_to(self, authorization: str | None) -> bool:
        """Whether this Authorization header may read it: `Bearer` and the token that is set."""
        if self._token is None:
            return self._is_open
        return compare_digest((authorization or "").encode(), f"Bearer {self._token}".encode())

    def counter(self, name: str, what: str, *labels: str) -> Counter:
        """Something that only rises; ValueError for a name that is taken."""
        self.declared.append(Declared(name, "counter", labels, what))
        return Counter(name, what, labels, registry=self.registry)

    def gauge(self, name: str, what: str, *labels: str) -> Gauge:
        """Something that rises and falls; ValueError for a name that is taken."""
        self.declared.append(Declared(name, "gauge", labels, what))
        return Gauge(name, what, labels, registry=self.registry)

    def histogram(
        self, name: str, what: str, *labels: str, buckets: Sequence[float] = LATENCIES
    ) -> Histogram:
        """How something is spread, in seconds unless its name says otherwise."""
        self.declared.append(Declared(name, "histogram", labels, what))
        return Histogram(name, what, labels, buckets=buckets, registry=self.registry)

    def told(self) -> bytes:
        """Everything as it stands now, in the text format of Prometheus."""
        return generate_latest(self.registry)
