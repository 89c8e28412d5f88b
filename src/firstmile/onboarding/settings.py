"""What an operator may say about onboarding."""

from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr

from firstmile.onboarding.signatures import key_of


class OnboardingSettings(BaseModel):
    """Where the steps are, and how often one may be put off."""

    steps_dir: Path = Field(default=Path("steps"), description="Folder of the step definitions.")
    snooze_days: int = Field(default=7, ge=1, description="Length of a snooze when none is given.")
    snoozes_per_day: int = Field(default=3, ge=0, description="Snoozes a person has in 24 hours.")
    onboarding_history_days: int = Field(
        default=365,
        ge=1,
        description="How long decisions of the gate and of steps can be replayed.",
    )
    onboarding_secret: SecretStr | None = Field(
        default=None,
        description="What verdicts on steps, and our questions for them, are signed with:"
        " `whsec_` and base64, or 24 characters or more.",
    )
    onboarding_secret_previous: SecretStr | None = Field(
        default=None, description="The one before, with which verdicts may still be signed."
    )
    onboarding_callback_url: str | None = Field(
        default=None, description="Where we ask whether a step verified `by: call` is done."
    )
    onboarding_callback_private: bool = Field(
        default=False, description="Whether that address may be in a private network, or by http."
    )

    @property
    def snooze(self) -> timedelta:
        """Length of a snooze when none is given."""
        return timedelta(days=self.snooze_days)

    @property
    def history_kept(self) -> timedelta:
        """How long decisions can be replayed."""
        return timedelta(days=self.onboarding_history_days)

    @property
    def verdict_secrets(self) -> list[str]:
        """The secrets that messages may be signed with, the present one first.

        One without a key, such as `whsec_` alone, is none: everybody could sign with it.
        """
        given = (self.onboarding_secret, self.onboarding_secret_previous)
        secrets = [secret.get_secret_value() for secret in given if secret is not None]
        return [secret for secret in secrets if key_of(secret)]
