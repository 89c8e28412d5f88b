"""What an operator may say about the systems we do not own."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr


class OutsideSettings(BaseModel):
    """PostgreSQL, Redis, files and the mail server."""

    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL 15 or newer; the embedded server when not set."
    )
    database_connections: int = Field(
        default=10, ge=2, description="Connections of each process to PostgreSQL."
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis 6.2 or newer, or Valkey, for limits and hints that replicas share.",
    )
    uploads_url: str | None = Field(
        default=None,
        pattern=r"^(file:///|s3://)",
        description="Where files are kept: `s3://bucket/folder`, with the usual `AWS_…` settings,"
        " or `file:///folder`; without it the folder `uploads` of FIRSTMILE_HOME.",
    )
    smtp_host: str | None = Field(default=None, description="Mail server.")
    smtp_port: int = Field(default=587, description="Port of the mail server.")
    smtp_user: str | None = Field(default=None, description="User at the mail server.")
    smtp_password: SecretStr | None = Field(default=None, description="Password of that user.")
    smtp_from: str = Field(
        default="Firstmile <no-reply@localhost>", description="Sender of every mail."
    )
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection to the mail server is protected."
    )
    smtp_ca_file: Path | None = Field(
        default=None, description="Certificates to trust for the mail server, as a PEM file."
    )
