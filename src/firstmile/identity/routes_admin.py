"""HTTP of staff: find people, see their accounts, and help them."""

from collections.abc import Sequence
from typing import Annotated, Protocol
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from firstmile.identity import (
    store,
    store_activity,
    store_passkeys,
    store_people,
    store_second_factors,
    store_session_list,
)
from firstmile.identity.entering import browser
from firstmile.identity.guards import IN_ANY_PLACE
from firstmile.identity.helping import Helping, no_such_person
from firstmile.identity.impersonation import Impersonation
from firstmile.identity.models import User
from firstmile.identity.permissions import (
    USERS_FIND,
    USERS_HELP,
    USERS_IMPERSONATE,
    USERS_LOCK,
)
from firstmile.identity.schemas_admin import (
    AccountEventOut,
    AccountEventsOut,
    AccountOut,
    ImpersonationOut,
    PeopleOut,
    PersonFactorsOut,
    PersonOut,
    PersonSessionOut,
    PersonSessionsOut,
    ReasonIn,
    SessionsEndedOut,
)
from firstmile.kernel.ids import SessionId, UserId
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import as_staff, fresh_actor

PAGE = 50
SEEN = problems(400, 401, 403, 404, 422, 503)
DONE = problems(400, 401, 403, 404, 409, 422, 503)

Query = Annotated[str, QueryParameter(name="query", max_length=200)]


class Identified(Protocol):
    """What a page of a list can go on behind."""

    @property
    def id(self) -> UUID:
        """Its id, by which the list is in order."""


async def known_person(visit: Visit, user_id: UUID) -> User:
    """The person of this id; NotFound when it is nobody's."""
    async with visit.reading() as db:
        try:
            return await store.user_by_id(db, UserId(user_id))
        except LookupError as nobody:
            raise no_such_person() from nobody


@get("/users", guards=[as_staff(USERS_FIND)], responses=problems(400, 401, 403, 422, 503))
async def find_users(
    visit: Visiting, words: Query = "", cursor: FromQuery[UUID | None] = None
) -> PeopleOut:
    """People by id, or by the beginning of their name or address, the newest first."""
    async with visit.reading() as db:
        found = await store_people.people(db, words, PAGE + 1, before=cursor)
    return PeopleOut(items=[PersonOut.of(one) for one in found[:PAGE]], next=_next(found))


@get("/users/{user_id:uuid}", guards=[as_staff(USERS_FIND)], responses=SEEN)
async def see_user(visit: Visiting, user_id: FromPath[UUID]) -> AccountOut:
    """An account."""
    user = await known_person(visit, user_id)
    async with visit.reading() as db:
        reason = await store_people.lock_reason(db, user.id)
    return AccountOut.of(user, reason)


@get("/users/{user_id:uuid}/sessions", guards=[as_staff(USERS_FIND)], responses=SEEN)
async def see_sessions(
    visit: Visiting, user_id: FromPath[UUID], cursor: FromQuery[UUID | None] = None
) -> PersonSessionsOut:
    """Where a person is signed in, the newest first."""
    user = await known_person(visit, user_id)
    after, now = SessionId(cursor) if cursor else None, visit.part(Works).clock()
    async with visit.reading() as db:
        found = await store_session_list.open_sessions(db, user.id, PAGE + 1, now, after=after)
    items = [PersonSessionOut.of(one) for one in found[:PAGE]]
    return PersonSessionsOut(items=items, next=_next(found))


@get("/users/{user_id:uuid}/factors", guards=[as_staff(USERS_FIND)], responses=SEEN)
async def see_factors(visit: Visiting, user_id: FromPath[UUID]) -> PersonFactorsOut:
    """The second factors of a person."""
    user = await known_person(visit, user_id)
    now = visit.part(Works).clock()
    async with visit.reading() as db:
        overview = await store_second_factors.overview_of(db, user.id, now)
        passkeys = await store_passkeys.passkeys_of(db, user.id)
    return PersonFactorsOut.of(overview, passkeys)


