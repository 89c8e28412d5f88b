"""What an operator may say about onboarding."""

from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, Field


class OnboardingSettings(BaseModel):
    """Where the steps are, and how often one may be put off."""

    steps_dir: Path = Field(default=Path("steps"), description="Folder of the step definitions.")
    snooze_days: int = Field(default=7, ge=1, description="Length of a snooze when none is given.")
    snoozes_per_day: int = Field(default=3, ge=0, description="Snoozes a person has in 24 hours.")

    @property
    def snooze(self) -> timedelta:
        """Length of a snooze when none is given."""
        return timedelta(days=self.snooze_days)
