"""Registers applications, gives them secrets, and knows them again."""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6749.util import extract_basic_authorization

from firstmile.identity import store_clients as store
from firstmile.identity.clients import Client, Registration, checked_registration
from firstmile.identity.events_openid import (
    ApplicationChanged,
    ApplicationClosed,
    ApplicationOpened,
    ApplicationRegistered,
    ApplicationSecretRenewed,
)
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId, new_id, new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Invalid, NotFound
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work

SECRET = "client_secret"  # noqa: S105  a purpose, not a secret
# A secret that was replaced counts on while it is replaced on every server.
OVERLAP = timedelta(days=1)


class Clients:
    """The applications of this place. `staff_id` is who does it; None from the command line."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def register(
        self, work: Work, wanted: Registration, *, staff_id: UserId | None
    ) -> tuple[Client, str | None]:
        """A new application with its secret, which nobody can read again; raises Invalid."""
        checked = checked_registration(wanted)
        client = Client(
            id=new_id(),
            name=checked.name,
            kind=checked.kind,
            is_first_party=checked.is_first_party,
            home_url=checked.home_url,
            redirect_uris=checked.redirect_uris,
            logout_uris=checked.logout_uris,
            scopes=checked.scopes,
            backchannel_uri=checked.backchannel_uri,
            created_at=work.now,
        )
        secret = new_token() if client.has_secret else None
        secret_hash = None if secret is None else self._vault.digest(SECRET, secret)
        await store.add_client(work.db, client, secret_hash)
        work.announce(ApplicationRegistered(client_id=client.id, staff_id=staff_id))
        return client, secret

    async def change(
        self, work: Work, client_id: UUID, wanted: Registration, *, staff_id: UserId | None
    ) -> Client:
        """Other words about an application; raises NotFound and Invalid. Its kind stays."""
        client = await self._one(work, client_id)
        checked = checked_registration(wanted)
        if checked.kind is not client.kind:
            raise Invalid.field(
                "kind", N_("Register another application where it runs somewhere else.")
            )
        changed = replace(
            client,
            name=checked.name,
            is_first_party=checked.is_first_party,
            home_url=checked.home_url,
            redirect_uris=checked.redirect_uris,
            logout_uris=checked.logout_uris,
            scopes=checked.scopes,
            backchannel_uri=checked.backchannel_uri,
        )
        await store.change_client(work.db, changed)
        work.announce(ApplicationChanged(client_id=client_id, staff_id=staff_id))
        return changed

    async def renew_secret(
        self, work: Work, client_id: UUID, *, staff_id: UserId | None, at_once: bool = False
    ) -> tuple[Client, str]:
        """Another secret. The one before counts for a day more, or not when `at_once`."""
        client = await self._one(work, client_id)
        if not client.has_secret:
            raise Conflict(
                N_("This application runs where no secret can be kept."), error="no_client_secret"
            )
        secret = new_token()
        until = work.now if at_once else work.now + OVERLAP
        await store.change_secret(
            work.db, client_id, self._vault.digest(SECRET, secret), former_until=until
        )
        work.announce(ApplicationSecretRenewed(client_id=client_id, staff_id=staff_id))
        return client, secret

    async def close(self, work: Work, client_id: UUID, *, staff_id: UserId | None) -> Client:
        """Let an application sign nobody in, and what it was given open nothing."""
        client = await self._one(work, client_id)
        closed = replace(client, disabled_at=client.disabled_at or work.now)
        await store.set_disabled(work.db, client_id, closed.disabled_at)
        work.announce(ApplicationClosed(client_id=client_id, staff_id=staff_id))
        return closed

    async def open(self, work: Work, client_id: UUID, *, staff_id: UserId | None) -> Client:
        """Let a closed application go on where it was."""
        client = await self._one(work, client_id)
        await store.set_disabled(work.db, client_id, None)
        work.announce(ApplicationOpened(client_id=client_id, staff_id=staff_id))
        return replace(client, disabled_at=None)

    async def find(self, db: Connection, client_id: str | None) -> Client | None:
        """The application of this id, as it was written."""
        parsed = _id(client_id)
        return None if parsed is None else await store.client_by_id(db, parsed)

    async def prove(
        self,
        db: Connection,
        authorization: str | None,
        form: Mapping[str, str],
        now: datetime,
    ) -> Client:
        """The application that asks (RFC 6749, 2.3): by its secret, or by name when it has none.

        Raises InvalidClientError, which does not say whether there is such an application.
        """
        client_id, secret = _credential(authorization, form)
        client = await self.find(db, client_id)
        if client is None or client.disabled_at is not None:
            raise _refused()
        if client.has_secret is not (secret is not None):
            raise _refused()
        if secret is not None:
            await self._check(db, client, secret, now)
        return client

    async def _check(self, db: Connection, client: Client, secret: str, now: datetime) -> None:
        """Hold a secret against what is kept; a hash under a former secret key is renewed."""
        digests = self._vault.digests(SECRET, secret)
        accepted = (await store.secrets_of(db, client.id)).accepted(now)
        fitting = [
            kept for kept in accepted if any(hmac.compare_digest(kept, one) for one in digests)
        ]
        if not fitting:
            raise _refused()
        if fitting[0] != digests[0]:
            await store.rehash_secret(db, client.id, fitting[0], digests[0])

    async def _one(self, work: Work, client_id: UUID) -> Client:
        client = await store.client_by_id(work.db, client_id, for_update=True)
        if client is None:
            raise NotFound(N_("There is no such application."))
        return client


def _credential(
    authorization: str | None, form: Mapping[str, str]
) -> tuple[str | None, str | None]:
    """The id and secret that were brought, in the header or in the form but not in both."""
    if authorization is None:
        return form.get("client_id"), form.get("client_secret")
    try:
        client_id, secret = extract_basic_authorization({"Authorization": authorization})
    except ValueError as garbage:
        raise _refused() from garbage
    if "client_secret" in form or form.get("client_id", client_id) != client_id:
        raise InvalidRequestError("The application names itself in two ways.")
    return client_id, secret or ""


def _id(written: str | None) -> UUID | None:
    try:
        parsed = UUID(written or "")
    except ValueError:
        return None
    return parsed if str(parsed) == written else None


def _refused() -> Exception:
    refusal: Exception = InvalidClientError(
        "The application is not known, or did not prove itself.", status_code=401
    )
    return refusal