@get("/users/{user_id:uuid}/events", guards=[as_staff(USERS_FIND)], responses=SEEN)
async def see_events(
    visit: Visiting, user_id: FromPath[UUID], cursor: FromQuery[UUID | None] = None
) -> AccountEventsOut:
    """What happened to an account within a year, the newest first."""
    user = await known_person(visit, user_id)
    async with visit.reading() as db:
        found = await store_activity.recent(db, user.id, PAGE + 1, before=cursor)
    items = [AccountEventOut.of(one) for one in found[:PAGE]]
    return AccountEventsOut(items=items, next=_next(found))


@post(
    "/users/{user_id:uuid}/send-reset",
    guards=[as_staff(USERS_HELP)],
    status_code=204,
    responses=DONE,
)
async def send_reset(visit: Visiting, user_id: FromPath[UUID]) -> None:
    """Mail a person the link that sets a new password. Staff never see or choose it."""
    actor = await fresh_actor(visit)
    await visit.part(Helping).send_reset(await visit.work(), actor, UserId(user_id))


@post(
    "/users/{user_id:uuid}/resend-verification",
    guards=[as_staff(USERS_HELP)],
    status_code=204,
    responses=DONE,
)
async def resend_verification(visit: Visiting, user_id: FromPath[UUID]) -> None:
    """Mail a person another link that confirms their address."""
    actor = await fresh_actor(visit)
    await visit.part(Helping).resend_verification(await visit.work(), actor, UserId(user_id))


@post(
    "/users/{user_id:uuid}/end-sessions",
    guards=[as_staff(USERS_HELP)],
    status_code=200,
    responses=DONE,
)
async def end_sessions(visit: Visiting, user_id: FromPath[UUID]) -> SessionsEndedOut:
    """End every session of a person, everywhere."""
    actor = await fresh_actor(visit)
    ended = await visit.part(Helping).end_sessions(await visit.work(), actor, UserId(user_id))
    return SessionsEndedOut(ended=ended)


@post(
    "/users/{user_id:uuid}/lock",
    guards=[as_staff(USERS_LOCK)],
    status_code=204,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def lock(visit: Visiting, user_id: FromPath[UUID], data: JSONBody[ReasonIn]) -> None:
    """Close an account to every way in, and end its sessions; its person is told."""
    actor = await fresh_actor(visit)
    await visit.part(Helping).lock(await visit.work(), actor, UserId(user_id), data.reason)


@post(
    "/users/{user_id:uuid}/unlock",
    guards=[as_staff(USERS_LOCK)],
    status_code=204,
    responses=DONE,
)
async def unlock(visit: Visiting, user_id: FromPath[UUID]) -> None:
    """Open an account that staff locked, or that wrong passwords closed."""
    actor = await fresh_actor(visit)
    await visit.part(Helping).unlock(await visit.work(), actor, UserId(user_id))


@post(
    "/users/{user_id:uuid}/impersonate",
    guards=[as_staff(USERS_IMPERSONATE)],
    status_code=200,
    responses=problems(*BODY, 401, 404, 503),
)
async def impersonate(
    visit: Visiting, user_id: FromPath[UUID], data: JSONBody[ReasonIn]
) -> ImpersonationOut:
    """A token that sees the product as a person sees it, for an hour; they are told why."""
    actor = await fresh_actor(visit)
    issued = await visit.part(Impersonation).begin(
        await visit.work(), actor, UserId(user_id), data.reason, browser(visit)
    )
    return ImpersonationOut.of(issued)


@post("/impersonation/end", status_code=204, opt=IN_ANY_PLACE, responses=problems(401, 403, 503))
async def end_impersonation(visit: Visiting) -> None:
    """Leave the person's place before the hour is over."""
    actor = await visit.actor()
    await visit.part(Impersonation).end(await visit.work(), actor)


def _next(found: Sequence[Identified]) -> str | None:
    return str(found[PAGE - 1].id) if len(found) > PAGE else None


router = Router(
    path="/api/v1/admin",
    route_handlers=[
        find_users,
        see_user,
        see_sessions,
        see_factors,
        see_events,
        send_reset,
        resend_verification,
        end_sessions,
        lock,
        unlock,
        impersonate,
        end_impersonation,
    ],
    tags=["Staff"],
)
