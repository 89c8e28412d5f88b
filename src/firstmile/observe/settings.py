"""What an operator may say about logs."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field


class ObserveSettings(BaseModel):
    """How much is logged and where."""

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level that is logged."
    )
    log_dir: Path | None = Field(
        default=None, description="Folder for combined.log, error.log and http.log."
    )
