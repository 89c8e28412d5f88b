"""Signs people in to applications: hands out codes, redeems them, refreshes and revokes."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidScopeError

from firstmile.identity import grant_endings, store, store_clients
from firstmile.identity import store_grants as grants
from firstmile.identity.authorization import AuthorizationRequest
from firstmile.identity.client_tokens import (
    ClientTokens,
    Given,
    Purpose,
    answers_challenge,
    named_by,
)
from firstmile.identity.clients import Client, Scope
from firstmile.identity.events_openid import ApplicationSignedIn, ApplicationTokenReused
from firstmile.identity.models import Session, User
from firstmile.identity.policy import has_two_factors, proved_at, references
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.store_grants import Grant
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import new_id
from firstmile.kernel.work import Work

SALT_BYTES = 32


@dataclass(frozen=True)
class Bearer:
    """Who an access token of an application is about, and what it may be told."""

    grant: Grant
    client: Client
    user: User
    scopes: Sequence[str]
    expires_at: datetime


class Grants:
    """Each sign-in of a person to an application, from its code to its end.

    What is refused raises an error of OAuth (RFC 6749, 5.2). A code or refresh token that comes
    back after its use ends the sign-in with all it gave; that is told by None, and is to be
    committed.
    """

    def __init__(self, tokens: ClientTokens, settings: IdentitySettings) -> None:
        self._tokens = tokens
        self._settings = settings

    async def begin(self, work: Work, session: Session, asked: AuthorizationRequest) -> str:
        """The code that goes back to the application; the session is held by the caller."""
        grant = self._begun(work, session, asked)
        await grants.add_grant(work.db, grant)
        return self._tokens.bearer(Purpose.CODE, grant)

    async def redeem(
        self, work: Work, client: Client, code: str, *, verifier: str, redirect_uri: str
    ) -> Given | None:
        """Tokens for a code, once; it must be this application's, and the verifier its own."""
        grant, _ = await self._found(work, client, Purpose.CODE, code)
        if redirect_uri != grant.redirect_uri:
            raise InvalidGrantError("The redirect_uri is not the one of the request.")
        if not answers_challenge(verifier, grant.challenge):
            raise InvalidGrantError("The code_verifier does not answer the code_challenge.")
        if grant.redeemed_at is not None:
            await self._end_reused(work, grant)
            return None
        life = timedelta(seconds=self._settings.authorization_code_seconds)
        if not grant.is_alive(work.now) or work.now >= grant.created_at + life:
            raise _invalid()
        await self._person(work.db, grant)
        if not await grants.redeem(work.db, grant, work.now):
            raise _invalid()
        work.announce(
            ApplicationSignedIn(user_id=grant.user_id, client_id=client.id, scopes=[*grant.scopes])
        )
        begun = replace(grant, generation=1)
        return self._tokens.given(begun, grant.scopes, work.now, nonce=grant.nonce)

    async def refresh(
        self, work: Work, client: Client, token: str, *, scope: str | None
    ) -> Given | None:
        """The next tokens, for all scopes or for fewer; every holder of one gets the same."""
        grant, generation = await self._found(work, client, Purpose.REFRESH, token)
        rests = work.now - grant.rotated_at
        if not grant.is_alive(work.now) or rests >= self._settings.application_idle:
            raise _invalid()
        scopes = _narrowed(grant.scopes, scope)
        await self._person(work.db, grant)
        if generation == grant.generation:
            new = await grants.rotate(work.db, grant, work.now)
        elif generation == grant.generation - 1 and rests < self._settings.refresh_grace:
            new = grant.generation
        else:
            await self._end_reused(work, grant)
            return None
        return self._tokens.given(replace(grant, generation=new), scopes, work.now)

    async def bearer(self, db: Connection, access_token: str, now: datetime) -> Bearer | None:
        """Whom a token is about; asked for each time, so that what has ended ends at once."""
        claims = self._tokens.claims_of(access_token, now)
        grant = await grants.grant_by_id(db, UUID(claims["sid"])) if claims else None
        if claims is None or grant is None or not grant.is_alive(now):
            return None
        client = await store_clients.client_by_id(db, grant.client_id)
        user = await store.user_by_id(db, grant.user_id)
        if client is None or client.disabled_at is not None or user.locked_at is not None:
            return None
        expires_at = datetime.fromtimestamp(claims["exp"], now.tzinfo)
        return Bearer(grant, client, user, claims["scope"].split(), expires_at)

    async def lasting(
        self, db: Connection, client: Client, refresh_token: str, now: datetime
    ) -> Grant | None:
        """The sign-in a refresh token would go on with."""
        named = named_by(refresh_token)
        grant = await grants.grant_by_id(db, named.grant_id) if named else None
        if named is None or grant is None or grant.client_id != client.id:
            return None
        is_newest = named.generation == grant.generation and grant.is_alive(now)
        is_resting = now - grant.rotated_at >= self._settings.application_idle
        is_ours = self._tokens.is_ours(Purpose.REFRESH, grant, named)
        return grant if is_ours and is_newest and not is_resting else None

    async def revoke(self, work: Work, client: Client, token: str) -> None:
        """End the sign-in this token is of, if it is the application's own (RFC 7009)."""
        claims = self._tokens.claims_of(token, work.now)
        if claims is not None:
            grant = await grants.lock_grant(work.db, UUID(claims["sid"]))
            if grant is not None and grant.client_id == client.id:
                await grant_endings.end(work, grant, "revoked_by_application", is_told=False)
            return
        try:
            grant, _ = await self._found(work, client, Purpose.REFRESH, token)
        except InvalidGrantError:
            return
        await grant_endings.end(work, grant, "revoked_by_application", is_told=False)

    def _begun(self, work: Work, session: Session, asked: AuthorizationRequest) -> Grant:
        is_lasting = Scope.OFFLINE in asked.scopes
        lasts = work.now + self._settings.application_life
        return Grant(
            id=new_id(),
            user_id=session.user_id,
            client_id=asked.client.id,
            session_id=session.id,
            scopes=asked.scopes,
            redirect_uri=asked.redirect_uri,
            challenge=asked.challenge,
            nonce=asked.nonce,
            auth_time=proved_at(session.evidence) or session.created_at,
            acr="aal2" if has_two_factors(session.evidence) else "aal1",
            amr=references(session.evidence),
            salt=os.urandom(SALT_BYTES),
            generation=0,
            created_at=work.now,
            redeemed_at=None,
            rotated_at=work.now,
            expires_at=lasts if is_lasting else session.expires_at,
        )

    async def _found(
        self, work: Work, client: Client, purpose: Purpose, value: str
    ) -> tuple[Grant, int]:
        """The sign-in a value belongs to, held; another application's is like a made-up one."""
        named = named_by(value)
        grant = await grants.lock_grant(work.db, named.grant_id) if named else None
        if named is None or grant is None or grant.client_id != client.id:
            raise _invalid()
        if not self._tokens.is_ours(purpose, grant, named):
            raise _invalid()
        return grant, named.generation

    async def _person(self, db: Connection, grant: Grant) -> User:
        user = await store.user_by_id(db, grant.user_id)
        if user.locked_at is not None:
            raise _invalid()
        return user

    async def _end_reused(self, work: Work, grant: Grant) -> None:
        if await grant_endings.end(work, grant, "reused"):
            work.announce(ApplicationTokenReused(user_id=grant.user_id, client_id=grant.client_id))


def _narrowed(granted: Sequence[str], scope: str | None) -> Sequence[str]:
    """The scopes asked for, none of them new (RFC 6749, section 6)."""
    if scope is None:
        return granted
    wanted = set(scope.split())
    if not wanted or not wanted <= set(granted):
        raise InvalidScopeError("A refresh gives no scope that was not given before.")
    return [one for one in granted if one in wanted]


def _invalid() -> Exception:
    refusal: Exception = InvalidGrantError("It is not known, was used, or is over.")
    return refusal
