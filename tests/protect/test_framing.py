"""What two servers could read differently: which requests a layer of ours refuses."""

import pytest

from firstmile.kernel.asgi import Message, Receive, Scope, Send
from firstmile.protect.framing import Framing

Headers = list[tuple[bytes, bytes]]
HERE: Headers = [(b"host", b"localhost:8000")]


async def status_of(headers: Headers, *, path: str = "/", version: str = "1.1") -> int:
    """200 when the application was reached."""
    said: list[Message] = []

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        said.append(message)

    scope = {"type": "http", "path": path, "http_version": version, "headers": headers}
    await Framing(app)(scope, receive, send)
    start = said[0]
    assert ((b"connection", b"close") in start["headers"]) is (start["status"] == 400)
    return int(start["status"])


@pytest.mark.parametrize(
    "headers",
    [
        HERE,
        [(b"host", b"example.org")],
        [(b"host", b"[::1]:8000")],
        [(b"host", b"xn--bcher-kva.example")],
        [*HERE, (b"content-length", b"0")],
        [*HERE, (b"transfer-encoding", b"chunked")],
        [*HERE, (b"transfer-encoding", b"Chunked ")],
    ],
)
async def test_a_plain_request_is_let_in(headers: Headers) -> None:
    assert await status_of(headers) == 200


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"host", b"")],
        [*HERE, *HERE],
        [(b"host", b"somebody@example.org")],
        [(b"host", b"example.org/path")],
        [(b"host", b"example.org, evil.example")],
        [(b"host", b"example org")],
        [*HERE, (b"transfer-encoding", b"gzip, chunked")],
        [*HERE, (b"transfer-encoding", b"identity"), (b"transfer-encoding", b"chunked")],
        [*HERE, (b"transfer-encoding", b"chunked"), (b"transfer-encoding", b"chunked")],
        [*HERE, (b"transfer-encoding", b"xchunked")],
        [*HERE, (b"transfer-encoding", b"")],
        [*HERE, (b"transfer-encoding", b"chunked"), (b"content-length", b"3")],
        [*HERE, (b"content-length", b"3"), (b"content-length", b"3")],
        [*HERE, (b"content-length", b"3, 3")],
        [*HERE, (b"content-length", b"+3")],
        [*HERE, (b"content-length", b"-1")],
        [*HERE, (b"content-length", b"")],
        [*HERE, (b"content-length", b"0x3")],
        [*HERE, (b"content-length", b"9" * 19)],
        [*HERE, (b"content-length", "٣".encode())],
    ],
)
async def test_what_can_be_read_in_two_ways_is_refused(headers: Headers) -> None:
    assert await status_of(headers) == 400


@pytest.mark.parametrize("path", ["", "*", "evil.example:443", "http://evil.example/"])
async def test_a_target_that_is_no_path_is_refused(path: str) -> None:
    assert await status_of(HERE, path=path) == 400


async def test_the_probe_of_a_load_balancer_need_not_name_a_host() -> None:
    assert await status_of([], version="1.0") == 200
