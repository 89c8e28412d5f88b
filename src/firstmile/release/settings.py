"""What an operator may say about flags and switches."""

from pydantic import BaseModel, Field


class ReleaseSettings(BaseModel):
    """Which flags are ours and how long they are believed; how often the switch is tried."""

    flag_environment: str = Field(
        default="production",
        pattern=r"^[a-z][a-z0-9-]{0,39}$",
        description="The environment whose flags this service itself is ruled by.",
    )
    flag_stale_seconds: float = Field(
        default=30.0,
        gt=3,
        description="Seconds without word from the database after which flags are said to be stale"
        " and each holds to its `onUnknown`.",
    )
    flag_streams: int = Field(
        default=2000,
        ge=0,
        description="Streams of flag changes that one process keeps open; 0 offers none.",
    )
    switch_canary_seconds: float = Field(
        default=10.0,
        ge=0,
        description="Seconds between two flips of the synthetic switch that measures how long a"
        " switch takes to reach every process; 0 flips none.",
    )
