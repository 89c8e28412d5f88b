"""What routes of any package ask of whoever comes: to be staff, themselves, just confirmed."""

from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from firstmile.kernel.access import Actor, Permission
from firstmile.kernel.asgi import Scope
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Forbidden
from firstmile.kernel.visit import Visit, visiting
from firstmile.kernel.work import Works
from firstmile.protect.settings import ProtectSettings

Connection = ASGIConnection[Any, Any, Any, Any]


class AsStaff:
    """Asks for a permission over the whole installation."""

    def __init__(self, permission: Permission) -> None:
        if not permission.is_of_staff:
            raise ValueError(f"{permission.name} is no right of staff")
        self.permission = permission

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        actor = await own_actor(visiting(cast(Scope, connection.scope)))
        if actor.staff_role is None:
            raise Forbidden(
                N_("This is for the people who run this place."), error="staff_required"
            )
        if actor.staff_role not in self.permission.roles:
            raise not_allowed(self.permission)


def as_staff(permission: Permission) -> AsStaff:
    """Let in who has this permission as staff, and acts as themselves."""
    return AsStaff(permission)


async def own_actor(visit: Visit) -> Actor:
    """Who is signed in as themselves; Forbidden for somebody who acts in the place of another."""
    actor = await visit.actor()
    if actor.impersonator_id is not None:
        raise Forbidden(
            N_("This cannot be done in the place of somebody else."),
            error="not_while_impersonating",
        )
    return actor


async def fresh_actor(visit: Visit) -> Actor:
    """Who is signed in, and has shown a credential within the last minutes (ASVS 5.0, 7.5.1).

    Raises Forbidden otherwise, and for somebody who acts in the place of another.
    """
    actor = await own_actor(visit)
    now = visit.part(Works).clock()
    within = visit.part(ProtectSettings).step_up
    if actor.proved_at is None or now > actor.proved_at + within:
        raise Forbidden(N_("Confirm that it is you first."), error="step_up_required")
    return actor


def not_allowed(permission: Permission) -> Forbidden:
    """The answer for a role that does not have this permission."""
    return Forbidden(
        N_("Your role does not allow this."),
        error="permission_required",
        facts={"permission": permission.name},
    )
