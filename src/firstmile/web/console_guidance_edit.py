"""The console's form that writes a content of guidance, with how it would look."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.guidance.guide import Guide
from firstmile.guidance.knowing import ATTRIBUTES
from firstmile.guidance.lint import Level, findings
from firstmile.guidance.models import USUAL, Author, Content, Delivery, Kind
from firstmile.guidance.permissions import GUIDANCE_CHANGE
from firstmile.guidance.publishing import save
from firstmile.guidance.registry import Registry
from firstmile.kernel.languages import LANGUAGES
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Forbidden, Invalid
from firstmile.kernel.visit import Visiting
from firstmile.protect.guards import as_staff, fresh_actor
from firstmile.web.confirm import confirm_first
from firstmile.web.console_flag_edit import MANY_FIELDS, told_ops
from firstmile.web.console_guidance import ONE, PATH, Desk, desk_of, known_draft
from firstmile.web.form_rows import Fields, acted, rows_of
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.guidance_forms import WHEN, content_of, fields_of_content
from firstmile.web.guidance_mistakes import beside_fields, told_beside
from firstmile.web.guidance_words import DELIVERIES, KINDS, TIMES
from firstmile.web.rendering import query_of

Page = Response[str] | Redirect

CHANGE = [as_staff(GUIDANCE_CHANGE)]
NEW = f"{PATH}/new"
LOOK = "look"  # the button that only shows how it would look


@get(NEW, guards=CHANGE)
async def new_page(visit: Visiting) -> Page:
    """What kind it shall be, and then the form."""
    query = visit.scope["query_string"].decode("latin-1")
    if first := await confirm_first(visit, f"{NEW}?{query}" if query else NEW):
        return first
    asked = query_of(visit.scope).get("kind", "")
    kind = Kind(asked) if asked in set(Kind) else Kind.TIP
    usual = Delivery.BANNER if kind is Kind.ANNOUNCEMENT else Delivery.TOOLTIP
    fields: Fields = {"kind": kind, "delivery": usual, "priority": str(USUAL)}
    return await _form(await desk_of(visit), None, fields, 0)


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
    key = before.key if before else fields.get("key", "").strip()
    kind = str(before.kind) if before else fields.get("kind", "")
    if act and act != LOOK:
        return await _rows_changed(desk, before, fields, seen, act)
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
    except Forbidden as refusal:
        if refusal.error != "step_up_required":
            raise
        # To write takes longer than a proof lasts: what was written stays on the page.
        return await _form(desk, before, fields, seen, must_confirm=True)
    return see(f"{PATH}/contents/{key}?notice=guidance-saved")


async def _rows_changed(
    desk: Desk, before: Content | None, fields: Fields, seen: int, act: str
) -> Page:
    """The form with a row more, less or elsewhere, and the keyboard where that is."""
    changed = acted(fields, act)
    verb, _, name = act.partition(" ")
    first = "key" if name == "steps" else "attribute"
    added = f"{name}.{rows_of(changed, name)[-1]}.{first}" if verb == "add" else None
    return await _form(desk, before, changed, seen, focus=added or name.partition(".")[0])


async def _form(
    desk: Desk,
    before: Content | None,
    fields: Fields,
    seen: int,
    *,
    refusal: Invalid | None = None,
    look: Content | None = None,
    must_confirm: bool = False,
    focus: str = "",
) -> Page:
    words = desk.words
    shown = look or before
    around = desk.visit.part(Registry).around(_home(desk), desk.now)
    found = findings(shown, around) if shown else []
    in_the_way = [one for one in found if look and one.level is not Level.WARNING]
    return await desk.page(
        "console_guidance_edit.html",
        status=403 if must_confirm else 200 if refusal is None else status_of(refusal),
        must_confirm=must_confirm,
        focus=focus,
        refused=refusal is not None,
        errors=beside_fields(words, in_the_way) if refusal is None else told_beside(words, refusal),
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
        findings=[words.finding(one) for one in found],
        choices=_choices(desk),
    )


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
