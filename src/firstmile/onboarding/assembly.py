"""Builds what reactions and jobs of onboarding share."""

from firstmile.kernel.jobs import Jobs
from firstmile.onboarding.actions import ASK_FOR_VERDICT, TELL_MEMBERS, Facts
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.changing.announcing import TELL_ACTIVATED, tell
from firstmile.onboarding.settings import OnboardingSettings
from firstmile.onboarding.telling import Telling
from firstmile.onboarding.telling_members import MemberTelling
from firstmile.onboarding.verification.callbacks import Callbacks
from firstmile.onboarding.verification.counting import Counting
from firstmile.onboarding.verification.together.counting import COUNT_TOGETHER, CountingTogether


class StepParts:
    """What leads people through their steps."""

    def __init__(self, settings: OnboardingSettings, catalogue: Catalogue) -> None:
        self.parts = (catalogue, Telling())
        self.facts = Facts(catalogue)
        self.counting = Counting(catalogue)
        self._callbacks = Callbacks(catalogue, settings)
        self._members = MemberTelling(catalogue)
        self._together = CountingTogether(catalogue)

    def add_to(self, jobs: Jobs) -> None:
        """Let the worker run what is ours."""
        jobs.job(ASK_FOR_VERDICT, self._callbacks.ask)
        jobs.job(TELL_ACTIVATED, tell)
        jobs.job(TELL_MEMBERS, self._members.tell)
        jobs.job(COUNT_TOGETHER, self._together.count)
