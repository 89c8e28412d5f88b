"""The console's page of what went wrong."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.kernel.languages import N_, translate
from firstmile.kernel.refusals import Invalid, NotFound
from firstmile.kernel.visit import Visiting
from firstmile.kernel.work import Works
from firstmile.observe import store_errors as store
from firstmile.observe.permissions import ERRORS_READ, ERRORS_SETTLE
from firstmile.observe.sightings import Kind
from firstmile.observe.store_errors import Group, State
from firstmile.protect.guards import as_staff, own_actor
from firstmile.web.console import console_page
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.moments import ago, on
from firstmile.web.rendering import language_of, person_of, query_of

Page = Response[str] | Redirect

PATH = "/console/errors"
SHOWN = 100
KINDS = {
    Kind.SERVER: N_("Request that failed"),
    Kind.CSP: N_("Kept from running by a browser"),
}
STATES = {
    State.OPEN: N_("Unresolved"),
    State.RESOLVED: N_("Resolved"),
    State.IGNORED: N_("Ignored"),
}
# What is in a sample, in this order, and what it is called.
FACTS = {
    "route": N_("Route"),
    "because": N_("Because of"),
    "correlationId": N_("Correlation id"),
    "directive": N_("Directive"),
    "blocked": N_("Blocked"),
    "page": N_("Page"),
    "script": N_("Script"),
    "disposition": N_("Disposition"),
}


@get(PATH, guards=[as_staff(ERRORS_READ)])
async def errors_page(visit: Visiting) -> Page:
    """The groups in one state, the last seen first."""
    state = _state(query_of(visit.scope).get("state", State.OPEN))
    async with visit.reading() as db:
        found = await store.groups(db, state, SHOWN)
        counts = await store.counts(db)
    language = language_of(visit.scope, await person_of(visit))
    now = visit.part(Works).clock()
    tabs = [
        {
            "href": PATH if one is State.OPEN else f"{PATH}?state={one}",
            "name": translate(language, STATES[one]),
            "count": counts[one],
            "is_current": one is state,
        }
        for one in State
    ]
    return await console_page(
        visit,
        "console_errors.html",
        groups=[_told(group, language) | _when(group, language, now) for group in found],
        tabs=tabs,
        state=str(state),
        hidden=counts[state] - len(found),
    )


@post(f"{PATH}/{{group_id:uuid}}", guards=[as_staff(ERRORS_SETTLE)])
async def settle(visit: Visiting, group_id: FromPath[UUID], request: AnyRequest) -> Page:
    """Resolve a group, ignore it, or open it again."""
    form = await fields_of(request)
    state, actor, work = _state(form.get("state", "")), await own_actor(visit), await visit.work()
    if not await store.settle(work.db, group_id, state, actor.user_id, work.now):
        raise NotFound(N_("There is no such error."))
    came_from = _state(form.get("from", State.OPEN))
    back = PATH if came_from is State.OPEN else f"{PATH}?state={came_from}"
    return see(f"{back}{'&' if '?' in back else '?'}notice=error-{state}")


def _state(text: str) -> State:
    if text not in set(State):
        raise Invalid.field("state", N_("Say what became of it."))
    return State(text)


def _told(group: Group, language: str) -> dict[str, Any]:
    sample = group.sample
    facts = [(translate(language, FACTS[name]), sample[name]) for name in FACTS if sample.get(name)]
    return {
        "id": str(group.id),
        "kind": translate(language, KINDS[group.kind]),
        "title": group.title,
        "place": group.place,
        "count": group.count,
        "facts": facts,
        "frames": sample.get("frames", []),
    }


def _when(group: Group, language: str, now: Any) -> dict[str, str]:
    return {
        "last": ago(group.last_seen_at, now, language),
        "last_on": on(group.last_seen_at, language, None),
        "first": ago(group.first_seen_at, now, language),
        "first_on": on(group.first_seen_at, language, None),
    }


router = Router(path="/", route_handlers=[errors_page, settle], include_in_schema=False)
