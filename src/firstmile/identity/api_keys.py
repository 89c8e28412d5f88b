"""API keys: how programs act in one project."""

import secrets
from datetime import datetime
from uuid import UUID

from firstmile.identity import store_api_keys as store
from firstmile.identity.events_projects import ApiKeyCreated, ApiKeyRevoked
from firstmile.identity.models import Complaints, Project
from firstmile.identity.project_models import ApiKey
from firstmile.identity.store_projects import lock_project
from firstmile.kernel.access import Actor, Permission
from firstmile.kernel.asgi import Scope, header_of
from firstmile.kernel.ids import new_id, new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Forbidden, NotFound, Unauthenticated
from firstmile.kernel.secrets import Vault
from firstmile.kernel.visit import Visit
from firstmile.kernel.work import Work, Works
from firstmile.protect.key_format import LABELS, PREFIX, is_well_written, label_of, written

PURPOSE = "api_key"
NAME_LENGTH = 60
MOST_KEYS = 50  # of a project; more are a sign that nobody revokes them


class ApiKeys:
    """Makes, opens and revokes keys; `scopes` are the permissions that keys may have."""

    def __init__(self, vault: Vault, permissions: tuple[Permission, ...]) -> None:
        self._vault = vault
        self.scopes = tuple(one for one in permissions if one.is_for_keys)

    def brought_by(self, scope: Scope) -> str | None:
        """The key in the Authorization header, if it is meant to be one."""
        scheme, _, token = (header_of(scope, b"authorization") or "").partition(" ")
        is_key = scheme.lower() == "bearer" and token.startswith(f"{PREFIX}_")
        return token if is_key else None

    async def open(
        self, visit: Visit, text: str, project_id: UUID, permission: Permission
    ) -> Project:
        """The project, when this key is of it and has this scope.

        Raises Unauthenticated for a key that opens nothing, NotFound for another project and
        Forbidden for a right that is not among its scopes.
        """
        holder = None
        if is_well_written(text):
            hashes = self._vault.digests(PURPOSE, text)
            async with visit.reading() as db:
                holder = await store.holder(db, hashes, visit.part(Works).clock())
        if holder is None:
            raise Unauthenticated(N_("This API key opens nothing."), error="invalid_api_key")
        if holder.project.id != project_id:
            raise NotFound(N_("There is no such project."))
        if permission.name not in holder.scopes:
            raise Forbidden(
                N_("This API key does not have the scope for this."),
                error="scope_required",
                facts={"scope": permission.name},
            )
        return holder.project

    async def create(
        self,
        work: Work,
        actor: Actor,
        project_id: UUID,
        *,
        name: str,
        scopes: list[str],
        expires_at: datetime | None,
    ) -> tuple[ApiKey, str]:
        """A new key and its text, which nobody can read again.

        Raises Invalid, and Conflict when the project has too many already.
        """
        complaints = Complaints()
        clean = complaints.text(
            "name", name, most=NAME_LENGTH, missing=N_("Give the key a name, to know it by.")
        )
        if not scopes or set(scopes) - {one.name for one in self.scopes}:
            complaints.add("scopes", N_("Choose what the key may do."))
        if expires_at is not None and expires_at <= work.now:
            complaints.add("expiresAt", N_("Choose a day in the future."))
        complaints.raise_any()
        await lock_project(work.db, project_id)
        if len(await store.keys_of(work.db, project_id, work.now)) >= MOST_KEYS:
            raise Conflict(
                N_("This project has as many API keys as it can. Revoke one first."),
                error="too_many_keys",
                facts={"most": MOST_KEYS},
            )
        label = label_of(secrets.randbelow(LABELS))
        key = ApiKey(new_id(), label, clean, sorted(set(scopes)), None, work.now, expires_at, None)
        text = written(label, new_token())
        secret_hash = self._vault.digest(PURPOSE, text)
        await store.add_key(work.db, project_id, key, secret_hash, creator_id=actor.user_id)
        work.announce(ApiKeyCreated(user_id=actor.user_id, project_id=project_id, key_id=key.id))
        return key, text

    async def revoke(self, work: Work, actor: Actor, project_id: UUID, key_id: UUID) -> None:
        """Close a key for good; raises NotFound when there is no such key in the project."""
        if not await store.revoke_key(work.db, project_id, key_id, work.now):
            raise NotFound(N_("There is no such API key."))
        work.announce(ApiKeyRevoked(user_id=actor.user_id, project_id=project_id, key_id=key_id))
