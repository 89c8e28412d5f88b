"""What an operator may say about how much of a person's attention guidance gets."""

from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, Field

from firstmile.guidance.attention import Numbers


class GuidanceSettings(BaseModel):
    """How often anybody is interrupted, and what guidance may point at."""

    guidance_per_day: int = Field(
        default=1,
        ge=0,
        description="Interruptions one person gets in 24 hours, of tips, tours and announcements"
        " together.",
    )
    guidance_per_week: int = Field(
        default=3, ge=0, description="Interruptions one person gets in seven days."
    )
    guidance_fewer_per_week: int = Field(
        default=1, ge=0, description="The same for somebody who asked for fewer tips."
    )
    guidance_grace_minutes: float = Field(
        default=10.0,
        ge=0,
        description="Minutes from the beginning of a session in which nothing interrupts.",
    )
    guidance_snooze_days: float = Field(
        default=7.0, gt=0, description="Days for which “later” puts something off."
    )
    guidance_most_snoozes: int = Field(
        default=3, ge=0, description="How often something can be put off before that is a no."
    )
    guidance_lease_seconds: float = Field(
        default=45.0,
        ge=5,
        le=600,
        description="Seconds in which what was allowed to interrupt has to be shown.",
    )
    guidance_targets: Path | None = Field(
        default=None,
        description="A file with the names of `data-fm` in your pages, one a line, by which a"
        " target that is not there is found before publishing.",
    )

    @property
    def attention(self) -> Numbers:
        """The numbers of the budget."""
        return Numbers(
            per_day=self.guidance_per_day,
            per_week=self.guidance_per_week,
            fewer_per_week=self.guidance_fewer_per_week,
            grace=timedelta(minutes=self.guidance_grace_minutes),
            snooze=timedelta(days=self.guidance_snooze_days),
            most_snoozes=self.guidance_most_snoozes,
            lease=timedelta(seconds=self.guidance_lease_seconds),
        )
