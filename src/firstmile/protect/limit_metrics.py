"""What is counted about limits, for Prometheus."""

from firstmile.observe.metrics import Metrics
from firstmile.protect.limits import Policies
from firstmile.protect.verdicts import Verdict

STORES = ("redis", "memory", "alone")
# What else Redis may say is `other`, so that a label has few values.
REASONS = frozenset({"late", "lost", "unreachable", "oom", "readonly", "loading", "noauth"})


class LimitMetrics:
    """Counters for each limit, and where they are counted."""

    def __init__(self, metrics: Metrics, policies: Policies) -> None:
        counter = metrics.counter
        checked = counter("rate_limit_checked_total", "Requests looked at by a limit.", "limit")
        limited = counter("rate_limit_limited_total", "Requests refused by a limit.", "limit")
        near = counter(
            "rate_limit_near_total", "Requests that left less than a fifth of a limit.", "limit"
        )
        watched = counter(
            "rate_limit_watched_total",
            "Requests that a limit would have refused, were it not only watched.",
            "limit",
        )
        self._by_limit = {
            name: tuple(one.labels(name) for one in (checked, limited, near, watched))
            for name in policies
        }
        self.alone = counter(
            "rate_limit_alone_total", "Requests judged by this process alone, Redis being away."
        )
        self._failures = counter(
            "rate_limit_redis_failures_total", "Answers that Redis did not give.", "reason"
        )
        self._store = metrics.gauge(
            "rate_limit_store", "1 for where limits are counted now, 0 for the others.", "store"
        )
        self._at = ""

    def note(self, verdict: Verdict) -> None:
        """Count one request."""
        for look in verdict.looks:
            checked, limited, near, watched = self._by_limit[look.policy.name]
            checked.inc()
            if look.is_near:
                near.inc()
            if look.refuses:
                limited.inc()
            elif not look.has_room:
                watched.inc()

    def failed(self, reason: str) -> None:
        """Count an answer that did not come."""
        self._failures.labels(reason if reason in REASONS else "other").inc()

    def of_store(self, store: str) -> bool:
        """Say where limits are counted now; whether that is news."""
        if store == self._at:
            return False
        self._at = store
        for one in STORES:
            self._store.labels(one).set(one == store)
        return True
