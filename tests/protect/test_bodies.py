"""Requests nobody sends by accident: refused cleanly, and nothing inside is shown."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest
from litestar.routes import HTTPRoute
from tests.cast import Cast
from tests.protect.test_headers import PLACES
from tests.running import Running

from firstmile.kernel.asgi import Message, Receive, Scope, Send
from firstmile.main import _routes
from firstmile.protect.bodies import MAX_BODY_BYTES, OTHER_BYTES, BodyLimit
from firstmile.protect.depth import MAX_DEPTH
from firstmile.service import Service

JSON = {"content-type": "application/json"}
LOGIN = "/api/v1/auth/login"
INSIDE = ("Traceback", "asyncpg", "SELECT", "UPDATE users", "site-packages", ".py", "Error(")

HOSTILE = {
    "nothing": b"",
    "a brace": b"{",
    "null": b"null",
    "a list": b"[]",
    "a number": b"1",
    "brackets, very deep": b"[" * 30_000,
    "objects, very deep": b'{"email":' * 6_000,
    "closed and deep": b'{"email":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "not UTF-8": b'{"email":"\xff\xfe","password":"x","name":"\xff"}',
    "UTF-16": '{"email":"x"}'.encode("utf-16"),
    "half of a pair": b'{"email":"\\ud800","password":"\\ud800","name":"\\ud800",'
    b'"token":"\\ud800","refreshToken":"\\ud800"}',
    "a huge number": b'{"rowVersion":' + b"9" * 5_000 + b',"status":"done"}',
    "a huge exponent": b'{"rowVersion":1e999999,"status":"done"}',
    "not a number": b'{"rowVersion":NaN,"status":"done"}',
    "NUL everywhere": b'{"email":"\\u0000","password":"\\u0000aaaaaaaa","firstName":"\\u0000",'
    b'"lastName":"\\u0000","token":"\\u0000","refreshToken":"\\u0000","name":"\\u0000",'
    b'"billingName":"\\u0000","billingEmail":"\\u0000","key":"\\u0000","status":"done",'
    b'"rowVersion":0,"timeZone":"\\u0000","jobTitle":"\\u0000","locale":"\\u0000"}',
    "a version beyond the column": b'{"status":"done","rowVersion":99999999999999999999}',
    "a version beyond int4": b'{"status":"done","rowVersion":4294967296}',
    "a moment beyond time": b'{"key":"complete-profile","until":"9999-12-31T23:59:59+14:00"}',
    "a moment before time": b'{"key":"complete-profile","until":"0001-01-01T00:00:00-14:00"}',
    "the same name twice": b'{"email":"a@example.org","email":"b@example.org","password":"x"}',
}


def is_clean(answer: httpx.Response) -> bool:
    """Whether this is an answer we meant, and tells nothing about our inside."""
    return answer.status_code < 500 and not any(word in answer.text for word in INSIDE)


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
async def test_no_route_of_the_api_fails_on_a_hostile_body(
    service: Service, cast: Cast, client: httpx.AsyncClient, body: bytes
) -> None:
    alice = await cast.alice()
    project = str(await cast.project_of(alice))
    unclean = {}
    for route in _routes(service).routes:
        methods = route.methods if isinstance(route, HTTPRoute) else set()
        path = route.path.replace("{project_id:uuid}", project)
        for place, value in PLACES.items():
            path = path.replace(place, value)
        for method in methods & {"POST", "PUT", "PATCH"} if path.startswith("/api/") else ():
            answer = await client.request(
                method, path, content=body, headers={**JSON, **alice.headers}
            )
            if not is_clean(answer):
                unclean[f"{method} {path}"] = (answer.status_code, answer.text[:200])

    assert unclean == {}


@pytest.mark.parametrize("path", ["/sign-up", "/sign-in", "/forgot-password", "/verify-email"])
async def test_no_form_fails_on_hostile_fields(client: httpx.AsyncClient, path: str) -> None:
    token = (await client.get("/sign-in")).cookies["csrf-token"]
    names = ("email", "password", "firstName", "lastName", "token", "next")
    for value in ("%00", "%ff%fe", "%ED%A0%80", "x" * 3_000, "%E2%80%AE", "<script>", "{{7*7}}"):
        body = "&".join([f"csrf={token}", *(f"{name}={value}" for name in names)])

        answer = await client.post(
            path, content=body, headers={"content-type": "application/x-www-form-urlencoded"}
        )

        assert is_clean(answer), (value, answer.status_code, answer.text[:300])
        assert "<script>" not in answer.text
        assert ">49<" not in answer.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cookie", "x" * 60_000),
        ("cookie", "session=é\x7f; csrf-token=\xff; address=zz; language=\x01"),
        ("cookie", "address=00ff"),
        ("cookie", "address=64616e61006c"),
        ("authorization", "Bearer " + "x" * 60_000),
        ("authorization", "Bearer é.é.é"),
        ("authorization", "\xff"),
        ("accept-language", "," * 20_000),
        ("accept-language", "en;q=" + "9" * 9_000),
        ("accept-language", "\xff;q=\xff"),
        ("x-correlation-id", "' OR 1=1 --\x7f"),
        ("traceparent", "-".join("x" * 9_000)),
        ("if-none-match", "x" * 60_000),
        ("content-length", "9" * 5_000),
        ("content-length", "-1"),
        ("content-length", ""),
        ("content-type", "application/json; charset=utf-7"),
        ("idempotency-key", "x" * 256),
        ("idempotency-key", "\x7f\xff"),
        ("host", "evil.example\x7f"),
        ("x-forwarded-uri", "//\x7f%00"),
    ],
)
async def test_no_header_makes_an_answer_unclean(
    client: httpx.AsyncClient, name: str, value: str
) -> None:
    raw = [(name.encode(), value.encode("latin-1")), (b"accept", b"text/html")]
    for method, path in [
        ("GET", "/"),
        ("GET", "/sign-in"),
        ("GET", "/check-mail"),
        ("GET", "/home"),
        ("GET", "/api/v1/onboarding"),
        ("GET", "/api/v1/gate"),
        ("POST", LOGIN),
    ]:
        answer = await client.send(client.build_request(method, path, headers=raw))

        assert is_clean(answer), (method, path, answer.status_code, answer.text[:300])
        assert "evil.example" not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/sign-in?next=%00",
        "/sign-in?lang=%00&lang=%ff",
        "/verify-email?token=%00",
        "/verify-email?token=" + "x" * 9_000,
        "/reset-password?token=%ff%fe",
        "/onboarding/%00",
        "/onboarding/%2e%2e%2f%2e%2e",
        "/onboarding/x%0d%0aset-cookie:session=theirs",
        "/api/v1/onboarding/steps/%00",
        "/api/v1/gate?route=%00",
        "/api/v1/gate?route=//evil.example&blocked=99999999999999999999",
        "/api/v1/projects/not-an-id/billing-contact",
        "/dev/mail/..%2f..%2fsecrets%2fsecret_key",
        "/dev/mail/%00",
        "/static/..%2f..%2fsettings.py",
        "/static/%00",
    ],
)
async def test_no_address_makes_an_answer_unclean(
    client: httpx.AsyncClient, cast: Cast, address: str
) -> None:
    dana = await cast.dana()
    for headers in ({}, {"accept": "text/html"}, dana.headers):
        answer = await client.get(address, headers=headers)

        assert is_clean(answer), (answer.status_code, answer.text[:300])
        assert answer.headers.get("location", "").isprintable()


async def test_a_body_of_the_largest_size_is_read_and_one_byte_more_is_not(
    client: httpx.AsyncClient,
) -> None:
    largest = await client.post(LOGIN, content=b" " * MAX_BODY_BYTES, headers=JSON)
    larger = await client.post(LOGIN, content=b" " * (MAX_BODY_BYTES + 1), headers=JSON)

    assert largest.json()["error"] != "body_too_large"
    assert larger.status_code == 413
    assert larger.json()["error"] == "body_too_large"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data"])
async def test_of_a_kind_we_do_not_take_little_is_read(
    client: httpx.AsyncClient, kind: str
) -> None:
    headers = {"content-type": kind}

    little = await client.post(LOGIN, content=b"x" * OTHER_BYTES, headers=headers)
    more = await client.post(LOGIN, content=b"x" * (OTHER_BYTES + 1), headers=headers)

    assert (little.status_code, more.status_code) == (415, 413)


async def test_json_is_refused_for_its_depth_before_it_is_read(client: httpx.AsyncClient) -> None:
    def nested(levels: int) -> bytes:
        return b'{"email":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"

    deepest = await client.post(LOGIN, content=nested(MAX_DEPTH), headers=JSON)
    deeper = await client.post(LOGIN, content=nested(MAX_DEPTH + 1), headers=JSON)

    assert deepest.json()["error"] == "invalid"
    assert (deeper.status_code, deeper.json()["error"]) == (400, "body_too_deep")


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("key", [None, "a key"])
async def test_a_body_that_does_not_tell_its_size_is_cut_off(
    client: httpx.AsyncClient, kind: str, key: str | None
) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 1_000
            yield b"x" * 1_000

    headers = {"content-type": kind, **({"idempotency-key": "a-key"} if key else {})}
    answer = await client.post(LOGIN, content=pieces(), headers=headers)

    assert answer.status_code in (403, 413)
    assert is_clean(answer)


def test_the_server_refuses_endless_headers_and_serves_on(place: Running) -> None:
    port = int(place.base_url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        try:
            line.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n")
            for number in range(3_000):
                line.sendall(b"x-%d: " % number + b"y" * 1_000 + b"\r\n")
            line.sendall(b"\r\n")
            told = line.recv(1_000)
        except (ConnectionError, BrokenPipeError):
            told = b""

    assert told == b"" or told.startswith(b"HTTP/1.1 4")
    assert httpx.get(f"{place.base_url}/api/health").status_code == 200


class Told:
    """An application that tells whether it was reached."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def _ask(messages: Sequence[Message], **headers: str) -> tuple[Told, list[int]]:
    told, waiting, said = Told(), iter(messages), []

    async def receive() -> Message:
        for message in waiting:
            return message
        return await asyncio.Future()  # a sender who falls silent

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            said.append(message["status"])

    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": named}
    await BodyLimit(told, largest={"": 10}, seconds=0.05)(scope, receive, send)
    return told, said


async def test_a_body_in_parts_is_handed_on_whole() -> None:
    parts = [
        {"type": "http.request", "body": b"one ", "more_body": True},
        {"type": "http.request", "body": b"two", "more_body": False},
    ]

    told, said = await _ask(parts)

    assert (told.bodies, said) == ([b"one two"], [204])


async def test_a_body_that_breaks_off_reaches_nobody() -> None:
    parts: list[Message] = [
        {"type": "http.request", "body": b"one", "more_body": True},
        {"type": "http.disconnect"},
    ]

    told, said = await _ask(parts)

    assert (told.bodies, said) == ([], [400])


async def test_a_body_that_never_ends_reaches_nobody() -> None:
    told, said = await _ask([{"type": "http.request", "body": b"one", "more_body": True}])

    assert (told.bodies, said) == ([], [408])


async def test_a_body_found_too_large_while_reading_reaches_nobody() -> None:
    parts = [{"type": "http.request", "body": b"123456", "more_body": True}] * 2

    told, said = await _ask(parts)

    assert (told.bodies, said) == ([], [413])
