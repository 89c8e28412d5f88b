"""Settings: what production refuses, where secrets come from, and what is never shown."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firstmile.settings import Settings, SettingsRefused, load_settings, weakness

STRONG = "q8Zt-4f1cJ0m2Kq8vYz7Lw3Xr9Bn5Td6Hs1Gp"
SAFE = {
    "FIRSTMILE_ENV": "production",
    "SECRET_KEY": STRONG,
    "DATABASE_URL": "postgresql://app:db-password-1@db.example.org/firstmile",
    "SMTP_HOST": "mail.example.org",
    "SMTP_PASSWORD": "smtp-password-2",
    "REDIS_URL": "redis://:redis-password-3@cache/0",
    "BASE_URL": "https://app.example.org",
}
HIDDEN = (STRONG, "db-password-1", "smtp-password-2", "redis-password-3")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of whoever runs the tests are not ours."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)


@pytest.fixture
def safe(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)


def refusal() -> str:
    with pytest.raises(SettingsRefused) as refused:
        load_settings()
    return str(refused.value)


@pytest.mark.usefixtures("safe")
def test_safe_settings_are_taken() -> None:
    settings = load_settings()

    assert settings.secrets == [STRONG]
    assert not settings.is_development
    assert settings.over_tls


@pytest.mark.usefixtures("safe")
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "", "SECRET_KEY (or SECRET_KEY_FILE) is missing. Make one: python -c"),
        ("SECRET_KEY", "short", "SECRET_KEY has 5 characters and needs 32. Make one: python -c"),
        ("SECRET_KEY", "ab" * 20, "SECRET_KEY repeats a few characters"),
        ("SECRET_KEY", "changeme" * 3 + "password", "SECRET_KEY is a well-known word"),
        ("SECRET_KEY_PREVIOUS", "short", "SECRET_KEY_PREVIOUS is weak. Remove it"),
        ("ONBOARDING_SECRET", "whsec_", "ONBOARDING_SECRET is too short"),
        ("ONBOARDING_SECRET_PREVIOUS", "short", "ONBOARDING_SECRET_PREVIOUS is too short"),
        ("DATABASE_URL", "", "DATABASE_URL is missing: postgresql://user:password@host/database"),
        ("SMTP_HOST", "", "SMTP_HOST is missing"),
        ("BASE_URL", "http://app.example.org", "BASE_URL must begin with https://"),
        ("BCRYPT_COST", "10", "BCRYPT_COST must be 12 or more"),
        ("BCRYPT_COST", "99", "BCRYPT_COST is not right"),
        ("PORT", "eighty", "PORT is not right"),
        ("FIRSTMILE_ENV", "staging", "FIRSTMILE_ENV is not right"),
        ("SMTP_TLS", "maybe", "SMTP_TLS is not right"),
    ],
)
def test_production_refuses_and_says_which_and_how(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    told = refusal()

    assert said in told
    assert len(told.splitlines()) == 1
    assert not any(hidden in told for hidden in HIDDEN)
    assert not (name.startswith("SECRET") and value and value in told)


def test_every_complaint_is_told_at_once() -> None:
    told = refusal()

    for name in ("SECRET_KEY", "DATABASE_URL", "SMTP_HOST", "BASE_URL"):
        assert name in told


@pytest.mark.usefixtures("safe")
def test_a_secret_comes_from_the_file_its_name_points_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = STRONG[::-1]
    (tmp_path / "key").write_text(f"{other}\n")
    (tmp_path / "url").write_text("postgresql://from:file@db/x\r\n")
    monkeypatch.delenv("SECRET_KEY")
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))

    settings = load_settings()

    assert settings.secrets == [other]
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://from:file@db/x"


@pytest.mark.usefixtures("safe")
def test_every_setting_may_come_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "value").write_text("4711\n")
    monkeypatch.setenv("PORT_FILE", str(tmp_path / "value"))

    assert load_settings().port == 4711


@pytest.mark.usefixtures("safe")
@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00\x9f"], ids=["missing", "not text"])
def test_a_file_that_cannot_be_read_is_named(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.delenv("SECRET_KEY")
    monkeypatch.setenv("SECRET_KEY_FILE", str(file))

    assert refusal() == f"SECRET_KEY_FILE names {file}, which cannot be read."


@pytest.mark.usefixtures("safe")
def test_the_secret_before_is_still_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY_PREVIOUS", STRONG[::-1])

    assert load_settings().secrets == [STRONG, STRONG[::-1]]


@pytest.mark.parametrize(
    ("secret", "is_weak"),
    [
        (STRONG, False),
        (STRONG[:31], True),
        ("0123456789" * 4, False),
        ("a" * 64, True),
        ("firstmile" * 4, True),
        ("secret" * 6, True),
    ],
)
def test_a_weak_secret_is_known(secret: str, is_weak: bool) -> None:
    assert (weakness(secret) is not None) is is_weak


def test_development_makes_a_secret_and_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTMILE_ENV", "development")
    monkeypatch.setenv("FIRSTMILE_HOME", str(tmp_path / "home"))

    first, second = load_settings(), load_settings()

    kept = tmp_path / "home" / "secrets" / "secret_key"
    assert first.secrets == second.secrets == [kept.read_text()]
    assert weakness(kept.read_text()) is None
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


def test_development_uses_a_secret_that_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTMILE_ENV", "development")
    monkeypatch.setenv("FIRSTMILE_HOME", str(tmp_path))
    monkeypatch.setenv("SECRET_KEY", "given")

    assert load_settings().secrets == ["given"]
    assert list(tmp_path.iterdir()) == []


def test_processes_that_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    program = "from firstmile.settings import load_settings; print(load_settings().secrets[0])"
    environment = {
        "PATH": os.environ["PATH"],
        "FIRSTMILE_ENV": "development",
        "FIRSTMILE_HOME": str(tmp_path / "home"),
    }
    processes = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=30)[0] for process in processes]

    assert len(set(said)) == 1
    assert len(said[0].strip()) >= 32
    assert [file.name for file in (tmp_path / "home" / "secrets").iterdir()] == ["secret_key"]


@pytest.mark.usefixtures("safe")
def test_settings_do_not_show_their_secrets() -> None:
    settings = load_settings()

    for shown in (repr(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert not any(hidden in shown for hidden in HIDDEN)


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith(".")
