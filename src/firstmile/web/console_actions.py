"""What staff do for a person: a page that says what will happen, and the doing of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.identity.entering import browser
from firstmile.identity.helping import Helping, outranks
from firstmile.identity.impersonation import Impersonation
from firstmile.identity.models import Lock, User
from firstmile.identity.permissions import USERS_HELP, USERS_IMPERSONATE, USERS_LOCK
from firstmile.identity.routes_admin import known_person
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.access import Actor, Permission
from firstmile.kernel.languages import N_, translate
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Forbidden, Invalid
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.guards import as_staff, fresh_actor
from firstmile.web.confirm import confirm_first
from firstmile.web.console import console_page
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.impersonating import seat_cookies
from firstmile.web.rendering import language_of, mistakes, person_of

Page = Response[str] | Redirect
Doing = Callable[[Visit, Actor, User, str], Awaitable[Redirect]]


@dataclass(frozen=True)
class Action:
    """Something staff can do: its words, who may, when it makes sense, and how it is done."""

    key: str
    permission: Permission
    name: str
    words: str
    button: str
    do: Doing
    makes_sense: Callable[[User, Lock | None], bool] = field(default=lambda *_: True)
    needs_reason: bool = False
    is_grave: bool = False


async def _impersonate(visit: Visit, actor: Actor, user: User, reason: str) -> Redirect:
    issued = await visit.part(Impersonation).begin(
        await visit.work(), actor, user.id, reason, browser(visit)
    )
    return see("/home", *seat_cookies(visit, issued))


async def _send_reset(visit: Visit, actor: Actor, user: User, _: str) -> Redirect:
    await visit.part(Helping).send_reset(await visit.work(), actor, user.id)
    return _back(user, "reset-sent")


async def _resend_verification(visit: Visit, actor: Actor, user: User, _: str) -> Redirect:
    await visit.part(Helping).resend_verification(await visit.work(), actor, user.id)
    return _back(user, "verification-sent")


async def _end_sessions(visit: Visit, actor: Actor, user: User, _: str) -> Redirect:
    await visit.part(Helping).end_sessions(await visit.work(), actor, user.id)
    return _back(user, "their-sessions-ended")


async def _lock(visit: Visit, actor: Actor, user: User, reason: str) -> Redirect:
    await visit.part(Helping).lock(await visit.work(), actor, user.id, reason)
    return _back(user, "account-locked")


async def _unlock(visit: Visit, actor: Actor, user: User, _: str) -> Redirect:
    await visit.part(Helping).unlock(await visit.work(), actor, user.id)
    return _back(user, "account-unlocked")


ACTIONS = (
    Action(
        "impersonate",
        USERS_IMPERSONATE,
        N_("See what they see"),
        N_(
            "For %(minutes)s minutes at most you see the product as this person does. Every page"
            " says so, every change is refused, and they can see that you looked and why."
        ),
        N_("See the product as this person"),
        _impersonate,
        makes_sense=lambda user, _: user.staff_role is None and _is_open(user),
        needs_reason=True,
    ),
    Action(
        "send-reset",
        USERS_HELP,
        N_("Send a reset link"),
        N_(
            "They receive a mail with a link that sets a new password. You never see it, and a"
            " second factor stays in place."
        ),
        N_("Send the link"),
        _send_reset,
    ),
    Action(
        "resend-verification",
        USERS_HELP,
        N_("Send the confirmation again"),
        N_("They receive another mail with a link that confirms their address."),
        N_("Send the link"),
        _resend_verification,
        makes_sense=lambda user, _: not user.is_verified,
    ),
    Action(
        "end-sessions",
        USERS_HELP,
        N_("End all sessions"),
        N_("They are signed out at once, on every browser and in every program."),
        N_("End every session"),
        _end_sessions,
    ),
    Action(
        "unlock",
        USERS_LOCK,
        N_("Open the account"),
        N_(
            "They can sign in again, and the wrong passwords that were counted are forgotten."
            " They are told by mail."
        ),
        N_("Open the account"),
        _unlock,
        makes_sense=lambda user, lock: user.locked_at is not None or lock is not None,
    ),
    Action(
        "lock",
        USERS_LOCK,
        N_("Lock the account"),
        N_(
            "Every session ends at once, and nobody can sign in until the account is opened again."
            " They are told by mail that it is locked; the reason stays with staff."
        ),
        N_("Lock the account"),
        _lock,
        makes_sense=lambda user, _: user.locked_at is None,
        needs_reason=True,
        is_grave=True,
    ),
)


def open_actions(
    actor: Actor, user: User, lock: Lock | None, language: str
) -> list[dict[str, Any]]:
    """What this actor can do for this person now, as templates know it."""
    if not outranks(actor.staff_role, user.staff_role):
        return []
    return [
        {
            "href": _path(user.id, action),
            "name": translate(language, action.name),
            "is_grave": action.is_grave,
        }
        for action in ACTIONS
        if actor.staff_role in action.permission.roles and action.makes_sense(user, lock)
    ]


def _handlers(action: Action) -> list[HTTPRouteHandler]:
    """The page that asks whether to do it, and the doing."""
    guards = [as_staff(action.permission)]

    @get(f"/console/people/{{user_id:uuid}}/{action.key}", guards=guards)
    async def ask(visit: Visiting, user_id: FromPath[UUID]) -> Page:
        """What will happen; who was not asked for a credential lately is asked first."""
        user = await known_person(visit, user_id)
        if first := await confirm_first(visit, _path(user.id, action)):
            return first
        return await _asked(visit, action, user)

    @post(f"/console/people/{{user_id:uuid}}/{action.key}", guards=guards)
    async def do(visit: Visiting, user_id: FromPath[UUID], request: AnyRequest) -> Page:
        """Do it, and say so."""
        user, form = await known_person(visit, user_id), await fields_of(request)
        if first := await confirm_first(visit, _path(user.id, action)):
            return first
        try:
            return await action.do(visit, await fresh_actor(visit), user, form.get("reason", ""))
        except (Invalid, Conflict, Forbidden) as refusal:
            errors = mistakes(refusal, language_of(visit.scope, await person_of(visit)))
            return await _asked(
                visit, action, user, status=status_of(refusal), form=form, errors=errors
            )

    return [ask, do]


async def _asked(
    visit: Visit, action: Action, user: User, *, status: int = 200, **words: Any
) -> Page:
    language = language_of(visit.scope, await person_of(visit))
    minutes = visit.part(IdentitySettings).impersonation_minutes
    return await console_page(
        visit,
        "console_action.html",
        status=status,
        account={"id": str(user.id), "name": f"{user.first_name} {user.last_name}"}
        | {"email": user.email},
        action={
            "href": _path(user.id, action),
            "name": translate(language, action.name),
            "words": translate(language, action.words) % {"minutes": minutes},
            "button": translate(language, action.button),
            "needs_reason": action.needs_reason,
            "is_grave": action.is_grave,
        },
        **words,
    )


def _is_open(user: User) -> bool:
    return user.is_verified and user.locked_at is None


def _path(user_id: UUID, action: Action) -> str:
    return f"/console/people/{user_id}/{action.key}"


def _back(user: User, notice: str) -> Redirect:
    return see(f"/console/people/{user.id}?notice={notice}")


router = Router(
    path="/",
    route_handlers=[handler for action in ACTIONS for handler in _handlers(action)],
    include_in_schema=False,
)
