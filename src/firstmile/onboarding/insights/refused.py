"""Counts how often each step stood in somebody's way: totals by day, of nobody in particular."""

from collections import Counter
from collections.abc import Sequence

from firstmile.kernel.work import Work
from firstmile.observe.metrics import Metrics
from firstmile.onboarding.insights import store as store_insights
from firstmile.onboarding.insights.figures import Obstacle
from firstmile.onboarding.models import Traveller


class Refused:
    """Answers of 409 because of a step, gathered in memory."""

    def __init__(self, metrics: Metrics) -> None:
        self._counted: Counter[Obstacle] = Counter()
        self._told = metrics.counter(
            "step_refusals_total", "Answers of 409 because a step comes first.", "step"
        )

    def note(self, blocked_by: Sequence[str], who: Traveller) -> None:
        """Of the steps that stand in the way the first is the one to look at."""
        for step in blocked_by[:1]:
            self._counted[Obstacle(step, who.market, tuple(sorted(who.roles)))] += 1
            self._told.labels(step).inc()

    async def write(self, work: Work) -> None:
        """Write what was counted."""
        counted, self._counted = self._counted, Counter()
        if counted:
            await store_insights.add_refusals(work.db, counted, work.now.date())
