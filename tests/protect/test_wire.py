"""What cannot be said in HTTP politely: sent as bytes to the real server, as an attacker would."""

import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.running import Running

HOST = b"Host: localhost\r\n"
POST = b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST
GET = b"GET /livez HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
# What an attacker hopes to have answered as a request of its own.
SECOND = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"
ANSWERED = b'"ready"'
PATIENCE = 15.0  # seconds; the server closes after 10

# Answered with 400, and the connection is closed.
REFUSED = {
    "a coding that is unknown": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "an unknown coding and a length": POST
    + b"Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked, but not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked after another": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice in a line": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice in two lines": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two codings": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "two codings, turned round": POST
    + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a coding in quotes": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "no coding": POST + b"Transfer-Encoding: \r\nContent-Length: 0\r\n\r\n",
    "chunks in HTTP/1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n",
    "a coding on a folded line": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 5\r\n\r\nAAAAA",
    "a list of lengths": POST + b"Content-Length: 1, 1\r\n\r\nA",
    "a list of two lengths": POST + b"Content-Length: 1, 5\r\n\r\nA",
    "a length with a sign": POST + b"Content-Length: +1\r\n\r\nA",
    "a length below nothing": POST + b"Content-Length: -1\r\n\r\nA",
    "a length in hexadecimal": POST + b"Content-Length: 0x1\r\n\r\nA",
    "no length": POST + b"Content-Length: \r\n\r\n",
    "a length in two words": POST + b"Content-Length: 1 1\r\n\r\nA",
    "a length beyond counting": POST + b"Content-Length: 99999999999999999999999\r\n\r\nA",
    "a space before the colon of a length": POST + b"Content-Length : 1\r\n\r\nA",
    "a bare CR in a value": POST + b"X: a\rTransfer-Encoding: chunked\r\n\r\n",
    "bare CRs as line ends": b"GET /livez HTTP/1.1\rHost: localhost\r\r",
    "a folded line": GET + b"X: a\r\n b\r\n\r\n",
    "a first line that is folded": b"GET /livez HTTP/1.1\r\n X: a\r\n" + HOST + b"\r\n",
    "NUL in a value": GET + b"X: a\0b\r\n\r\n",
    "NUL in a name": GET + b"X\0: ab\r\n\r\n",
    "a line without a colon": GET + b"Xab\r\n\r\n",
    "a line without a name": GET + b": ab\r\n\r\n",
    "no host": b"GET /livez HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"Host: evil.example\r\n\r\n",
    "a host with a user": b"GET /livez HTTP/1.1\r\nHost: user@evil.example\r\n\r\n",
    "every address at once": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "an address without a slash": b"GET livez HTTP/1.1\r\n" + HOST + b"\r\n",
    "no version": b"GET /livez\r\n\r\n",
    "a version to come": b"GET /livez HTTP/1.2\r\n" + HOST + b"\r\n",
    "HTTP/2 in words": b"GET /livez HTTP/2.0\r\n" + HOST + b"\r\n",
    "two spaces": b"GET  /livez HTTP/1.1\r\n" + HOST + b"\r\n",
    "tabs for spaces": b"GET\t/livez\tHTTP/1.1\r\n" + HOST + b"\r\n",
    "an address of no alphabet": b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
    "an endless extension of a chunk": CHUNKED + b"1;" + b"a" * 65_000 + b"\r\nA\r\n0\r\n\r\n",
    "a line in an extension": CHUNKED + b"1;a\nb\r\nA\r\n0\r\n\r\n",
    "a chunk's size with a bare LF": CHUNKED + b"1\nA\r\n0\r\n\r\n",
    "a chunk's size beyond counting": CHUNKED + b"FFFFFFFFFFFFFFFFF\r\nA\r\n0\r\n\r\n",
    "a chunk's size with a prefix": CHUNKED + b"0x1\r\nA\r\n0\r\n\r\n",
    "a chunk's size with a sign": CHUNKED + b"-1\r\nA\r\n0\r\n\r\n",
    "a chunk that goes on": CHUNKED + b"1\r\nAXX0\r\n\r\n",
    "a chunk that ends with a bare LF": CHUNKED + b"1\r\nA\n0\r\n\r\n",
}
# Chunks and a length: read by the chunks, as RFC 9112 says (section 6.1), and closed after it. What
# a server before us took for the next request is read by nobody.
READ_AND_CLOSED = {
    "a length, then chunks": POST
    + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "chunks, then a length": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "as much, on a line kept open": POST
    + b"Connection: keep-alive\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}
# Let in, because there is one reading only: what follows is the next request, and nothing else.
READ_IN_ONE_WAY = {
    "chunks": CHUNKED + b"2\r\n{}\r\n0\r\n\r\n",
    "chunks in capitals": POST + b"Transfer-Encoding: CHUNKED\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "the same length twice": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a length with zeros": POST + b"Content-Length: 0002\r\n\r\n{}",
    "lines that end with LF": b"GET /livez HTTP/1.1\nHost: localhost\n\n",
    "a chunk with an extension": CHUNKED + b"2;a=b\r\n{}\r\n0\r\n\r\n",
    "a length in a trailer": CHUNKED + b"2\r\n{}\r\n0\r\nContent-Length: 50\r\n\r\n",
    "a body where none belongs": GET + b"Content-Length: 2\r\n\r\n{}",
    "chunks where none belong": GET + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "empty lines before it": b"\r\n\r\n" + GET + b"\r\n",
}
TOO_LONG = {
    "a header": (431, GET + b"X: " + b"a" * 100_000 + b"\r\n\r\n"),
    "many headers": (431, GET + b"".join(b"X%d: a\r\n" % n for n in range(150)) + b"\r\n"),
    "an address": (431, b"GET /" + b"a" * 66_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
}
# What somebody sends who wants to be waited for.
SLOW: dict[str, bytes] = {
    "nothing": b"",
    "a letter": b"G",
    "half a head": b"GET /livez HTTP/1.1\r\nHost: local",
    "nothing after an answer": GET + b"\r\n",
    "half a head after an answer": GET + b"\r\nGET /li",
    "half a body": POST + b"Content-Length: 40\r\nContent-Type: application/json\r\n\r\n{",
    "half a chunk": CHUNKED + b"5\r\n{",
}


def statuses(answers: bytes) -> list[int]:
    """The statuses of the answers in what was received."""
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", answers)]


@pytest.fixture
def send(place: Running) -> Callable[..., tuple[bytes, bool]]:
    """Sends bytes; what came back, and whether the server then closed."""
    port = int(place.base_url.rsplit(":", 1)[1])

    def ask(sent: bytes, *, enough: int = 99, drip: bool = False) -> tuple[bytes, bool]:
        got = b""
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
            try:
                if drip:
                    _drip(line, sent)
                else:
                    line.sendall(sent)
                while len(statuses(got)) < enough:
                    piece = line.recv(65_536)
                    if not piece:
                        return got, True
                    got += piece
            except ConnectionError:
                return got, True
            except TimeoutError:
                pass
        return got, False

    return ask


def _drip(line: socket.socket, sent: bytes) -> None:
    """A byte a third of a second, until the other side has enough of it."""
    line.settimeout(0.3)
    for byte in sent:
        line.sendall(bytes([byte]))
        try:
            if line.recv(1, socket.MSG_PEEK) == b"":
                return
        except TimeoutError:
            continue
    line.settimeout(PATIENCE)


def test_no_request_is_smuggled_in(send: Callable[..., tuple[bytes, bool]]) -> None:
    wrong = {}
    for name, sent in REFUSED.items():
        got, is_closed = send(sent + SECOND)
        if statuses(got) != [400] or not is_closed:
            wrong[name] = (statuses(got), is_closed)
    for name, sent in READ_AND_CLOSED.items():
        got, is_closed = send(sent + SECOND)
        if len(statuses(got)) != 1 or not is_closed:
            wrong[name] = (statuses(got), is_closed)
    for name, sent in READ_IN_ONE_WAY.items():
        got, _ = send(sent + SECOND, enough=2)
        if len(statuses(got)) != 2 or got.count(ANSWERED) != 1 or statuses(got)[1] != 200:
            wrong[name] = (statuses(got), ANSWERED in got)
    for name, (status, sent) in TOO_LONG.items():
        got, is_closed = send(sent + SECOND)
        if statuses(got) != [status] or not is_closed:
            wrong[name] = (statuses(got), is_closed)

    assert wrong == {}
    assert send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")[1]


def test_nobody_is_waited_for_who_never_comes_to_an_end(
    send: Callable[..., tuple[bytes, bool]],
) -> None:
    with ThreadPoolExecutor(max_workers=len(SLOW) + 1) as several:
        asked = {name: several.submit(send, sent) for name, sent in SLOW.items()}
        asked["a byte at a time"] = several.submit(send, GET + b"X: " + b"a" * 60, drip=True)
        seen = {name: answer.result() for name, answer in asked.items()}

    assert [name for name, (_, is_closed) in seen.items() if not is_closed] == []
    assert statuses(seen["half a body"][0]) == [408]
    assert b'"body_too_slow"' in seen["half a chunk"][0]
    assert b"granian" not in b"".join(got for got, _ in seen.values())
