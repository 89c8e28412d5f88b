"""What an operator may say about who stands in front, how much may be sent, and fresh proof."""

from datetime import timedelta

from pydantic import BaseModel, Field, field_validator

from firstmile.protect.cors import why_no_origin


class ProtectSettings(BaseModel):
    """How far an address in a header may be believed; how much anybody may send; fresh proof."""

    trusted_proxies: int = Field(
        default=0,
        ge=0,
        description="How many proxies of your own stand in front and add to X-Forwarded-For.",
    )
    upload_max_megabytes: int = Field(
        default=10, ge=1, le=100, description="The largest file that is taken, in MB."
    )
    step_up_minutes: int = Field(
        default=10, ge=1, description="How long a shown credential allows sensitive changes."
    )

    embed_streams: int = Field(
        default=2000,
        ge=0,
        description="Streams of state that embeds keep open with one process; 0 offers none.",
    )
    cors_origins: tuple[str, ...] = Field(
        default=(),
        description='Origins whose pages may ask the API, as JSON: `["https://app.example.com"]`.'
        " They send a token; no cookie is looked at.",
    )

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [f"{one!r} {why}" for one in origins if (why := why_no_origin(one))]:
            raise ValueError("; ".join(wrong))
        return origins

    @property
    def step_up(self) -> timedelta:
        """How long a credential counts as just shown."""
        return timedelta(minutes=self.step_up_minutes)

    @property
    def upload_bytes(self) -> int:
        """The largest file that is taken."""
        return self.upload_max_megabytes * 1024 * 1024
