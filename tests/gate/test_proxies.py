"""The gate behind the real nginx and Caddy, with the configurations we ship."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

Visit = Callable[..., httpx.Response]

HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def visit(proxy: Any, firstmile: Any) -> Iterator[Visit]:
    with httpx.Client(base_url=proxy.base_url, timeout=10) as client:

        def visit(path: str, name: str | None = None, **options: Any) -> httpx.Response:
            headers = {**options.pop("headers", {})}
            if name:
                headers["authorization"] = f"Bearer {firstmile.token(name)}"
            return client.request(options.pop("method", "GET"), path, headers=headers, **options)

        yield visit


def test_an_allowed_person_reaches_the_application(visit: Visit) -> None:
    seen = visit("/billing/invoices?page=2", "alice")
    assert seen.status_code == 200
    assert seen.json()["target"] == "/billing/invoices?page=2"


def test_a_blocked_browser_is_sent_to_the_step(visit: Visit) -> None:
    seen = visit("/billing", "dana", headers=HTML)
    assert seen.status_code == 303
    assert seen.headers["location"].startswith("/onboarding")


def test_a_blocked_client_gets_the_problem_document(visit: Visit) -> None:
    seen = visit("/billing", "dana")
    assert seen.status_code == 409
    assert seen.headers["content-type"].startswith("application/problem+json")
    assert seen.json()["error"] == "step_blocked"
    assert seen.headers["x-firstmile-next"].startswith("/onboarding")


def test_a_blocked_person_reaches_what_no_step_guards(visit: Visit) -> None:
    assert visit("/team", "dana").status_code == 200


def test_a_stranger_is_sent_to_sign_in(visit: Visit) -> None:
    seen = visit("/billing?page=2", headers=HTML)
    assert seen.status_code == 303
    assert seen.headers["location"] == "/sign-in?next=/billing"


def test_a_client_without_a_token_gets_a_401(visit: Visit) -> None:
    seen = visit("/billing")
    assert seen.status_code == 401
    assert seen.json()["error"] == "unauthenticated"


def test_a_form_is_not_redirected_when_it_is_blocked(visit: Visit) -> None:
    seen = visit("/billing", "dana", method="POST", headers=HTML, data={"a": "b"})
    assert seen.status_code == 409


def test_what_is_sent_arrives_whole(visit: Visit) -> None:
    text = "x" * 100_000
    seen = visit("/billing", "alice", method="POST", content=text)
    assert seen.status_code == 200
    assert seen.json()["body"] == text


def test_public_paths_need_no_token(visit: Visit) -> None:
    assert visit("/public/prices").status_code == 200


def test_firstmile_itself_is_reached_without_the_gate(visit: Visit) -> None:
    assert "keys" in visit("/.well-known/jwks.json").json()
    assert visit("/api/v1/gate?route=/billing", "alice").json() == {"allowed": True}


def test_the_application_never_sees_identity_a_visitor_made_up(visit: Visit) -> None:
    made_up = {
        "X-Firstmile-User": "made-up",
        "X-Firstmile-Impersonator": "made-up",
        "X-Firstmile-Gating": "off",
        "X-Firstmile-Roles": "owner",
        "X_Firstmile_User": "made-up",
        "X-Forwarded-Uri": "/free",
        "X-Original-URI": "/free",
        "X-Forwarded-For": "10.0.0.1",
    }
    seen = visit("/team", "alice", headers=made_up).json()["headers"]
    spelled = [(name.replace("_", "-"), value) for name, value in seen.items()]
    assert [name for name, _ in spelled if name.startswith("x-firstmile")] == ["x-firstmile-user"]
    assert "made-up" not in seen["x-firstmile-user"]
    assert "/free" not in seen.values()
    assert "10.0.0.1" not in seen["x-forwarded-for"]


def test_the_application_is_told_of_staff_in_the_place_of_somebody(
    proxy_of_fake: Any, fake: Any
) -> None:
    staff = "0193c1c2-0000-7000-8000-000000000001"
    token = fake.token("alice", act={"sub": staff})
    made_up = {"x-firstmile-impersonator": "made-up", "authorization": f"Bearer {token}"}
    seen = httpx.get(f"{proxy_of_fake.base_url}/team", headers=made_up, timeout=10).json()
    assert seen["headers"]["x-firstmile-user"] == "alice"
    assert seen["headers"]["x-firstmile-impersonator"] == staff


def test_a_public_page_is_told_no_identity_at_all(visit: Visit) -> None:
    seen = visit("/public/prices", "alice", headers={"X-Firstmile-User": "made-up"}).json()
    assert not [name for name in seen["headers"] if name.startswith("x-firstmile")]


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Uri", "X-Original-URI", "X_Original_URI", "X_Forwarded_Uri"]
)
def test_a_header_cannot_change_the_question(visit: Visit, header: str) -> None:
    assert visit("/billing", "dana", headers={header: "/team"}).status_code == 409


def test_a_query_cannot_change_the_question(visit: Visit) -> None:
    assert visit("/billing?route=/team&blocked=200", "dana").status_code == 409


@pytest.mark.parametrize(
    "target",
    [
        "//billing",
        "/public/../billing",
        "/public/..",
        "/public/./x",
        "/public/%2e%2e/billing",
        "/public/.%2E/billing",
        "/public%2f..%2fbilling",
        "/public/..%2fbilling",
        "/public\\..\\billing",
        "/public%5c..%5cbilling",
        "/public/%252e%252e/billing",
        "/public/%0d%0aX-Original-URI:%20/team",
        "/team%00/billing",
        "/public/..;/billing",
        "/public/.;x/../billing",
        "/public/..%3b/billing",
        "/public/..%3F/billing",
    ],
)
def test_a_path_that_can_be_read_in_two_ways_goes_no_further(
    proxy: Any, firstmile: Any, application: Any, target: str
) -> None:
    application.requests.clear()
    authorization = f"Authorization: Bearer {firstmile.token('dana')}"
    assert proxy.status_of(target, authorization) == 400
    assert application.requests == []


@pytest.mark.parametrize(
    "target",
    [
        *("/%62illing", "/billing/", "/billing/7?next=//a/../b", "/billing%20", "/billing;x"),
        *("/billing%3Fx", "/billing.%20."),
    ],
)
def test_other_spellings_are_asked_about_as_what_they_mean(
    proxy: Any, firstmile: Any, target: str
) -> None:
    authorization = f"Authorization: Bearer {firstmile.token('dana')}"
    assert proxy.status_of(target, authorization) == 409


def test_hidden_files_and_queries_with_dots_still_work(proxy: Any, firstmile: Any) -> None:
    authorization = f"Authorization: Bearer {firstmile.token('alice')}"
    assert proxy.status_of("/.well-known/security.txt", authorization) == 200
    assert proxy.status_of("/a..b/...?u=https://x/../%2e", authorization) == 200


def test_the_answer_of_the_application_is_left_alone(visit: Visit) -> None:
    assert visit("/broken", "alice").status_code == 500
