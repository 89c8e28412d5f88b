"""The console's pages about people: finding one, their account, and what happened to it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from firstmile.identity import store_activity, store_passkeys, store_people, store_projects
from firstmile.identity.helping import outranks
from firstmile.identity.login import Gatekeeper
from firstmile.identity.models import User, key_of
from firstmile.identity.permissions import USERS_FIND
from firstmile.identity.routes_admin import known_person
from firstmile.identity.store_people import Found
from firstmile.identity.store_second_factors import overview_of
from firstmile.identity.store_session_list import OpenSession, open_sessions
from firstmile.kernel.database import Connection
from firstmile.kernel.languages import LANGUAGES
from firstmile.kernel.visit import Visiting
from firstmile.kernel.work import Works
from firstmile.onboarding.routes import journey_of
from firstmile.protect.guards import as_staff
from firstmile.web.activity import told_methods, told_to_staff
from firstmile.web.console import console_page, told_found, told_staff_role
from firstmile.web.console_actions import open_actions
from firstmile.web.forms import see
from firstmile.web.moments import ago, day, on
from firstmile.web.rendering import language_of, person_of, query_of
from firstmile.web.telling import market_choices, told_journey

Page = Response[str] | Redirect

FOUND, LATEST, MANY = 25, 12, 50  # people, happenings on the account's page, happenings on theirs
SESSIONS = 50


@get("/console/people", guards=[as_staff(USERS_FIND)])
async def find_people(visit: Visiting, cursor: FromQuery[UUID | None] = None) -> Page:
    """Whoever fits the search; a whole address or id leads on to its one person."""
    words = query_of(visit.scope).get("query", "").strip()[:200]
    async with visit.reading() as db:
        found = await store_people.people(db, words, FOUND + 1, before=cursor)
    if len(found) == 1 and _is_meant(found[0], words):
        return see(f"/console/people/{found[0].id}")
    language = language_of(visit.scope, await person_of(visit))
    people = [told_found(one, language) for one in found[:FOUND]]
    more = str(found[FOUND - 1].id) if len(found) > FOUND else None
    return await console_page(visit, "console_people.html", people=people, more=more)


@get("/console/people/{user_id:uuid}", guards=[as_staff(USERS_FIND)])
async def person_page(visit: Visiting, user_id: FromPath[UUID]) -> Page:
    """All that staff need to help somebody, on one page."""
    actor, user = await visit.actor(), await known_person(visit, user_id)
    language, now = language_of(visit.scope, await person_of(visit)), visit.part(Works).clock()
    async with visit.reading() as db:
        lock = await visit.part(Gatekeeper).lock_of(db, user.email, now)
        words: dict[str, Any] = {
            "account": await _told_account(db, user, language),
            "lock": {"until": on(lock.until, language, None) if lock.until else None}
            if lock
            else None,
            "factors": await _told_factors(db, user, now, language),
            "sessions": [
                _told_session(one, now, language)
                for one in await open_sessions(db, user.id, SESSIONS, now)
            ],
            "projects": await store_projects.projects_of(db, user.id),
            "activity": await _told_activity(db, user, now, language),
        }
        roles = frozenset(await store_projects.roles_of(db, user.id))
        journey = await journey_of(visit, db, user.id, roles)
    return await console_page(
        visit,
        "console_person.html",
        their_journey=told_journey(journey, language),
        actions=open_actions(actor, user, lock, language),
        is_within_reach=outranks(actor.staff_role, user.staff_role),
        **words,
    )


@get("/console/people/{user_id:uuid}/activity", guards=[as_staff(USERS_FIND)])
async def activity_page(
    visit: Visiting, user_id: FromPath[UUID], cursor: FromQuery[UUID | None] = None
) -> Page:
    """All that happened to an account, a page at a time."""
    user = await known_person(visit, user_id)
    language, now = language_of(visit.scope, await person_of(visit)), visit.part(Works).clock()
    async with visit.reading() as db:
        account = await _told_account(db, user, language)
        found = await store_activity.recent(db, user.id, MANY + 1, before=cursor)
        names = await store_people.names_of(db, [one.staff_id for one in found if one.staff_id])
    return await console_page(
        visit,
        "console_activity.html",
        account=account,
        activity=told_to_staff(found[:MANY], now, language, None, names),
        more=str(found[MANY - 1].id) if len(found) > MANY else None,
    )


def _is_meant(found: Found, words: str) -> bool:
    return key_of(words) in (key_of(found.email), str(found.id))


async def _told_account(db: Connection, user: User, language: str) -> dict[str, Any]:
    """An account as templates know it; moments in UTC, as staff and logs speak of them."""

    def when(moment: datetime | None) -> str | None:
        return f"{on(moment, language, None)} UTC" if moment else None

    markets = {market["code"]: market["name"] for market in market_choices(language)}
    return {
        "id": str(user.id),
        "name": f"{user.first_name} {user.last_name}",
        "initials": (user.first_name[:1] + user.last_name[:1]).upper(),
        "email": user.email,
        "verified": when(user.email_verified_at),
        "created": when(user.created_at),
        "locked": when(user.locked_at),
        "lock_reason": await store_people.lock_reason(db, user.id),
        "leaving": when(user.deletion_at),
        "staff": told_staff_role(user.staff_role, language),
        "has_password": user.has_password,
        "job_title": user.job_title,
        "language": LANGUAGES.get(user.locale, user.locale),
        "time_zone": user.time_zone,
        "market": markets.get(user.market or ""),
        "epoch": user.epoch,
    }


async def _told_factors(db: Connection, user: User, now: datetime, language: str) -> dict[str, Any]:
    overview = await overview_of(db, user.id, now)
    return {
        "is_on": overview.is_on,
        "app_since": day(overview.totp_since, language, None) if overview.totp_since else None,
        "codes_left": overview.codes_left,
        "trusted_devices": overview.trusted_devices,
        "passkeys": [
            {
                "name": passkey.name,
                "since": day(passkey.created_at, language, None),
                "used": ago(passkey.last_used_at, now, language) if passkey.last_used_at else None,
            }
            for passkey in await store_passkeys.passkeys_of(db, user.id)
        ],
    }


async def _told_activity(
    db: Connection, user: User, now: datetime, language: str
) -> list[dict[str, Any]]:
    latest = await store_activity.recent(db, user.id, LATEST)
    names = await store_people.names_of(db, [one.staff_id for one in latest if one.staff_id])
    return told_to_staff(latest, now, language, None, names)


def _told_session(session: OpenSession, now: datetime, language: str) -> dict[str, Any]:
    return {
        "device": session.device_name,
        "network": session.network,
        "methods": told_methods([proof.method for proof in session.evidence], language),
        "created": on(session.created_at, language, None),
        "used": ago(session.last_used_at, now, language),
        "used_on": on(session.last_used_at, language, None),
        "used_at": session.last_used_at.isoformat(),
        "is_remembered": session.is_remembered,
        "is_support": session.impersonator_id is not None,
    }


router = Router(
    path="/",
    route_handlers=[find_people, person_page, activity_page],
    include_in_schema=False,
)
