"""The console's pages about the kill switch: what is off, and the way to switch."""

from datetime import datetime
from typing import Any
from uuid import UUID

from babel.numbers import format_decimal
from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.identity import store_people
from firstmile.kernel.languages import N_, translate
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import as_staff, fresh_actor
from firstmile.protect.switches import NAMES, WHILE_OFF, Area, Off
from firstmile.release import store_replicas, store_switches
from firstmile.release.kill_switch import KillSwitch, area_named
from firstmile.release.permissions import KILL_SWITCH_USE
from firstmile.release.replica import LIVES
from firstmile.release.store_replicas import Seen
from firstmile.release.store_switches import Use
from firstmile.web.confirm import confirm_first
from firstmile.web.console import console_page
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.moments import told_moment
from firstmile.web.rendering import language_of, mistakes, person_of

Page = Response[str] | Redirect

PATH = "/console/kill-switch"
ONE = f"{PATH}/{{area:str}}"
GUARDS = [as_staff(KILL_SWITCH_USE)]
USES = 20
BY_COMMAND = N_("the command")
BY_NOBODY_KNOWN = N_("somebody whose account is gone")


@get(PATH, guards=GUARDS)
async def overview(visit: Visiting) -> Page:
    """Every area in a line, what happened lately, and the replicas with their delays."""
    async with visit.reading() as db:
        state = await store_switches.state(db)
        uses = await store_switches.uses(db, USES)
        replicas = await store_replicas.replicas(db, LIVES)
        people = [one.staff_id for one in state.off]
        people += [one for use in uses for one in (use.began_by, use.ended_by)]
        names = await store_people.names_of(db, [one for one in people if one is not None])
    words = _Words(await _language(visit), names, visit.part(Works).clock())
    off = {one.area: one for one in state.off}
    return await console_page(
        visit,
        "console_kill_switch.html",
        areas=[words.area(area, off.get(area), with_all=Area.GLOBAL in off) for area in Area],
        uses=[words.use(use) for use in uses],
        replicas=[words.replica(seen, state.revision) for seen in replicas],
    )


@get(ONE, guards=GUARDS)
async def area_page(visit: Visiting, area: FromPath[str]) -> Page:
    """What will happen, the reason to give, and the button."""
    wanted = area_named(area)
    if first := await confirm_first(visit, f"{PATH}/{wanted}"):
        return first
    return await _form(visit, wanted)


@post(ONE, guards=GUARDS)
async def switch(visit: Visiting, area: FromPath[str], request: AnyRequest) -> Page:
    """Do what the button said, even when it was said on a page that is old by now."""
    wanted, form = area_named(area), await fields_of(request)
    if first := await confirm_first(visit, f"{PATH}/{wanted}"):
        return first
    actor = await fresh_actor(visit)
    is_to_go_off = form.get("wanted") == "off"
    switches = visit.part(KillSwitch)
    verb = switches.activate if is_to_go_off else switches.deactivate
    try:
        await verb(await visit.work(), wanted, form.get("reason", ""), staff_id=actor.user_id)
    except Invalid as refusal:
        errors = mistakes(refusal, await _language(visit))
        return await _form(visit, wanted, status=status_of(refusal), form=form, errors=errors)
    return see(f"{PATH}?notice={'switched-off' if is_to_go_off else 'switched-on'}")


async def _form(visit: Visit, area: Area, *, status: int = 200, **words: Any) -> Page:
    async with visit.reading() as db:
        state = await store_switches.state(db)
        off = next((one for one in state.off if one.area is area), None)
        ids = [off.staff_id] if off and off.staff_id else []
        names = await store_people.names_of(db, ids)
    told = _Words(await _language(visit), names, visit.part(Works).clock())
    return await console_page(
        visit,
        "console_switch.html",
        status=status,
        area=told.area(area, off, with_all=False),
        parts=[told.area(one, None, with_all=False) for one in Area if one is not Area.GLOBAL],
        **words,
    )


async def _language(visit: Visit) -> str:
    return language_of(visit.scope, await person_of(visit))


class _Words:
    """Switches, their uses and replicas in the words of a page."""

    def __init__(self, language: str, names: dict[UUID, str], now: datetime) -> None:
        self._language = language
        self._names = names
        self._now = now

    def area(self, area: Area, off: Off | None, *, with_all: bool) -> dict[str, Any]:
        told: dict[str, Any] = {
            "key": str(area),
            "href": f"{PATH}/{area}",
            "name": translate(self._language, NAMES[area]),
            "while_off": translate(self._language, WHILE_OFF[area]),
            "off": None,
            "with_all": with_all and area is not Area.GLOBAL,
        }
        if off is not None:
            told["off"] = {
                "since": told_moment(off.since, self._now, self._language),
                "reason": off.reason,
                "by": self._by(off.staff_id),
            }
        return told

    def use(self, use: Use) -> dict[str, Any]:
        return {
            "name": translate(self._language, NAMES[use.area]),
            "reason": use.reason,
            "began": told_moment(use.began_at, self._now, self._language),
            "by": self._by(use.began_by),
            "ended": told_moment(use.ended_at, self._now, self._language) if use.ended_at else None,
            "end_reason": use.end_reason,
            "ended_by": self._by(use.ended_by),
        }

    def replica(self, seen: Seen, revision: int) -> dict[str, Any]:
        return {
            "role": seen.role,
            "id": str(seen.id)[-6:],
            "version": seen.version,
            "wire": "Redis" if seen.wire == "redis" else "PostgreSQL",
            "knows": seen.revision >= revision,
            "started": told_moment(seen.started_at, self._now, self._language),
            "delay": self._milliseconds(seen.delay_ms),
            "p50": self._milliseconds(seen.p50_ms),
            "p99": self._milliseconds(seen.p99_ms),
        }

    def _by(self, staff_id: UUID | None) -> str:
        if staff_id is None:
            return translate(self._language, BY_COMMAND)
        return self._names.get(staff_id) or translate(self._language, BY_NOBODY_KNOWN)

    def _milliseconds(self, delay: float | None) -> str | None:
        if delay is None:
            return None
        return f"{format_decimal(delay, '0' if delay >= 10 else '0.0', self._language)} ms"


router = Router(path="/", route_handlers=[overview, area_page, switch], include_in_schema=False)
