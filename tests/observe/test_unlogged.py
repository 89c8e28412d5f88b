"""A password that is only asked about leaves no trace in the logs."""

import httpx
import pytest
from tests.observe.conftest import Lines

CHECK = "/api/v1/auth/password-check"
FORM = {"email": "danalopez@example.org", "firstName": "Dana", "lastName": "Lopez"}
TYPED = ["Lopez-Wanderer-1!", "three calm otters", "margaret", "p\0ssword!!", "x" * 5000]


@pytest.mark.asvs("16.2.5")
@pytest.mark.parametrize("password", TYPED, ids=["weak", "strong", "stolen", "NUL", "endless"])
async def test_a_password_that_is_checked_never_reaches_the_logs(
    lines: Lines, client: httpx.AsyncClient, password: str
) -> None:
    await client.post(CHECK, json={"password": password, **FORM})
    await client.post(CHECK, json={"password": [password], **FORM})
    await client.post(CHECK, json={"passwort": password})
    await client.post(CHECK, content=f'{{"password": "{password}"')

    written = await lines("combined")
    asked = [line for line in written if line["event"] == "request"]
    assert len(asked) == 4
    for line in written:
        assert not [part for part in (password, "Wanderer", "danalopez") if part in str(line)]
