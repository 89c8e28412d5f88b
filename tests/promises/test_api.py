"""The API says what it takes, what it answers and how it refuses."""

import json
import re
from typing import Any

import httpx
import pytest
from tests.promises.source import ROOT

from firstmile.main import openapi_document

GOLDEN = ROOT / "tests" / "golden" / "openapi.json"
DOCUMENT = openapi_document()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
API = {name: operation for name, operation in OPERATIONS.items() if "/api/v1/" in name}
# Whoever is not signed in may ask these.
PUBLIC = {
    *(f"auth/{path}" for path in ("register", "verify-email", "resend-verification", "unlock")),
    *(f"auth/{path}" for path in ("confirm-email", "revert-email", "password-check")),
    *(f"auth/{path}" for path in ("forgot-password", "reset-password", "login/passkey/options")),
    *(f"auth/social{path}" for path in ("", "/address", "/{provider}/start")),
    "invitations/register",
    "kill-switch",
    *(f"help/{path}" for path in ("context", "search", "articles", "articles/{slug}", "clicks")),
    "help/articles/{slug}/feedback",
}
# Visitors may ask these too; 401 is for a token or a key that opens nothing.
OF_VISITORS = {"embed/state", "embed/stream", "consent", "guidance/contents/{key}"}
ENDLESS = {"GET /api/v1/embed/stream"}  # to whoever may ask it


def refusals(operation: dict[str, Any]) -> dict[str, Any]:
    return {status: said for status, said in operation["responses"].items() if int(status) >= 400}


def is_public(name: str) -> bool:
    return name.partition("/api/v1/")[2] in PUBLIC


def test_the_api_is_the_one_that_was_agreed(request: pytest.FixtureRequest) -> None:
    """Clients are written against this file; `pytest --accept` agrees to a change."""
    text = json.dumps(DOCUMENT, indent=2, sort_keys=True) + "\n"
    if request.config.getoption("--accept"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text)

    assert json.loads(text) == json.loads(GOLDEN.read_text())


async def test_the_running_service_tells_the_same(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/openapi.json")

    assert answer.json() == json.loads(json.dumps(DOCUMENT))


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_route_says_what_it_does_and_where_it_belongs(name: str) -> None:
    operation = OPERATIONS[name]

    assert operation["description"].rstrip().endswith(".")
    assert len(operation["tags"]) == 1


@pytest.mark.parametrize("name", API)
def test_every_refusal_is_a_problem_document(name: str) -> None:
    said = refusals(API[name])

    assert said
    for response in said.values():
        assert response["content"] == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }


@pytest.mark.parametrize("name", API)
def test_every_route_says_how_it_may_refuse(name: str) -> None:
    statuses = set(refusals(API[name]))

    assert "503" in statuses
    assert ("401" in statuses) is not is_public(name)
    if "requestBody" in API[name]:
        assert {"400", "413", "422"} <= statuses
    if not name.startswith("GET"):
        assert "403" in statuses


def body_of(operation: dict[str, Any]) -> dict[str, Any] | None:
    return {} if "requestBody" in operation else None


@pytest.mark.parametrize("name", sorted(API.keys() - ENDLESS))
async def test_what_a_stranger_is_answered_is_documented(
    name: str, client: httpx.AsyncClient
) -> None:
    method, path = name.split()
    address = re.sub(r"{\w+_id}", "0192f0c1-7a5e-7000-8000-000000000001", path)

    answer = await client.request(method, address, json=body_of(API[name]))

    assert str(answer.status_code) in API[name]["responses"]
    is_open = is_public(name) or path.partition("/api/v1/")[2] in OF_VISITORS
    if not is_open and "/auth/" not in path:
        assert answer.status_code in (401, 422)


def test_every_name_on_the_wire_is_camel_case() -> None:
    names = [
        name
        for schema in DOCUMENT["components"]["schemas"].values()
        for name in schema.get("properties", {})
    ]

    assert names
    assert [name for name in names if "_" in name or not name[0].islower()] == []
