"""What an operator may say about accounts, passwords and sessions."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, field_validator

from firstmile.identity.breached import StolenPasswords


class IdentitySettings(BaseModel):
    """Work factors and lifetimes."""

    password_min_length: int = Field(
        default=8, ge=8, le=64, description="Characters a new password has at least."
    )
    password_min_score: int = Field(
        default=3, ge=0, le=4, description="Strength a new password has at least, by zxcvbn."
    )
    breached_passwords_file: Path | None = Field(
        default=None,
        description="Filter of stolen passwords, made by `firstmile passwords build-filter`;"
        " without it the small one that comes along.",
    )
    password_hash: Literal["bcrypt", "argon2id"] = Field(
        default="bcrypt", description="How passwords are hashed; older hashes are renewed."
    )
    bcrypt_cost: int = Field(default=12, ge=4, le=16, description="Work factor of bcrypt.")
    argon2_memory_kib: int = Field(
        default=19456, ge=8, le=262144, description="Memory of argon2id, in KiB."
    )
    argon2_passes: int = Field(default=2, ge=1, le=16, description="Passes of argon2id.")
    argon2_lanes: int = Field(default=1, ge=1, le=8, description="Threads of one argon2id.")
    hash_threads: int = Field(
        default=0, ge=0, description="Threads that hash passwords; 0 is one less than the cores."
    )
    hash_queue: int = Field(
        default=16, ge=1, description="Passwords that may wait to be hashed before 503."
    )
    access_token_seconds: int = Field(default=3600, description="Life of an access token.")
    refresh_grace_seconds: int = Field(
        default=20, description="How long a refresh token answers once more after it was used."
    )
    session_idle_seconds: int = Field(default=1800, description="A session ends after this rest.")
    session_seconds: int = Field(default=43200, description="A session ends after this time.")
    remembered_days: int = Field(
        default=30,
        ge=1,
        description="The life of a session that was to be remembered, at rest too.",
    )
    second_factor_minutes: int = Field(
        default=10, ge=1, description="Time to show the second factor after the first."
    )
    second_factor_daily_failures: int = Field(
        default=50, ge=5, le=100, description="Wrong codes of one factor that are heard in a day."
    )
    trusted_device_days: int = Field(
        default=30, ge=1, description="How long a trusted device stands for the second factor."
    )
    verification_hours: int = Field(default=24, description="Life of a verification link.")
    reset_minutes: int = Field(default=60, description="Life of a password reset link.")
    address_change_hours: int = Field(
        default=24, ge=1, description="Life of the link that confirms another address."
    )
    address_revert_days: int = Field(
        default=7, ge=1, description="How long the former address may take a change back."
    )
    address_changes_per_day: int = Field(
        default=5, ge=1, description="Changes of address that one person may ask for in a day."
    )
    deletion_days: int = Field(
        default=14, ge=1, description="How long an account waits to be deleted, and may be kept."
    )
    invitation_days: int = Field(
        default=7, ge=1, le=90, description="Life of an invitation to a project."
    )
    project_deletion_days: int = Field(
        default=30, ge=0, description="How long a deleted project can be restored."
    )
    lockout_failures: int = Field(default=5, description="Failed sign-ins before the lock.")
    lockout_seconds: int = Field(default=900, description="Length of the lock.")
    lockout_failures_in_all: int = Field(
        default=100,
        ge=1,
        le=100,
        description="Failed sign-ins in a row before an address stays locked until its person"
        " opens it by mail.",
    )
    unlock_minutes: int = Field(
        default=60, ge=1, description="Life of the link that opens a locked address."
    )
    impersonation_minutes: int = Field(
        default=60, ge=5, le=480, description="The longest staff may act in somebody's place."
    )
    tell_of_impersonation: bool = Field(
        default=True, description="Mail people when staff act in their place."
    )
    authorization_code_seconds: int = Field(
        default=60, ge=10, le=600, description="Time an application has to redeem its code."
    )
    application_idle_days: int = Field(
        default=14, ge=1, description="A sign-in to an application ends after this rest."
    )
    application_days: int = Field(
        default=90,
        ge=1,
        description="A sign-in to an application with a refresh token ends after this time.",
    )
    with_test_domains: bool = Field(
        default=False, description="Accept addresses under .test, for testing."
    )

    @field_validator("breached_passwords_file")
    @classmethod
    def _is_filter(cls, path: Path | None) -> Path | None:
        if path is not None:
            try:
                StolenPasswords(path)
            except OSError as missing:
                raise ValueError(f"{path} cannot be read") from missing
        return path

    @property
    def session_idle(self) -> timedelta:
        """The longest rest of a session."""
        return timedelta(seconds=self.session_idle_seconds)

    @property
    def session_life(self) -> timedelta:
        """The longest life of a session."""
        return timedelta(seconds=self.session_seconds)

    @property
    def remembered(self) -> timedelta:
        """The longest life, and rest, of a remembered session."""
        return timedelta(days=self.remembered_days)

    @property
    def refresh_grace(self) -> timedelta:
        """How long the refresh token before the present one still answers."""
        return timedelta(seconds=self.refresh_grace_seconds)

    @property
    def application_idle(self) -> timedelta:
        """The longest rest of a refresh token of an application."""
        return timedelta(days=self.application_idle_days)

    @property
    def application_life(self) -> timedelta:
        """How long an application may refresh what one sign-in gave it."""
        return timedelta(days=self.application_days)

    @property
    def impersonation(self) -> timedelta:
        """The life of a session in the place of somebody else."""
        return timedelta(minutes=self.impersonation_minutes)

    @property
    def lockout(self) -> timedelta:
        """The length of the lock, and the time in which failures add up."""
        return timedelta(seconds=self.lockout_seconds)
