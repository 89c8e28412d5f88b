"""What an operator may say about accounts, passwords and sessions."""

from datetime import timedelta

from pydantic import BaseModel, Field


class IdentitySettings(BaseModel):
    """Work factors and lifetimes."""

    bcrypt_cost: int = Field(default=12, ge=4, le=16, description="Work factor of password hashes.")
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
    verification_hours: int = Field(default=24, description="Life of a verification link.")
    reset_minutes: int = Field(default=60, description="Life of a password reset link.")
    lockout_failures: int = Field(default=5, description="Failed sign-ins before the lock.")
    lockout_seconds: int = Field(default=900, description="Length of the lock.")
    with_test_domains: bool = Field(
        default=False, description="Accept addresses under .test, for testing."
    )

    @property
    def session_idle(self) -> timedelta:
        """The longest rest of a session."""
        return timedelta(seconds=self.session_idle_seconds)

    @property
    def session_life(self) -> timedelta:
        """The longest life of a session."""
        return timedelta(seconds=self.session_seconds)

    @property
    def refresh_grace(self) -> timedelta:
        """How long the refresh token before the present one still answers."""
        return timedelta(seconds=self.refresh_grace_seconds)

    @property
    def lockout(self) -> timedelta:
        """The length of the lock, and the time in which failures add up."""
        return timedelta(seconds=self.lockout_seconds)
