"""`Idempotency-Key`: a POST that is sent again gets the answer it got the first time.

After draft-ietf-httpapi-idempotency-key-header: the key is claimed in the transaction of the
request itself, so of two at once the second waits for the first and then repeats its answer.
"""

import re
from hashlib import sha256

import msgspec

from firstmile.kernel.answers import Answer, work_of
from firstmile.kernel.asgi import App, Message, Receive, Scope, Send
from firstmile.kernel.problems import respond
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works
from firstmile.protect import store
from firstmile.protect.bodies import MAX_BODY_BYTES
from firstmile.protect.store import Remembered

HEADER = b"idempotency-key"
SEALED_AS = "idempotency"
REPLAYED = (b"idempotency-replayed", b"true")
ACCEPTED = re.compile(rb"[\x21-\x7e]{1,255}")
# Of a later answer only these may repeat; the others belong to the request at hand.
KEPT_HEADERS = frozenset({b"content-type", b"set-cookie", b"location", b"etag"})


class SealedAnswer(msgspec.Struct, array_like=True):
    """An answer as it is kept."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Idempotency:
    """Remembers the answer to each POST that carries a key, for 24 h."""

    def __init__(self, app: App, works: Works, vault: Vault) -> None:
        self.app = app
        self._works = works
        self._vault = vault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key_of(scope) if scope["type"] == "http" and scope["method"] == "POST" else None
        if key is None:
            await self.app(scope, receive, send)
            return
        if not ACCEPTED.fullmatch(key):
            await respond(
                send,
                status=400,
                error="idempotency_key_invalid",
                message="Idempotency-Key takes 1 to 255 printable ASCII characters.",
            )
            return
        body = await _read(receive)
        key_hash = self._vault.digest(SEALED_AS, _scoped(scope, key))
        request_hash = sha256(body).digest()
        work = await work_of(scope, self._works)
        if await store.claim(work.db, key_hash, request_hash, work.now):
            await self._answer(scope, body, work, key_hash, send)
        else:
            known = await store.remembered(work.db, key_hash)
            await self._repeat(known, request_hash, send)

    async def _answer(
        self, scope: Scope, body: bytes, work: Work, key_hash: bytes, send: Send
    ) -> None:
        answer = Answer()
        await self.app(scope, _handing(body), answer.hold)
        if answer.status < 400:
            kept = SealedAnswer(answer.status, _kept_headers(answer), answer.body)
            sealed = self._vault.seal(SEALED_AS, msgspec.msgpack.encode(kept))
            await store.remember(work.db, key_hash, sealed)
        await answer.leave(send)

    async def _repeat(self, known: Remembered | None, request_hash: bytes, send: Send) -> None:
        if known is None or known.answer is None:
            await respond(
                send,
                status=409,
                error="idempotency_key_in_use",
                message="A request with this Idempotency-Key is under way.",
            )
        elif known.request_hash != request_hash:
            await respond(
                send,
                status=422,
                error="idempotency_key_reused",
                message="This Idempotency-Key was used for another request.",
            )
        else:
            kept = msgspec.msgpack.decode(
                self._vault.open(SEALED_AS, known.answer), type=SealedAnswer
            )
            length = (b"content-length", b"%d" % len(kept.body))
            headers = [*kept.headers, length, REPLAYED]
            await send({"type": "http.response.start", "status": kept.status, "headers": headers})
            await send({"type": "http.response.body", "body": kept.body, "more_body": False})


def _key_of(scope: Scope) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == HEADER), None)


def _scoped(scope: Scope, key: bytes) -> bytes:
    """The key together with who uses it and where: another caller's key is another key."""
    caller = b"".join(
        name + b"=" + value + b";"
        for name, value in scope["headers"]
        if name in (b"authorization", b"cookie")
    )
    return b"|".join((scope["path"].encode(), sha256(caller).digest(), key))


def _kept_headers(answer: Answer) -> list[tuple[bytes, bytes]]:
    for message in answer.messages:
        if message["type"] == "http.response.start":
            return [(n, v) for n, v in message.get("headers", ()) if n.lower() in KEPT_HEADERS]
    return []


async def _read(receive: Receive) -> bytes:
    body = b""
    while len(body) <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


def _handing(body: bytes) -> Receive:
    handed = False

    async def receive() -> Message:
        nonlocal handed
        if handed:
            return {"type": "http.disconnect"}
        handed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
