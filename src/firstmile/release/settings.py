"""What an operator may say about switches and rollouts."""

from pydantic import BaseModel, Field


class ReleaseSettings(BaseModel):
    """How often the kill switch is tried."""

    switch_canary_seconds: float = Field(
        default=10.0,
        ge=0,
        description="Seconds between two flips of the synthetic switch that measures how long a"
        " switch takes to reach every process; 0 flips none.",
    )
