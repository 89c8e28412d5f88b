"""The verbs about applications, as an operator types them."""

import re

import pytest
from tests.commands import run, said
from tests.running import environment_of

from firstmile.settings import Settings

CALLBACK = "https://reports.example.com/callback"


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return environment_of(settings, {})


def test_an_application_is_added_listed_given_a_secret_and_closed(
    environment: dict[str, str],
) -> None:
    made = said(run(environment, "clients", "add", "Reports", "--redirect", CALLBACK))
    found = re.fullmatch(r"client_id: (\S+)\nclient_secret: (\S{43})\n", made)
    assert found is not None, made
    client_id, secret = found.groups()

    listed = said(run(environment, "clients", "list"))
    renewed = said(run(environment, "clients", "rotate-secret", client_id, "--now"))
    closed = said(run(environment, "clients", "disable", client_id))
    after = said(run(environment, "clients", "list"))
    opened = said(run(environment, "clients", "enable", client_id))

    assert listed == f"{client_id}  Reports  (web, third-party)\n    {CALLBACK}\n"
    assert re.fullmatch(r"client_secret: \S{43}\n", renewed)
    assert secret not in renewed
    assert closed == "Reports is closed.\n"
    assert after.startswith(f"{client_id}  Reports  (web, third-party, disabled)\n")
    assert opened == "Reports is open.\n"


def test_a_program_on_a_device_is_given_no_secret(environment: dict[str, str]) -> None:
    words = ["clients", "add", "Tool", "--kind", "native", "--redirect", "http://127.0.0.1/"]

    made = said(run(environment, *words, "--first-party", "--scope", "email"))

    assert re.fullmatch(r"client_id: \S+\n", made)


def test_a_mistake_is_told_and_changes_nothing(environment: dict[str, str]) -> None:
    refused = run(environment, "clients", "add", "Reports", "--redirect", "http://evil.example/")
    unknown = run(environment, "clients", "disable", "0192f0c1-7a5e-7000-8000-000000000001")

    assert refused.returncode == unknown.returncode == 2
    assert refused.stderr.startswith("redirectUris: Give whole addresses")
    assert "There is no such application." in unknown.stderr
    assert said(run(environment, "clients", "list")) == ""
