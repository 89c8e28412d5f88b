"""A bucket that speaks as much S3 as we ask of one, on a port of this machine."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ENTRY = (
    "<Contents><Key>{key}</Key><LastModified>{moment}</LastModified>"
    '<ETag>"x"</ETag><Size>{size}</Size></Contents>'
)
LIST = "<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
ERROR = "<Error><Code>{code}</Code><Message>no</Message></Error>"


@dataclass
class Bucket:
    """What it holds, whether it answers at all, and who asked."""

    url: str = ""
    held: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    is_ill: bool = False
    signed: list[bool] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The usual settings of the programs that use one."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "the name of a key",
            "AWS_SECRET_ACCESS_KEY": "the key",
            "AWS_REGION": "eu-west-3",
        }

    def put(self, key: str, content: bytes, moment: datetime | None = None) -> None:
        self.held[key] = (content, moment or datetime.now(UTC))


class Server(ThreadingHTTPServer):
    """Answers for a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.bucket = bucket


class Request(BaseHTTPRequestHandler):
    """One question to a bucket."""

    protocol_version = "HTTP/1.1"
    server: Server

    @property
    def _bucket(self) -> Bucket:
        return self.server.bucket

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/bucket").lstrip("/")

    def _answer(self, status: int, body: bytes = b"") -> None:
        self._bucket.signed.append("AWS4-HMAC-SHA256" in self.headers.get("authorization", ""))
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("etag", '"x"')
        if self._key() in self._bucket.held:
            moment = self._bucket.held[self._key()][1]
            self.send_header("last-modified", f"{moment:%a, %d %b %Y %H:%M:%S} GMT")
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        if self._bucket.is_ill:
            self._answer(500, ERROR.format(code="InternalError").encode())
            return
        self._bucket.put(self._key(), content)
        self._answer(200)

    def do_GET(self) -> None:
        if self._bucket.is_ill:
            self._answer(500, ERROR.format(code="InternalError").encode())
        elif "list-type" in (query := parse_qs(urlsplit(self.path).query)):
            prefix = query.get("prefix", [""])[0]
            entries = [
                ENTRY.format(key=key, moment=f"{moment:%Y-%m-%dT%H:%M:%S}.000Z", size=len(held))
                for key, (held, moment) in sorted(self._bucket.held.items())
                if key.startswith(prefix)
            ]
            self._answer(200, LIST.format(entries="".join(entries)).encode())
        elif self._key() in self._bucket.held:
            self._answer(200, self._bucket.held[self._key()][0])
        else:
            self._answer(404, ERROR.format(code="NoSuchKey").encode())

    def do_POST(self) -> None:
        """Remove several at once, which is how one is removed, too."""
        asked = self.rfile.read(int(self.headers["content-length"])).decode()
        keys = re.findall(r"<Key>([^<]+)</Key>", asked)
        for key in keys:
            self._bucket.held.pop(key, None)
        removed = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{removed}</DeleteResult>".encode())


@contextmanager
def a_bucket() -> Iterator[Bucket]:
    """A bucket for the time of the block."""
    bucket = Bucket()
    with Server(bucket) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        bucket.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield bucket
        finally:
            server.shutdown()
