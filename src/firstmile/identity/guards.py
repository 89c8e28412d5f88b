"""Guards of routes: each names the permission it asks for, and asks for it."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from firstmile.identity import store_projects
from firstmile.identity.api_keys import ApiKeys
from firstmile.identity.models import Project
from firstmile.identity.permissions import OWNERS, WHILE_DELETED, only_reads
from firstmile.kernel.access import Actor, Permission
from firstmile.kernel.asgi import Scope, only_asks
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Forbidden, NotFound, Refusal
from firstmile.kernel.visit import Visit, visiting
from firstmile.protect.guards import AsStaff, not_allowed, own_actor

STANDING = "firstmile.standing"
# What a route of change declares, when it may be asked in the place of somebody else.
IN_ANY_PLACE = {"in_any_place": True}

Connection = ASGIConnection[Any, Any, Any, Any]


@dataclass(frozen=True)
class Standing:
    """The project of the address, and who asks: a member of it, or a key when `actor` is None."""

    project: Project
    actor: Actor | None

    def can(self, permission: Permission) -> bool:
        """Whether the member has this right, too; for pages that show only what will work."""
        is_open = self.project.deletion_at is None or permission in WHILE_DELETED
        return is_open and self.project.role in permission.roles

    @property
    def member(self) -> Actor:
        """The member who asks; for routes that no key opens."""
        if self.actor is None:
            raise LookupError("a key asked where only members may")
        return self.actor


class InProject:
    """Asks for a permission in the project whose id is in the path.

    A stranger's project does not exist, whatever the permission.
    """

    def __init__(self, permission: Permission, *, by_key: bool) -> None:
        if permission.is_of_staff or (by_key and not permission.is_for_keys):
            raise ValueError(f"{permission.name} is no right of {'keys' if by_key else 'members'}")
        self.permission = permission
        self.by_key = by_key

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        visit = visiting(cast(Scope, connection.scope))
        project_id: UUID = connection.path_params["project_id"]
        keys = visit.part(ApiKeys)
        secret = keys.brought_by(visit.scope) if self.by_key else None
        if secret is None:
            standing = await self._of_member(visit, project_id)
        else:
            standing = Standing(await keys.open(visit, secret, project_id, self.permission), None)
        if standing.project.deletion_at and (secret or self.permission not in WHILE_DELETED):
            raise project_deleted(standing.project)
        visit.scope[STANDING] = standing

    async def _of_member(self, visit: Visit, project_id: UUID) -> Standing:
        actor = await visit.actor()
        async with visit.reading() as db:
            project = await store_projects.project_of(db, actor, project_id)
        if project is None:
            raise no_such_project()
        if project.role not in self.permission.roles:
            raise _not_allowed(self.permission)
        if not only_reads(self.permission):
            await own_actor(visit)
        return Standing(project, actor)


async def only_look(connection: Connection, handler: BaseRouteHandler) -> None:
    """Refuse every change in the place of somebody else, so that what an account did is its own.

    It guards the whole application; a route that ends a session says that it may be asked.
    """
    scope = cast(Scope, connection.scope)
    if only_asks(scope) or handler.opt.get("in_any_place"):
        return
    visit = visiting(scope)
    if await visit.visitor() is not None:
        await own_actor(visit)


def in_project(permission: Permission, *, by_key: bool = False) -> InProject:
    """Let in who has this permission in the project of the path, and its keys when `by_key`."""
    return InProject(permission, by_key=by_key)


def standing(visit: Visit) -> Standing:
    """What `in_project` found for this visit; the route need not ask again."""
    found: Standing = visit.scope[STANDING]
    return found


def asked_for(handler: BaseRouteHandler) -> list[Permission]:
    """The permissions that a route asks for."""
    guards = handler.resolve_guards()
    return [guard.permission for guard in guards if isinstance(guard, InProject | AsStaff)]


def no_such_project() -> NotFound:
    """The answer for a project that is a stranger's or was never there."""
    return NotFound(N_("There is no such project."))


def project_deleted(project: Project) -> Conflict:
    """The answer while a deleted project waits to be removed."""
    return Conflict(
        N_("This project was deleted. An owner can still restore it."),
        error="project_deleted",
        facts={"deletionAt": project.deletion_at},
    )


def _not_allowed(permission: Permission) -> Refusal:
    if permission.roles == OWNERS:
        return Forbidden(
            N_("Only an owner can do this."),
            error="owner_required",
            facts={"permission": permission.name},
        )
    return not_allowed(permission)
