"""All settings, by environment or by `NAME_FILE`, read once at the start."""

import os
import secrets as randomness
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from firstmile.guidance.settings import GuidanceSettings
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.social_settings import SocialSettings
from firstmile.observe.settings import ObserveSettings
from firstmile.onboarding.settings import OnboardingSettings
from firstmile.onboarding.signatures import key_of
from firstmile.outside.settings import OutsideSettings
from firstmile.privacy.settings import PrivacySettings
from firstmile.protect.limit_settings import LimitSettings
from firstmile.protect.settings import ProtectSettings
from firstmile.release.settings import ReleaseSettings

MIN_SECRET = 32
MIN_VERDICT_KEY = 24  # bytes, as Standard Webhooks asks
KNOWN_SECRETS = ("secret", "changeme", "change-me", "password", "default", "example", "firstmile")


class SettingsRefused(Exception):
    """The settings are not safe to start with; each line says which and what to do."""


class Settings(
    OutsideSettings,
    ObserveSettings,
    ProtectSettings,
    LimitSettings,
    IdentitySettings,
    SocialSettings,
    OnboardingSettings,
    GuidanceSettings,
    PrivacySettings,
    ReleaseSettings,
    BaseSettings,
):
    """What an operator may set. The environment name is the field's name in capitals."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    firstmile_env: Literal["development", "production"] = Field(
        default="production",
        description="`production` refuses weak settings; `development` makes what is missing.",
    )
    firstmile_home: Path = Field(
        default=Path("var"), description="Folder for generated secrets, mail and logs."
    )
    base_url: str = Field(
        default="http://localhost:8000",
        description="The address people use, without a slash at the end; issuer of the tokens.",
    )
    product_name: str = Field(default="Firstmile", description="The name on pages and in mails.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, description="Port to listen on.")
    web_workers: int = Field(default=1, ge=1, description="Web processes.")
    drain_seconds: float = Field(
        default=5.0,
        description="Seconds between `/readyz` saying no and the end of listening, on SIGTERM.",
    )
    shutdown_seconds: float = Field(
        default=25.0, description="Seconds a request or a job may take to finish on SIGTERM."
    )

    secret_key: SecretStr | None = Field(
        default=None,
        description="At least 32 random characters; every other key is derived from it.",
    )
    secret_key_previous: SecretStr | None = Field(
        default=None,
        description="The secret before the present one, still read while it is given.",
    )

    @field_validator("base_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @property
    def is_development(self) -> bool:
        """Whether this is a developer's machine."""
        return self.firstmile_env == "development"

    @property
    def over_tls(self) -> bool:
        """Whether people reach us by https."""
        return self.base_url.startswith("https://")

    @property
    def mail_folder(self) -> Path:
        """Where mail goes when there is no mail server."""
        return self.firstmile_home / "mail"

    @property
    def uploads_folder(self) -> Path:
        """Where files are kept when no other place is named."""
        return self.firstmile_home / "uploads"

    @property
    def secrets(self) -> list[str]:
        """The accepted secrets, the present one first."""
        given = (self.secret_key, self.secret_key_previous)
        return [secret.get_secret_value() for secret in given if secret is not None]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the code gives, then the environment, then files named by `NAME_FILE`."""
        return init_settings, env_settings, FileSource(settings_cls)


class FileSource(EnvSettingsSource):
    """Reads `NAME` from the file that `NAME_FILE` names, as container secrets are given."""

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002
        field_name: str,
    ) -> tuple[Any, str, bool]:
        """The content of the file without its last newline."""
        path = os.environ.get(f"{field_name.upper()}_FILE")
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text().rstrip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as missing:
            name = f"{field_name.upper()}_FILE"
            raise SettingsRefused(f"{name} names {path}, which cannot be read.") from missing


def load_settings(**given: Any) -> Settings:
    """Read and check the settings; raises SettingsRefused with every complaint at once."""
    try:
        settings = Settings(**given)
    except ValidationError as invalid:
        raise SettingsRefused("\n".join(_told(invalid))) from None  # its text holds the values
    except SettingsError as failed:
        raise SettingsRefused(str(failed.__cause__ or failed)) from failed
    if settings.is_development:
        return _with_made_secrets(settings)
    if complaints := _complaints(settings):
        raise SettingsRefused("\n".join(complaints))
    return settings


def _told(invalid: ValidationError) -> Iterator[str]:
    for error in invalid.errors(include_input=False, include_url=False):
        name = "_".join(str(part) for part in error["loc"]).upper()
        yield f"{name} is not right: {error['msg']}."


def _complaints(settings: Settings) -> list[str]:
    complaints = _complaints_of_secrets(settings)
    if settings.database_url is None:
        complaints.append("DATABASE_URL is missing: postgresql://user:password@host/database")
    if settings.smtp_host is None:
        complaints.append("SMTP_HOST is missing: nobody could verify an address without mail.")
    if not settings.over_tls:
        complaints.append("BASE_URL must begin with https://, or cookies cannot be kept safe.")
    if settings.bcrypt_cost < 12:
        complaints.append("BCRYPT_COST must be 12 or more.")
    memory, passes = settings.argon2_memory_kib, settings.argon2_passes
    if memory < 7168 or memory * passes < 35840:
        complaints.append(
            "ARGON2_MEMORY_KIB must be 7168 or more, and 35840 or more times ARGON2_PASSES."
        )
    return complaints


def _complaints_of_secrets(settings: Settings) -> list[str]:
    complaints = []
    how = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'
    if settings.secret_key is None:
        complaints.append(f"SECRET_KEY (or SECRET_KEY_FILE) is missing. Make one: {how}")
    elif reason := weakness(settings.secret_key.get_secret_value()):
        complaints.append(f"SECRET_KEY {reason}. Make one: {how}")
    if settings.secret_key_previous is not None and weakness(
        settings.secret_key_previous.get_secret_value()
    ):
        complaints.append("SECRET_KEY_PREVIOUS is weak. Remove it once nothing needs it.")
    for name in ("onboarding_secret", "onboarding_secret_previous"):
        given: SecretStr | None = getattr(settings, name)
        if given is not None and len(key_of(given.get_secret_value())) < MIN_VERDICT_KEY:
            complaints.append(
                f"{name.upper()} is too short: whsec_ and base64 of 24 bytes or more."
            )
    if settings.onboarding_callback_url and not settings.onboarding_secret:
        complaints.append("ONBOARDING_CALLBACK_URL needs ONBOARDING_SECRET to sign with.")
    if settings.metrics_token and (reason := weakness(settings.metrics_token.get_secret_value())):
        complaints.append(f"METRICS_TOKEN {reason}. Make one: {how}")
    return complaints


def weakness(secret: str) -> str | None:
    """Why a secret is too weak, or None: its length, its variety, or a well-known word."""
    if len(secret) < MIN_SECRET:
        return f"has {len(secret)} characters and needs {MIN_SECRET}"
    if len(Counter(secret)) < 10:
        return "repeats a few characters and can be guessed"
    if any(secret.lower().replace(word, "") in ("", *KNOWN_SECRETS) for word in KNOWN_SECRETS):
        return "is a well-known word"
    return None


def _with_made_secrets(settings: Settings) -> Settings:
    if settings.secret_key is not None:
        return settings
    kept = settings.firstmile_home / "secrets" / "secret_key"
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not kept.exists():
        made = kept.with_suffix(f".{os.getpid()}")
        made.touch(0o600)
        made.write_text(randomness.token_urlsafe(48))
        # Of two processes at once the first one's secret stays; a half-written one never shows.
        with suppress(FileExistsError):
            kept.hardlink_to(made)
        made.unlink()
    return settings.model_copy(update={"secret_key": SecretStr(kept.read_text().strip())})
