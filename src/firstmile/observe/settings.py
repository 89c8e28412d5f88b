"""What an operator may say about logs and metrics."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr


class ObserveSettings(BaseModel):
    """How much is logged and where, and who may read what is counted."""

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level that is logged."
    )
    log_dir: Path | None = Field(
        default=None, description="Folder for combined.log, error.log and http.log."
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="The bearer token that opens `/metrics`, at least 32 random characters;"
        " without one it is open in development and not there in production.",
    )
