"""Turns a cookie or a bearer token into an Actor, and remembers it."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from firstmile.identity import store_grants
from firstmile.identity import store_sessions as store
from firstmile.identity.client_tokens import ClientTokens
from firstmile.identity.clients import Scope as ClientScope
from firstmile.identity.guided import is_open
from firstmile.identity.sessions import COOKIE, PERSON_TOPIC, SESSION_TOPIC
from firstmile.identity.signing import SigningKeys
from firstmile.identity.store_sessions import Holder
from firstmile.kernel.access import SCOPE_KEY, Actor
from firstmile.kernel.asgi import App, Receive, Scope, Send, cookies_of, header_of
from firstmile.kernel.clock import Clock
from firstmile.kernel.database import Database
from firstmile.kernel.ids import SessionId
from firstmile.kernel.refusals import TooMany
from firstmile.kernel.secrets import Vault
from firstmile.outside.hints import Hints
from firstmile.protect.strangers import Strangers
from firstmile.protect.verdicts import too_often

REMEMBERED = 10_000
# Once in this time a remembered session is asked for again, which also notes its use.
TRUSTED = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Memory:
    """An Actor and until when to believe it without asking."""

    actor: Actor
    until: datetime


class Authenticator:
    """Finds out who asks.

    What it found is remembered for a minute at most and forgotten when a hint says that a
    session ended or a person changed. While hints cannot be heard, nothing is remembered.
    """

    def __init__(
        self,
        *,
        database: Database,
        vault: Vault,
        keys: SigningKeys,
        client_tokens: ClientTokens,
        hints: Hints,
        clock: Clock,
        strangers: Strangers,
        cookie_name: str,
    ) -> None:
        self._database = database
        self._vault = vault
        self._keys = keys
        self._client_tokens = client_tokens
        self._hints = hints
        self._clock = clock
        self._strangers = strangers
        self._cookie = cookie_name
        self._memory: OrderedDict[bytes, Memory] = OrderedDict()
        self._changes = 0
        hints.on(SESSION_TOPIC, lambda word: self._forget(lambda a: str(a.session_id) == word))
        hints.on(
            PERSON_TOPIC,
            lambda word: self._forget(lambda a: word in (str(a.user_id), str(a.impersonator_id))),
        )

    async def ask(self, scope: Scope) -> Actor | None:
        """Who sent this request; None for nobody or for a credential that opens nothing.

        An Authorization header decides alone: a request that brings one never falls back to
        its cookie. Raises TooMany for a cookie we do not remember, of a network that tried too
        many which opened nothing.
        """
        authorization = header_of(scope, b"authorization")
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer":
                return None
            return await self._by_token(token) or await self._guided(token, scope["path"])
        cookie = cookies_of(scope).get(self._cookie)
        return await self._by_cookie(cookie, scope) if cookie else None

    async def _by_token(self, token: str) -> Actor | None:
        now = self._clock()
        memory_key = _digest("t", token)
        if actor := self._remembered(memory_key, now):
            return actor
        claims = self._keys.verify(token, now)
        if claims is None:
            return None
        seen = self._changes
        holder = await self._holder(now, session_id=SessionId(UUID(claims["sid"])))
        if holder is not None and holder.epoch != claims.get("epoch"):
            holder = None  # from before a password, a factor or the state of the account changed
        ends = datetime.fromtimestamp(claims["exp"], now.tzinfo)
        return self._remember(memory_key, holder, ends, now, seen=seen, by_cookie=False)

    async def _guided(self, token: str, path: str) -> Actor | None:
        """Whom an application guides; asked for each time, so that what has ended ends at once."""
        now = self._clock()
        claims = self._client_tokens.claims_of(token, now) if is_open(path) else None
        if claims is None or ClientScope.GUIDE not in claims["scope"].split():
            return None
        async with self._database.lease() as db:
            found = await store_grants.guided(db, UUID(claims["sid"]), now)
        if found is None:
            return None
        roles = frozenset(found.roles)
        return Actor(found.user_id, found.session_id, roles, found.locale, by_cookie=False)

    async def _by_cookie(self, cookie: str, scope: Scope) -> Actor | None:
        now = self._clock()
        memory_key = _digest("c", cookie)
        if actor := self._remembered(memory_key, now):
            return actor
        if refusing := self._strangers.refusing(scope):
            raise too_often(refusing)
        seen = self._changes
        holder = await self._holder(now, cookie_hashes=self._vault.digests(COOKIE, cookie))
        if holder is None:
            self._strangers.note(scope)
        ends = now if holder is None else holder.ends_at
        return self._remember(memory_key, holder, ends, now, seen=seen, by_cookie=True)

    async def _holder(self, now: datetime, **found_by: Any) -> Holder | None:
        async with self._database.lease() as db:
            return await store.holder(db, now=now, **found_by)

    def _remembered(self, memory_key: bytes, now: datetime) -> Actor | None:
        memory = self._memory.get(memory_key)
        if memory is not None and now < memory.until and self._hints.is_current:
            return memory.actor
        return None

    def _remember(
        self,
        memory_key: bytes,
        holder: Holder | None,
        ends: datetime,
        now: datetime,
        *,
        seen: int,
        by_cookie: bool,
    ) -> Actor | None:
        if holder is None:
            self._memory.pop(memory_key, None)
            return None
        actor = Actor(
            user_id=holder.user_id,
            session_id=holder.session_id,
            roles=frozenset(holder.roles),
            locale=holder.locale,
            by_cookie=by_cookie,
            proved_at=holder.proved_at,
            staff_role=holder.staff_role,
            impersonator_id=holder.impersonator_id,
        )
        # A hint that came while we asked may be about what we just read: then do not keep it.
        if self._hints.is_current and seen == self._changes:
            until = min(now + TRUSTED, ends, holder.ends_at)
            self._memory[memory_key] = Memory(actor, until)
            self._memory.move_to_end(memory_key)
            if len(self._memory) > REMEMBERED:
                self._memory.popitem(last=False)
        return actor

    def _forget(self, concerns: Callable[[Actor], bool]) -> None:
        self._changes += 1
        gone = [key for key, memory in self._memory.items() if concerns(memory.actor)]
        for key in gone:
            del self._memory[key]


class Authenticate:
    """Lets a route ask who is there; a route that does not ask costs nothing."""

    def __init__(self, app: App, authenticator: Authenticator) -> None:
        self.app = app
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked: list[Actor | None] = []

            async def asking() -> Actor | None:
                if not asked:
                    try:
                        asked.append(await self._authenticator.ask(scope))
                    except TooMany:
                        asked.append(None)  # for the page that tells of it
                        raise
                return asked[0]

            scope[SCOPE_KEY] = asking
        await self.app(scope, receive, send)


def _digest(kind: str, value: str) -> bytes:
    return blake2b(f"{kind}{value}".encode(), digest_size=16).digest()
