"""What an operator may say about consent."""

from pathlib import Path

from pydantic import BaseModel, Field


class PrivacySettings(BaseModel):
    """The notice that people read before they choose."""

    consent_notice: Path | None = Field(
        default=None,
        description="A YAML file with the notice in your own words, purposes and languages.",
    )
