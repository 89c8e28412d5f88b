"""What an operator may say about signing in by other providers."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

PRESETS = ("google", "apple", "microsoft", "github")
TENANT = r"^(common|organizations|consumers|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
LOOPBACK = ("127.0.0.1", "::1", "localhost")

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]


class OidcProvider(BaseModel):
    """One provider that speaks OpenID Connect and publishes its configuration."""

    key: Key
    name: str = Field(min_length=1, max_length=40)
    issuer: str
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    secret_in_body: bool = False
    returns_by_form: bool = False
    trusts_email: bool = False

    @field_validator("issuer")
    @classmethod
    def _is_a_safe_address(cls, issuer: str) -> str:
        return safe_address(issuer)

    @field_validator("scopes")
    @classmethod
    def _asks_who_it_is(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("scopes must hold openid")
        return scopes


class SocialSettings(BaseModel):
    """Signing in by other providers: each appears once its settings are given."""

    google_client_id: str | None = Field(default=None, description="Client of Google.")
    google_client_secret: SecretStr | None = Field(
        default=None, validate_default=True, description="Its secret."
    )
    apple_client_id: str | None = Field(
        default=None, description="Services ID of Sign in with Apple."
    )
    apple_team_id: str | None = Field(
        default=None, validate_default=True, description="Team that owns it."
    )
    apple_key_id: str | None = Field(
        default=None, validate_default=True, description="Key that signs for it."
    )
    apple_private_key: SecretStr | None = Field(
        default=None, validate_default=True, description="That key, as the `.p8` file holds it."
    )
    microsoft_client_id: str | None = Field(default=None, description="Client of Microsoft Entra.")
    microsoft_client_secret: SecretStr | None = Field(
        default=None, validate_default=True, description="Its secret."
    )
    microsoft_tenant: str = Field(
        default="common",
        pattern=TENANT,
        description="Who may sign in: `common`, `organizations`, `consumers`, or a tenant's id.",
    )
    github_client_id: str | None = Field(default=None, description="OAuth app of GitHub.")
    github_client_secret: SecretStr | None = Field(
        default=None, validate_default=True, description="Its secret."
    )
    github_url: str = Field(
        default="https://github.com", description="GitHub, or an Enterprise server of your own."
    )
    oidc_providers: tuple[OidcProvider, ...] = Field(
        default=(), description="Other OpenID providers, as a JSON list; see the how-to."
    )
    social_redirect_uris: tuple[str, ...] = Field(
        default=(),
        description="Where applications that sign people in by the API may have them return to,"
        " as a JSON list.",
    )
    provider_seconds: float = Field(
        default=10.0, gt=0, le=60, description="The longest wait for an answer of a provider."
    )

    @field_validator(
        "google_client_secret",
        "apple_team_id",
        "apple_key_id",
        "apple_private_key",
        "microsoft_client_secret",
        "github_client_secret",
    )
    @classmethod
    def _is_whole(cls, value: object, info: ValidationInfo) -> object:
        preset = str(info.field_name).partition("_")[0]
        if info.data.get(f"{preset}_client_id") and value is None:
            raise ValueError(f"{preset.upper()}_CLIENT_ID needs it")
        return value

    @field_validator("github_url")
    @classmethod
    def _is_a_safe_address(cls, url: str) -> str:
        return safe_address(url).rstrip("/")

    @field_validator("oidc_providers")
    @classmethod
    def _has_keys_of_their_own(cls, found: tuple[OidcProvider, ...]) -> tuple[OidcProvider, ...]:
        keys = [*PRESETS, *(one.key for one in found)]
        if len(set(keys)) < len(keys):
            raise ValueError("two providers have the same key")
        return found


def safe_address(url: str) -> str:
    """An https address without query or fragment; plain http for this very machine alone."""
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not is_safe or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("an https address without query or fragment is needed")
    return url
