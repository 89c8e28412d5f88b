"""The console's form that writes a content of guidance, with how it would look."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.guidance.guide import Guide
from firstmile.guidance.knowing import ATTRIBUTES
from firstmile.guidance.lint import findings
from firstmile.guidance.models import Author, Content, Kind
from firstmile.guidance.permissions import GUIDANCE_CHANGE
from firstmile.guidance.publishing import save
from firstmile.guidance.registry import Registry
from firstmile.kernel.languages import LANGUAGES
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Invalid
from firstmile.kernel.visit import Visiting
from firstmile.protect.guards import as_staff, fresh_actor
from firstmile.web.confirm import confirm_first
from firstmile.web.console_flag_edit import MANY_FIELDS, told_ops
from firstmile.web.console_guidance import ONE, PATH, Desk, desk_of, known_draft
from firstmile.web.form_rows import Fields, acted, rows_of
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.guidance_forms import WHEN, content_of, fields_of_content
from firstmile.web.guidance_words import DELIVERIES, KINDS, TIMES
from firstmile.web.rendering import mistakes, query_of

Page = Response[str] | Redirect

CHANGE = [as_staff(GUIDANCE_CHANGE)]
NEW = f"{PATH}/new"
LOOK = "look"  # the button that only shows how it would look


@get(NEW, guards=CHANGE)
async def new_page(visit: Visiting) -> Page:
    """What kind it shall be, and then the form."""
    if first := await confirm_first(visit, NEW):
        return first
    desk, kind = await desk_of(visit), query_of(visit.scope).get("kind", str(Kind.TIP))
    return await _form(desk, None, {"kind": kind, "delivery": "tooltip", "priority": "50"}, 0)


@post(NEW, guards=CHANGE)
async def make(visit: Visiting, request: AnyRequest) -> Page:
    """Write the first draft."""
    return await _taken(await desk_of(visit), None, await fields_of(request, most=MANY_FIELDS))


@get(f"{ONE}/edit", guards=CHANGE)
async def edit_page(visit: Visiting, key: FromPath[str]) -> Page:
    """All of a content, in fields."""
    if first := await confirm_first(visit, f"{PATH}/contents/{key}/edit"):
        return first
    desk = await desk_of(visit)
    async with visit.reading() as db:
        draft = await known_draft(db, key)
    return await _form(desk, draft.content, fields_of_content(draft.content), draft.row_version)


@post(f"{ONE}/edit", guards=CHANGE)
async def edit(visit: Visiting, key: FromPath[str], request: AnyRequest) -> Page:
    """Change a row, look, or save, as the button says."""
    desk = await desk_of(visit)
    async with visit.reading() as db:
        draft = await known_draft(db, key)
    return await _taken(desk, draft.content, await fields_of(request, most=MANY_FIELDS))


async def _taken(desk: Desk, before: Content | None, fields: Fields) -> Page:
    text, act = fields.pop("seen", ""), fields.pop("act", "")
    seen = int(text) if text.isdecimal() else 0
    if act and act != LOOK:
        return await _form(desk, before, acted(fields, act), seen)
    key = before.key if before else fields.get("key", "").strip()
    kind = str(before.kind) if before else fields.get("kind", "")
    try:
        content = content_of(fields, key, kind)
        if act == LOOK:
            return await _form(desk, before, fields, seen, look=content)
        actor = await fresh_actor(desk.visit)
        around = desk.visit.part(Registry).around(_home(desk), desk.now)
        work = await desk.visit.work()
        await save(work, content, Author("staff", actor.user_id), seen, around)
    except Conflict as stale:
        refusal = Invalid(stale.message, details=[{"field": "form", "message": stale.message}])
        return await _form(desk, before, fields, seen, refusal=refusal)
    except Invalid as refusal:
        return await _form(desk, before, fields, seen, refusal=refusal)
    return see(f"{PATH}/contents/{key}?notice=guidance-saved")


async def _form(
    desk: Desk,
    before: Content | None,
    fields: Fields,
    seen: int,
    *,
    refusal: Invalid | None = None,
    look: Content | None = None,
) -> Page:
    words = desk.words
    shown = look or before
    around = desk.visit.part(Registry).around(_home(desk), desk.now)
    return await desk.page(
        "console_guidance_edit.html",
        status=200 if refusal is None else status_of(refusal),
        errors={} if refusal is None else _beside(refusal, words.language),
        key=before.key if before else None,
        kind=str(before.kind) if before else fields.get("kind"),
        form=fields,
        seen=seen,
        spoken=LANGUAGES,
        steps=rows_of(fields, "steps"),
        conditions=rows_of(fields, f"{WHEN}.conditions"),
        ops=told_ops(words),
        attributes=", ".join(ATTRIBUTES),
        targets=sorted(around.targets),
        cards=[words.card(shown, code) for code in LANGUAGES] if shown else [],
        findings=[words.finding(one) for one in findings(shown, around)] if shown else [],
        choices=_choices(desk),
    )


def _beside(refusal: Invalid, language: str) -> dict[str, str]:
    """Complaints beside the fields they are about: some are named otherwise in the form."""
    found = mistakes(refusal, language)
    named = {"frequency": "days", "needs": "roles", "needs.flag": "neededFlag"}
    told = {}
    for name, message in found.items():
        field = "routes" if name.startswith("routes") else named.get(name, name)
        told[WHEN if field.startswith(WHEN) else field] = message
    return told


def _choices(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    named: dict[str, Mapping[Any, str]] = {
        "kind": KINDS,
        "delivery": DELIVERIES,
        "times": TIMES,
    }
    return {
        field: [{"code": str(one), "name": desk.words.say(name)} for one, name in names.items()]
        for field, names in named.items()
    }


def _home(desk: Desk) -> str:
    return desk.visit.part(Guide).neighbours.home


router = Router(path="/", route_handlers=[new_page, make, edit_page, edit], include_in_schema=False)
