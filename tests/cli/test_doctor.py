"""The doctor: what is well, what is not, and what a hash should cost here."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.cli.test_root import environment
from tests.commands import run, said
from tests.conftest import create_database

from firstmile.cli import main
from firstmile.doctor import Price, recommended
from firstmile.identity.breached import StolenPasswords
from firstmile.identity.hashing import Argon2id, Bcrypt
from firstmile.kernel.ids import new_id
from firstmile.outside.postgres import EmbeddedPostgres

__all__ = ["environment"]


def test_all_that_is_well_is_said_and_the_exit_code_is_0(environment: dict[str, str]) -> None:
    told = said(run(environment, "doctor"))

    subjects = [line[5:21].strip() for line in told.splitlines()]
    assert subjects == ["settings", "database", "migrations", "password hash", "passkeys"]
    assert all(line.startswith("ok ") for line in told.splitlines())
    assert "PASSWORD_HASH=bcrypt BCRYPT_COST=4" in told


def test_a_database_without_its_tables_is_told_what_to_run(
    environment: dict[str, str], cluster: EmbeddedPostgres
) -> None:
    environment["DATABASE_URL"] = create_database(cluster, f"empty_{new_id().hex}")

    result = run(environment, "doctor")

    assert result.returncode == 1
    assert "BAD  migrations" in result.stdout
    assert "run `firstmile migrate`" in result.stdout


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"DATABASE_URL": "postgresql://app:secret-word@127.0.0.1:1/x"},
            "BAD  database        The database does not answer.",
        ),
        ({"DATABASE_URL": ""}, "BAD  database        DATABASE_URL is missing"),
        ({"FIRSTMILE_ENV": "production"}, "SMTP_HOST is missing"),
        ({"BASE_URL": "http://127.0.0.1:8000"}, "BAD  passkeys        none can be made at"),
    ],
)
def test_what_is_not_well_is_said_and_the_exit_code_is_1(
    environment: dict[str, str], change: dict[str, str], line: str
) -> None:
    result = run(environment | change, "doctor")

    assert result.returncode == 1
    assert line in result.stdout
    assert "secret-word" not in result.stdout
    assert "Traceback" not in result.stderr


@pytest.mark.asvs("11.4.2")
def test_what_is_measured_ends_in_settings_to_copy() -> None:
    result = CliRunner().invoke(main, ["doctor", "--calibrate-hash"], terminal_width=100)

    measured, advice = result.output.split("\n\n")
    assert result.exit_code == 0
    assert "PASSWORD_HASH=bcrypt BCRYPT_COST=12 " in measured
    assert "PASSWORD_HASH=argon2id ARGON2_MEMORY_KIB=19456 ARGON2_PASSES=2 " in measured
    kinds = [line.split()[0] for line in advice.splitlines()[1:]]
    assert kinds == ["PASSWORD_HASH=bcrypt", "PASSWORD_HASH=argon2id"]


def test_the_dearest_that_is_not_too_dear_is_recommended() -> None:
    measured = [
        Price(Bcrypt(12), 240.0),
        Price(Bcrypt(13), 480.0),
        Price(Bcrypt(14), 960.0),
        Price(Argon2id(19456, passes=2, lanes=1), 700.0),
        Price(Argon2id(47104, passes=2, lanes=1), 1800.0),
    ]

    assert recommended(measured) == [measured[1], measured[3]]


def test_a_filter_is_built_from_a_list_and_named_in_a_setting(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "list.txt").write_text("our own bad habit\ntoo short\nshort\n")
    out = tmp_path / "own.filter"

    told = said(
        run(environment, "passwords", "build-filter", str(tmp_path / "list.txt"), "--out", str(out))
    )

    assert told == f"{out} holds 2 passwords in {out.stat().st_size} bytes.\n"
    assert "our own bad habit" in StolenPasswords(out)
    shown = said(run(environment | {"BREACHED_PASSWORDS_FILE": str(out)}, "settings"))
    assert f"BREACHED_PASSWORDS_FILE={out}" in shown


def test_a_list_of_another_format_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("password\n")
    words = ["passwords", "build-filter", str(tmp_path / "list.txt"), "--format", "hibp"]

    result = run({"PATH": os.environ["PATH"]}, *words, "--out", str(tmp_path / "x"))

    assert result.returncode == 2
    assert "line 1 is not the 40 digits of a SHA-1" in result.stderr
    assert not (tmp_path / "x").exists()
