"""The console's page about limits: who is being limited and why, and where it is counted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from babel.numbers import format_decimal
from babel.units import format_unit
from litestar import Response, Router, get
from litestar.response import Redirect

from firstmile.identity import store_people
from firstmile.kernel.languages import N_, translate
from firstmile.kernel.visit import Visiting
from firstmile.kernel.work import Works
from firstmile.protect import store_limits
from firstmile.protect.guards import as_staff
from firstmile.protect.limiter import Limiter
from firstmile.protect.limits import SENTENCE, Policy
from firstmile.protect.permissions import LIMITS_READ
from firstmile.protect.store_limits import SHOWN, Refusals, Tally
from firstmile.web.console import console_page
from firstmile.web.moments import ago, ahead
from firstmile.web.rendering import language_of, person_of

Page = Response[str] | Redirect

MOST = 100  # callers on the page
NAMES = {
    "default": N_("All requests"),
    "gate": N_("Questions to the gate"),
    "applications": N_("Requests of applications"),
    "flags": N_("Questions about flags"),
    "embeds": N_("Questions of embeds"),
    "help": N_("Questions to the help"),
    "feedback": N_("Words about articles"),
    "files": N_("Pictures shown"),
    "steps": N_("Changes of steps"),
    "uploads": N_("Files sent"),
    "sign_in": N_("Sign-ins"),
    "sign_up": N_("Sign-ups"),
    "mail": N_("Mails asked for"),
    "reset": N_("Tries of reset links"),
    "verification": N_("Tries of other links"),
    "codes": N_("Tries of codes"),
    "doors": N_("All ways in together"),
}
UNITS = {
    "second": N_("second"),
    "minute": N_("minute"),
    "hour": N_("hour"),
    "day": N_("day"),
}
STORES = {
    "redis": N_("Requests are counted in Redis, for all replicas together."),
    "memory": N_("Requests are counted in the memory of each process; there is no Redis."),
    "alone": N_(
        "Redis does not count. Each process counts alone: reading goes on, and what may be guessed"
        " at is limited to a share. It looks every second whether Redis is back."
    ),
}


@get("/console/limits", guards=[as_staff(LIMITS_READ)])
async def limits_page(visit: Visiting) -> Page:
    """Who was limited in the last hour, the newest first, and what each limit did."""
    limiter, now = visit.part(Limiter), visit.part(Works).clock()
    async with visit.reading() as db:
        refusals = await store_limits.refusals_since(db, now - SHOWN, MOST)
        tallies = await store_limits.tallies_since(db, now - SHOWN)
        ids = [found for one in refusals if (found := _user_of(one)) is not None]
        names = await store_people.names_of(db, ids)
    language = language_of(visit.scope, await person_of(visit))
    told = [_told(one, names, now, language) for one in refusals]
    return await console_page(
        visit,
        "console_limits.html",
        store=limiter.store,
        store_words=translate(language, STORES[limiter.store]),
        now=[one for one in told if one["is_now"]],
        earlier=[one for one in told if not one["is_now"]],
        busy=[
            _told_limit(policy, language, tallies[name])
            for name, policy in limiter.policies.items()
            if name in tallies
        ],
        quiet=[
            _told_limit(policy, language)
            for name, policy in limiter.policies.items()
            if name not in tallies
        ],
    )


def _user_of(refusals: Refusals) -> UUID | None:
    kind, _, value = refusals.caller.partition(":")
    return UUID(value) if kind == "user" else None


def _told(
    refusals: Refusals, names: dict[UUID, str], now: datetime, language: str
) -> dict[str, Any]:
    user_id = _user_of(refusals)
    return {
        "name": names.get(user_id) if user_id else refusals.caller.partition(":")[2],
        "href": f"/console/people/{user_id}" if user_id in names else None,
        "is_network": user_id is None,
        "limit": translate(language, NAMES[refusals.limit]),
        "route": refusals.route,
        "times": refusals.times,
        "is_watched": refusals.is_watched,
        "is_now": not refusals.is_watched and refusals.until > now,
        "last": ago(refusals.last_at, now, language),
        "until": ahead(refusals.until - now, language),
    }


def _told_limit(policy: Policy, language: str, tally: Tally | None = None) -> dict[str, Any]:
    return {
        "name": translate(language, NAMES[policy.name]),
        "setting": f"LIMIT_{policy.name.upper()}",
        "sentence": _said(policy.sentence, language),
        "is_watched": policy.is_watched_only,
        "tally": tally,
    }


def _said(sentence: str, language: str) -> str:
    """A limit as it is said in a language: “5 par 15 minutes”."""
    found = SENTENCE.fullmatch(sentence.strip().lower())
    if found is None:  # which the settings do not let through
        return sentence
    number, times, unit = int(found[1]), int(found[2] or 1), found[3]
    time = translate(language, UNITS[unit])
    if times > 1:
        time = format_unit(times, f"duration-{unit}", locale=language)
    said = translate(language, N_("{number} per {time}"))
    return said.format(number=format_decimal(number, locale=language), time=time)


router = Router(path="/", route_handlers=[limits_page], include_in_schema=False)
