"""The console's pages about segments: people by a name, whom flags may serve."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.kernel.languages import N_
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.guards import as_staff
from firstmile.release import store
from firstmile.release.models import SegmentRow, Subject, check_segment
from firstmile.release.permissions import FLAGS_CHANGE, FLAGS_READ
from firstmile.targeting.conditions import segments_in
from firstmile.targeting.flags import Segment
from firstmile.web.confirm import confirm_first
from firstmile.web.console_flag_changes import Wish, show
from firstmile.web.console_flag_edit import MANY_FIELDS, told_ops
from firstmile.web.flag_forms import fields_of_segment, segment_of
from firstmile.web.flag_frame import Frame, frame_of, known_segment
from firstmile.web.flag_history import told_revisions
from firstmile.web.flag_words import Words
from firstmile.web.form_rows import Fields, acted, rows_of
from firstmile.web.forms import AnyRequest, fields_of
from firstmile.web.rendering import mistakes

Page = Response[str] | Redirect

PATH = "/console/segments/{environment:str}"
ONE = f"{PATH}/{{key:str}}"
NEW = "/console/new-segment/{environment:str}"
READ, CHANGE = [as_staff(FLAGS_READ)], [as_staff(FLAGS_CHANGE)]
LATEST = 5


@get(PATH, guards=READ)
async def segments_page(visit: Visiting, environment: FromPath[str]) -> Page:
    """Every segment of an environment."""
    frame = await frame_of(visit, environment)
    async with visit.reading() as db:
        rows = await store.segments(db, environment)
        naming = await _naming(visit, environment)
    segments = [
        _told(row, frame.words) | {"flags": naming.get(row.segment.key, [])} for row in rows
    ]
    return await frame.page("console_segments.html", "segments", segments=segments)


@get(ONE, guards=READ)
async def segment_page(visit: Visiting, environment: FromPath[str], key: FromPath[str]) -> Page:
    """One segment: who is in it, which flags name it, and what happened to it."""
    frame = await frame_of(visit, environment)
    row = await known_segment(visit, environment, key)
    async with visit.reading() as db:
        changes = await store.revisions(
            db, environment, subject=Subject.SEGMENT, key=key, most=LATEST
        )
        history = await told_revisions(db, changes, frame.now, frame.words)
        naming = await _naming(visit, environment)
    return await frame.page(
        "console_segment.html",
        "segments",
        segment=_told(row, frame.words) | {"flags": naming.get(key, [])},
        history=history,
    )


@get(f"{ONE}/edit", guards=CHANGE)
async def edit_page(visit: Visiting, environment: FromPath[str], key: FromPath[str]) -> Page:
    """All of a segment, in fields."""
    frame = await frame_of(visit, environment)
    if first := await confirm_first(visit, f"/console/segments/{environment}/{key}/edit"):
        return first
    row = await known_segment(visit, environment, key)
    return await _form(frame, key, fields_of_segment(row.segment), row.revision)


@post(f"{ONE}/edit", guards=CHANGE)
async def edit(
    visit: Visiting, environment: FromPath[str], key: FromPath[str], request: AnyRequest
) -> Page:
    """Add or remove a row as its button says; or show what the fields would change."""
    frame = await frame_of(visit, environment)
    row = await known_segment(visit, environment, key)
    fields = await fields_of(request, most=MANY_FIELDS)
    return await _taken(frame, key, fields, row.revision)


@get(f"{ONE}/delete", guards=CHANGE)
async def delete_page(visit: Visiting, environment: FromPath[str], key: FromPath[str]) -> Page:
    """What it would change to delete a segment."""
    frame = await frame_of(visit, environment)
    if first := await confirm_first(visit, f"/console/segments/{environment}/{key}/delete"):
        return first
    row = await known_segment(visit, environment, key)
    return await show(frame, Wish(Subject.SEGMENT, key, None, row.revision))


@get(NEW, guards=CHANGE)
async def new_page(visit: Visiting, environment: FromPath[str]) -> Page:
    """The form that makes a segment."""
    if first := await confirm_first(visit, f"/console/new-segment/{environment}"):
        return first
    return await _form(
        await frame_of(visit, environment), None, acted({}, "add when.conditions"), 0
    )


@post(NEW, guards=CHANGE)
async def make(visit: Visiting, environment: FromPath[str], request: AnyRequest) -> Page:
    """Show the new segment before it is made."""
    frame = await frame_of(visit, environment)
    return await _taken(frame, None, await fields_of(request, most=MANY_FIELDS), 0)


async def _taken(frame: Frame, key: str | None, fields: Fields, revision: int) -> Page:
    """Do what the form's button says: change its rows, or show what would change."""
    text, act = fields.pop("seen", ""), fields.pop("act", "")
    seen = int(text) if text.isdecimal() else revision
    if act:
        return await _form(frame, key, acted(fields, act), seen)
    try:
        after = segment_of(_without_empty(fields), key or fields.get("key", "").strip())
        await _check(frame.visit, frame.name, after, is_new=key is None)
    except Invalid as refusal:
        return await _form(frame, key, fields, seen, refusal)
    return await show(frame, Wish(Subject.SEGMENT, after.key, after, seen))


def _without_empty(fields: Fields) -> Fields:
    """The fields without a first row that was left as it was: a segment may list people only."""
    at = "when.conditions.0"
    is_empty = not fields.get(f"{at}.attribute") and not fields.get(f"{at}.values")
    is_alone = rows_of(fields, "when.conditions") == [0]
    return acted(fields, f"remove {at}") if is_empty and is_alone else fields


async def _check(visit: Visit, environment: str, segment: Segment, *, is_new: bool) -> None:
    async with visit.reading() as db:
        rows = await store.segments(db, environment)
    known = {row.segment.key: row.segment for row in rows}
    if is_new and segment.key in known:
        raise Invalid.field("key", N_("There is a segment of this key."))
    check_segment(segment, known)


async def _form(
    frame: Frame, key: str | None, fields: Fields, seen: int, refusal: Invalid | None = None
) -> Page:
    errors = {} if refusal is None else mistakes(refusal, frame.words.language)
    return await frame.page(
        "console_segment_edit.html",
        "segments",
        status=200 if refusal is None else status_of(refusal),
        errors={("when" if one.startswith("when") else one): said for one, said in errors.items()},
        key=key,
        href=f"/console/segments/{frame.name}/{key}" if key else None,
        form=fields,
        seen=seen,
        conditions=rows_of(fields, "when.conditions"),
        ops=told_ops(frame.words),
    )


async def _naming(visit: Visit, environment: str) -> dict[str, list[str]]:
    """The flags whose rules name each segment."""
    async with visit.reading() as db:
        rows = await store.flags(db, environment)
    found: dict[str, list[str]] = {}
    for row in rows:
        for name in sorted({one for rule in row.flag.rules for one in segments_in(rule.when)}):
            found.setdefault(name, []).append(row.flag.key)
    return found


def _told(row: SegmentRow, words: Words) -> dict[str, Any]:
    segment = row.segment
    return {
        "key": segment.key,
        "href": f"/console/segments/{row.environment}/{segment.key}",
        "description": segment.description,
        "condition": None if segment.when is None else words.condition(segment.when),
        "included": len(segment.included),
        "excluded": len(segment.excluded),
    }


router = Router(
    path="/",
    route_handlers=[
        segments_page,
        segment_page,
        edit_page,
        edit,
        delete_page,
        new_page,
        make,
    ],
    include_in_schema=False,
)
