"""One id through a request, its jobs and its refusals, and one line when it is over."""

import re

import httpx
import pytest
from tests.cast import Cast
from tests.observe.conftest import Lines

from firstmile.observe.trace import Trace
from firstmile.service import Service

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_a_request_is_one_line(cast: Cast, lines: Lines) -> None:
    dana = await cast.dana()
    before = len(await lines("http"))

    await dana.get("/api/v1/onboarding?email=dana@example.org")

    (line,) = (await lines("http"))[before:]
    assert (line["event"], line["level"], line["method"]) == ("request", "info", "GET")
    assert (line["route"], line["status"]) == ("/api/v1/onboarding", 200)
    assert line["ms"] > 0
    assert "dana" not in str(line)


async def test_the_route_is_told_and_not_what_fills_it(cast: Cast, lines: Lines) -> None:
    dana = await cast.dana()

    await dana.settle("create-project", "done")

    assert (await lines("http"))[-1]["route"] == "/api/v1/onboarding/steps/{key}"


async def test_an_address_that_does_not_exist_is_one_line_without_it(
    client: httpx.AsyncClient, lines: Lines
) -> None:
    answer = await client.get("/api/v1/secret-of-dana@example.org")

    (line,) = await lines("http")
    assert (answer.status_code, line["status"], line["route"]) == (404, 404, "unknown")
    assert "dana" not in str(line)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/api/health"])
async def test_probes_are_not_logged(client: httpx.AsyncClient, lines: Lines, path: str) -> None:
    answer = await client.get(path)

    assert (answer.status_code, await lines("combined")) == (200, [])


async def test_the_callers_id_is_taken_and_given_back(
    client: httpx.AsyncClient, lines: Lines
) -> None:
    answer = await client.get("/", headers={"x-correlation-id": "order-2026.03_01"})

    assert answer.headers["x-correlation-id"] == "order-2026.03_01"
    assert (await lines("http"))[0]["correlationId"] == "order-2026.03_01"


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space", "a@b.example", "<script>x"])
async def test_an_id_that_could_do_harm_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/livez", headers={"x-correlation-id": given})

    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-correlation-id"])


async def test_every_request_without_one_gets_its_own(client: httpx.AsyncClient) -> None:
    ids = [(await client.get("/livez")).headers["x-correlation-id"] for _ in range(3)]

    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("traceparent", "is_taken"),
    [
        (f"00-{TRACE_ID}-00f067aa0ba902b7-01", True),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", False),
        (f"00-{TRACE_ID[:-1]}-00f067aa0ba902b7-01", False),
        (f"00-{TRACE_ID[:-1]}Z-00f067aa0ba902b7-01", False),
        ("nonsense", False),
    ],
)
async def test_a_traceparent_names_the_request(
    client: httpx.AsyncClient, traceparent: str, is_taken: bool
) -> None:
    answer = await client.get("/livez", headers={"traceparent": traceparent})

    told = answer.headers["x-correlation-id"]
    assert (told == TRACE_ID) is is_taken
    assert told != "0" * 32
    assert re.fullmatch(r"[0-9a-f]{32}", told)


async def test_a_refusal_carries_the_id(client: httpx.AsyncClient) -> None:
    headers = {"x-correlation-id": "request-12345"}
    refusals = [
        await client.get("/api/v1/auth/me", headers=headers),
        await client.get("/api/v1/nothing", headers=headers),
        await client.post("/api/v1/auth/login", content=b"{", headers=headers),
    ]

    assert [answer.status_code for answer in refusals] == [401, 404, 400]
    assert {answer.json()["correlationId"] for answer in refusals} == {"request-12345"}


async def test_the_lines_of_a_job_carry_the_id_of_the_request_behind_it(
    cast: Cast, client: httpx.AsyncClient, lines: Lines
) -> None:
    await cast.a_user("Dana").unverified().registered()
    headers = {"x-correlation-id": "request-12345"}
    await client.post(
        "/api/v1/auth/resend-verification", json={"email": "dana@example.org"}, headers=headers
    )

    await cast.work_off()

    ours = [
        line for line in await lines("combined") if line.get("correlationId") == "request-12345"
    ]
    jobs = [line["job"] for line in ours if line["event"] == "job_done"]
    assert jobs == ["resend_verification", "send_mail"]
    assert "dana@example.org" not in str(await lines("combined"))


async def test_an_application_that_fails_without_answer_is_an_error_line(
    service: Service, lines: Lines
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(ZeroDivisionError):
        await Trace(fail, service.errors)(scope, fail, fail)  # type: ignore[arg-type]

    (line,) = await lines("error")
    assert (line["event"], line["status"]) == ("request", 0)
