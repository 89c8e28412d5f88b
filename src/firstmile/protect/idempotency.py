"""`Idempotency-Key`: a POST that is sent again gets the answer it got the first time.

After draft-ietf-httpapi-idempotency-key-header: the key is claimed in the transaction of the
request itself, so of two at once the second waits for the first and then repeats its answer.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

import msgspec

from firstmile.kernel.access import Actor, visitor
from firstmile.kernel.answers import Answer, work_of
from firstmile.kernel.asgi import BODY, App, Receive, Scope, Send, only_asks
from firstmile.kernel.languages import N_
from firstmile.kernel.problems import respond
from firstmile.kernel.refusals import Unavailable
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Works
from firstmile.protect import store
from firstmile.protect.incoming import INCOMING
from firstmile.protect.store import KeyInUse, Remembered

HEADER = b"idempotency-key"
SEALED_AS = "idempotency"
REPLAYED = (b"idempotency-replayed", b"true")
PATIENCE = 5.0  # seconds: a few sign-ins ahead of ours
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
        # A claim holds a connection, and the request behind it may need one more for a moment.
        # Were every connection a claim's, each would wait for another's.
        self._places = asyncio.Semaphore(max(1, works.database.size // 2))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_post = scope["type"] == "http" and scope["method"] == "POST" and not only_asks(scope)
        # A form with a file is not kept: its bytes are still on their way.
        key = _key_of(scope) if is_post and INCOMING not in scope else None
        if key is None:
            await self.app(scope, receive, send)
            return
        if not ACCEPTED.fullmatch(key):
            await respond(
                send,
                status=400,
                error="idempotency_key_invalid",
                message=N_("Idempotency-Key takes 1 to 255 printable ASCII characters."),
            )
            return
        actor = await visitor(scope)
        if actor is None and _brings_credential(scope):
            await self.app(scope, receive, send)  # one that opens nothing: let the route say so
            return
        async with self._place():
            await self._once(scope, receive, send, _scoped(scope, actor, key))

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """One of the places for requests that hold a claim; Unavailable when none is free."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._places.acquire()
        except TimeoutError as late:
            raise Unavailable(
                N_("The service is busy. Try again in a moment."), retry_after=1
            ) from late
        try:
            yield
        finally:
            self._places.release()

    async def _once(self, scope: Scope, receive: Receive, send: Send, key: bytes) -> None:
        key_hash = self._vault.digest(SEALED_AS, key)
        request_hash = sha256(scope.get(BODY, b"")).digest()
        work = await work_of(scope, self._works)
        try:
            is_ours = await store.claim(work.db, key_hash, request_hash, work.now)
        except KeyInUse:
            await self._repeat(None, request_hash, send)
            return
        if is_ours:
            answer = Answer()
            await self.app(scope, receive, answer.hold)
            if answer.status < 400:
                await store.remember(work.db, key_hash, self._sealed(answer))
            await answer.leave(send)
        else:
            known = await store.remembered(work.db, key_hash)
            await self._repeat(known, request_hash, send)

    def _sealed(self, answer: Answer) -> bytes:
        kept = SealedAnswer(answer.status, _kept_headers(answer), answer.body)
        return self._vault.seal(SEALED_AS, msgspec.msgpack.encode(kept))

    async def _repeat(self, known: Remembered | None, request_hash: bytes, send: Send) -> None:
        if known is None or known.answer is None:
            await respond(
                send,
                status=409,
                error="idempotency_key_in_use",
                message=N_("A request with this Idempotency-Key is under way."),
            )
        elif known.request_hash != request_hash:
            await respond(
                send,
                status=422,
                error="idempotency_key_reused",
                message=N_("This Idempotency-Key was used for another request."),
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


def _brings_credential(scope: Scope) -> bool:
    return any(name == b"authorization" for name, _ in scope["headers"])


def _scoped(scope: Scope, actor: Actor | None, key: bytes) -> bytes:
    """The key together with who uses it and where: another person's key is another key."""
    person = b"" if actor is None else actor.user_id.bytes
    return b"|".join((scope["path"].encode(), person, key))


def _kept_headers(answer: Answer) -> list[tuple[bytes, bytes]]:
    for message in answer.messages:
        if message["type"] == "http.response.start":
            return [(n, v) for n, v in message.get("headers", ()) if n.lower() in KEPT_HEADERS]
    return []
