"""Takes a person from an application's request to its answer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from authlib.oidc.core.errors import LoginRequiredError

from firstmile.identity import applications, store, store_clients, store_factors, store_sessions
from firstmile.identity.authorization import (
    AuthorizationRequest,
    Present,
    Query,
    Step,
    broken,
    next_step,
)
from firstmile.identity.client_registry import Clients
from firstmile.identity.client_tokens import ClientTokens
from firstmile.identity.clients import Client
from firstmile.identity.grants import Grants
from firstmile.identity.models import Session
from firstmile.identity.policy import has_two_factors, proved_at
from firstmile.identity.store_grants import Grant, grant_by_id
from firstmile.kernel.access import Actor
from firstmile.kernel.database import Connection
from firstmile.kernel.languages import N_
from firstmile.kernel.work import Work


@dataclass(frozen=True)
class Advanced:
    """What is to be done next, or the code when there is nothing left to do."""

    step: Step
    code: str | None = None


@dataclass(frozen=True)
class Leaving:
    """A request to sign out, in order: from which application, and where to go on to."""

    client: Client | None
    uri: str | None
    state: str | None
    grant: Grant | None

    def is_of(self, actor: Actor) -> bool:
        """Whether it is about the very session that is here, so that nobody need be asked."""
        return self.grant is not None and self.grant.session_id == actor.session_id


class Authorizations:
    """Holds what an application asks against who is there; what it may not have is an error."""

    def __init__(self, clients: Clients, grants: Grants, tokens: ClientTokens) -> None:
        self._clients = clients
        self._grants = grants
        self._tokens = tokens

    async def advance(
        self,
        work: Work,
        actor: Actor | None,
        asked: AuthorizationRequest,
        *,
        hint: str | None = None,
        asked_at: datetime | None = None,
        is_allowed: bool = False,
    ) -> Advanced:
        """One step on. `is_allowed` is what the person has just said on the page that asks."""
        if actor is not None and actor.impersonator_id is not None:
            raise LoginRequiredError("Nobody signs in to applications in the place of another.")
        session = await self._session(work, actor)
        present = session and await self._present(work.db, session, asked.client, hint)
        step = next_step(asked, present or None, now=work.now, asked_at=asked_at)
        if step is Step.CONSENT and is_allowed and actor is not None:
            await applications.allow(work, actor, asked)
            step = Step.GRANT
        if step is not Step.GRANT or session is None:
            return Advanced(step)
        return Advanced(step, await self._grants.begin(work, session, asked))

    async def leaving(self, db: Connection, query: Query) -> Leaving:
        """What a request to sign out is about; raises Malformed for an address not registered.

        The hint may be old (OpenID Connect RP-Initiated Logout 1.0, section 4).
        """
        hint = query.get("id_token_hint")
        claims = (self._tokens.hint(hint) if hint else None) or {}
        client_id = claims.get("aud", query.get("client_id"))
        if query.repeated or query.get("client_id") not in (None, client_id):
            raise broken(N_("The link that brought you here cannot be read."))
        client, uri = await self._clients.find(db, client_id), query.get("post_logout_redirect_uri")
        if uri is not None and (client is None or not client.logs_out_to(uri)):
            raise broken(
                N_("The application asks to send you to an address it has not registered.")
            )
        grant = await grant_by_id(db, UUID(claims["sid"])) if claims else None
        return Leaving(client, uri, query.get("state"), grant)

    async def _session(self, work: Work, actor: Actor | None) -> Session | None:
        """The session that is here, held: whoever ends it now ends what begins here, too."""
        if actor is None:
            return None
        session = await store_sessions.lock_session(work.db, actor.session_id)
        return session if session is not None and session.is_alive(work.now) else None

    async def _present(
        self, db: Connection, session: Session, client: Client, hint: str | None
    ) -> Present:
        user = await store.user_by_id(db, session.user_id)
        demands = await store_factors.demands_of(db, user)
        meant = self._tokens.hint(hint) if hint else None
        return Present(
            user_id=user.id,
            proved_at=proved_at(session.evidence) or session.created_at,
            has_two_factors=has_two_factors(session.evidence),
            can_show_second=bool(demands.second_factors),
            allowed=await store_clients.allowed(db, user.id, client.id),
            is_who_was_meant=hint is None or (meant or {}).get("sub") == str(user.id),
        )
