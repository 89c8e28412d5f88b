"""HEAD says what GET says, and no more."""

import httpx
import pytest


@pytest.mark.parametrize("path", ["/", "/livez", "/nowhere", "/api/v1/auth/me"])
async def test_head_has_the_status_and_headers_of_get(client: httpx.AsyncClient, path: str) -> None:
    got = await client.get(path)
    head = await client.head(path)

    assert head.status_code == got.status_code
    assert head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]
    assert "x-frame-options" in head.headers


async def test_a_head_changes_nothing_that_a_get_would_not(client: httpx.AsyncClient) -> None:
    assert (await client.head("/api/v1/auth/login")).status_code == 405
