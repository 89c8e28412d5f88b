"""The verbs about rights, as an operator types them."""

import pytest
from tests.cast import Cast
from tests.commands import run, said
from tests.running import environment_of

from firstmile.rights import PERMISSIONS
from firstmile.settings import Settings


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return environment_of(settings, {})


async def test_staff_is_granted_listed_and_revoked(environment: dict[str, str], cast: Cast) -> None:
    dana = await cast.dana()
    assert (await dana.get("/api/v1/auth/me")).status_code == 200

    granted = said(run(environment, "staff", "grant", "DANA@example.org", "operator"))
    listed = said(run(environment, "staff", "list"))
    again = await cast.sign_in("Dana")
    helped = await again.get("/api/v1/admin/users?query=dana")
    revoked = said(run(environment, "staff", "revoke", "dana@example.org"))

    assert granted == "DANA@example.org is operator now.\n"
    assert listed == "operator  dana@example.org\n"
    assert helped.status_code == 200
    assert revoked == "dana@example.org is not staff.\n"
    assert said(run(environment, "staff", "list")) == ""


@pytest.mark.asvs("8.3.2")
async def test_a_staff_role_that_was_taken_away_opens_nothing_with_the_next_request(
    environment: dict[str, str], cast: Cast
) -> None:
    await cast.a_user("Dana").registered()
    said(run(environment, "staff", "grant", "dana@example.org", "admin"))
    dana = await cast.sign_in("Dana")
    path = "/api/v1/admin/users?query=dana"
    assert (await dana.get(path)).status_code == 200

    said(run(environment, "staff", "revoke", "dana@example.org"))
    await cast.service.hints.check()  # what a replica does each second

    assert (await dana.get(path)).status_code == 401
    again = await (await cast.sign_in("Dana")).get(path)
    assert (again.status_code, again.json()["error"]) == (403, "staff_required")


async def test_only_a_confirmed_account_becomes_staff(
    environment: dict[str, str], cast: Cast
) -> None:
    await cast.a_user("Dana").unverified().registered()

    unknown = run(environment, "staff", "grant", "nobody@example.org", "support")
    unconfirmed = run(environment, "staff", "grant", "dana@example.org", "support")

    assert (unknown.returncode, unknown.stderr) == (2, "This address has no account.\n")
    assert (unconfirmed.returncode, unconfirmed.stderr) == (2, "This address is not confirmed.\n")


def test_an_unknown_role_is_told(environment: dict[str, str]) -> None:
    result = run(environment, "staff", "grant", "dana@example.org", "owner")

    assert result.returncode == 2
    assert "'owner' is not one of 'support', 'operator', 'admin'" in result.stderr


def test_every_right_is_listed_with_its_roles_and_routes() -> None:
    told = said(run({"PATH": "/usr/bin:/bin"}, "permissions"))

    assert [one.name for one in PERMISSIONS if f"{one.name}: {one.what}\n" not in told] == []
    block = told.split("project.rename")[1]
    assert block.startswith(
        ": Rename the project\n  owner, admin\n  PATCH /api/v1/projects/{project_id}\n"
    )
    assert "API keys\n  GET /api/v1/projects/{project_id}/members\n" in told
