"""A journey and its lists of choices in the words of a page."""

from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from babel import Locale
from babel.dates import format_date

from firstmile.identity.models import MARKETS, time_zones
from firstmile.kernel.access import Actor
from firstmile.kernel.languages import DEFAULT, LANGUAGES, N_, translate
from firstmile.kernel.visit import Visit
from firstmile.onboarding.dues import due_at, is_late
from firstmile.onboarding.models import SETTLED, Definition, Journey, Status
from firstmile.onboarding.requirements import Need
from firstmile.onboarding.routes import own_journey
from firstmile.onboarding.schemas import is_activated
from firstmile.onboarding.verifying import Verdict
from firstmile.protect.switches import Area, Switches

A_MOMENT = timedelta(seconds=1)  # what is due by the end of a day is not due the day after


def is_hidden(visit: Visit) -> bool:
    """Whether nobody sees steps; a form that was open meanwhile still does what it says."""
    return visit.part(Switches).is_off(Area.ONBOARDING)


async def shown_journey(visit: Visit, actor: Actor, language: str) -> dict[str, Any] | None:
    """The journey of who asks as templates know it; None while nobody sees steps."""
    if is_hidden(visit):
        return None
    return told_journey(await own_journey(visit, actor), language)


async def shared_steps(
    visit: Visit, actor: Actor, project_id: UUID, language: str
) -> list[dict[str, Any]]:
    """The steps that the members of a project share, as one of them sees them."""
    if is_hidden(visit):
        return []
    journey = await own_journey(visit, actor, project_id)
    return [told_step(journey, step, language) for step in journey.steps if step.is_shared]


def told_journey(journey: Journey, language: str) -> dict[str, Any]:
    """A journey as templates know it."""
    return {
        "progress": journey.progress,
        "activated": is_activated(journey),
        "isComplete": journey.is_complete,
        "nextStep": journey.next_step,
        "steps": [told_step(journey, step, language) for step in journey.steps],
    }


def told_step(journey: Journey, step: Definition, language: str) -> dict[str, Any]:
    """A step as templates know it."""
    status = journey.status(step)
    state = journey.state(step)
    is_open = status in (Status.TODO, Status.IN_PROGRESS, Status.SNOOZED)
    until = state.snoozed_until if status is Status.SNOOZED else None
    due = due_at(journey, step) if status not in SETTLED else None
    done_at = journey.done_at(step)
    return {
        "key": step.key,
        "title": step.title(language),
        "description": step.description(language),
        "status": str(status),
        "required": step.required,
        "weight": step.weight,
        "blockedBy": [told_link(journey, key, language) for key in journey.blockers(step)],
        "needs": [_told_need(journey, need, language) for need in journey.unmet(step.needs)],
        "href": _href(journey, step),
        "query": query_of(journey, step),
        "isShared": step.is_shared,
        "doneBy": state.done_by.name if state.done_by else None,
        "doneOn": format_date(done_at, "long", locale=language) if done_at else None,
        "hasPlace": journey.has_place(step),
        "snoozedUntil": format_date(until, "long", locale=language) if until else None,
        "canSkip": is_open and not step.required,
        "canSnooze": is_open and status is not Status.SNOOZED,
        "rowVersion": state.row_version,
        "isByCall": step.call is not None,
        "isVerifiedElsewhere": step.verified_by in ("event", "fact"),
        "verdict": _told_verdict(state.verdict),
        "due": format_date(due - A_MOMENT, "long", locale=language) if due else None,
        "isLate": is_late(journey, step),
    }


def _told_verdict(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {"state": None, "errors": [], "reason": ""}
    errors = [fault.message for fault in verdict.errors]
    return {"state": str(verdict.state), "errors": errors, "reason": verdict.reason}


def _told_need(journey: Journey, need: Need, language: str) -> dict[str, Any]:
    return {
        "words": need.reasons.get(language) or need.reasons.get(DEFAULT),
        "message": journey.reason(need).message(language),
        "isAny": len(need.any_of) > 1,
        "steps": [told_link(journey, key, language) for key in need.any_of],
    }


def told_link(journey: Journey, key: str | None, language: str) -> dict[str, Any] | None:
    """A step as a link."""
    if key is None:
        return None
    step = journey.step(key)
    return {"key": key, "title": step.title(language), "href": _href(journey, step)}


def query_of(journey: Journey, step: Definition) -> str:
    """What the address of a page of ours ends with, so that a shared step is of this project."""
    found = journey.project_of(step)
    return f"?project={found}" if found else ""


def _href(journey: Journey, step: Definition) -> str:
    is_ours = step.href.startswith("/onboarding/")
    return step.href + query_of(journey, step) if is_ours else step.href


@cache
def market_choices(language: str) -> list[dict[str, str]]:
    """The markets by the names of their countries; the rest of the world comes last."""
    names = Locale.parse(language).territories
    known = [{"code": code, "name": names[code]} for code in MARKETS if code in names]
    known.sort(key=lambda market: market["name"])
    return [*known, {"code": "OTHER", "name": translate(language, N_("Somewhere else"))}]


@cache
def locale_choices() -> list[dict[str, str]]:
    """The languages, each in its own words."""
    return [{"code": code, "name": name} for code, name in LANGUAGES.items()]


@cache
def time_zone_choices() -> list[dict[str, Any]]:
    """Time zones by region."""
    regions: dict[str, list[dict[str, str]]] = {}
    for name in sorted(time_zones()):
        region, _, place = name.partition("/")
        label = (place or region).replace("_", " ").replace("/", ", ")
        regions.setdefault(region, []).append({"name": name, "label": label})
    return [{"region": region, "zones": zones} for region, zones in regions.items()]
