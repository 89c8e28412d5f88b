"""The console's forms that make and edit a flag, in fields or as JSON."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.kernel.languages import N_
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.guards import as_staff
from firstmile.release import store
from firstmile.release.models import FlagRow, Subject, check_flag
from firstmile.release.permissions import FLAGS_CHANGE
from firstmile.targeting.conditions import Op
from firstmile.targeting.flags import Flag, Kind, Serve, Type, Unknown
from firstmile.web.condition_forms import SEGMENT, decoded, pretty
from firstmile.web.confirm import confirm_first
from firstmile.web.console_flag_changes import Wish, show
from firstmile.web.flag_forms import fields_of_flag, flag_of
from firstmile.web.flag_frame import Frame, frame_of, known_flag
from firstmile.web.flag_words import KINDS, OPS, TYPES, Words
from firstmile.web.form_rows import Fields, acted, rows_of
from firstmile.web.forms import AnyRequest, fields_of
from firstmile.web.rendering import mistakes, query_of

Page = Response[str] | Redirect

FLAG = "/console/flags/{environment:str}/{key:str}"
NEW = "/console/new-flag/{environment:str}"
GUARDS = [as_staff(FLAGS_CHANGE)]
MANY_FIELDS = 2000
UNKNOWNS = {
    Unknown.LAST: N_("what held last"),
    Unknown.OFF: N_("off"),
    Unknown.ON: N_("on"),
    Unknown.CODE_DEFAULT: N_("the application's default"),
}
# What a new flag of a type begins with.
VARIANTS: dict[Type, dict[str, Any]] = {
    Type.BOOLEAN: {"on": True, "off": False},
    Type.STRING: {"on": "on", "off": "off"},
    Type.NUMBER: {"on": 1, "off": 0},
    Type.OBJECT: {"on": {"limit": 10}, "off": {}},
}


@get(f"{FLAG}/edit", guards=GUARDS)
async def edit_page(visit: Visiting, environment: FromPath[str], key: FromPath[str]) -> Page:
    """All of a flag, in fields."""
    frame, row = await _opened(visit, environment, key)
    if first := await confirm_first(visit, f"{_href(row)}/edit"):
        return first
    return await _form(frame, row, fields_of_flag(row.flag), row.revision)


@post(f"{FLAG}/edit", guards=GUARDS)
async def edit(
    visit: Visiting, environment: FromPath[str], key: FromPath[str], request: AnyRequest
) -> Page:
    """Add or move a row as its button says; or show what the fields would change."""
    frame, row = await _opened(visit, environment, key)
    fields = await fields_of(request, most=MANY_FIELDS)
    seen, act = _seen(fields, row), fields.pop("act", "")
    if act:
        return await _form(frame, row, acted(fields, act), seen)
    try:
        after = flag_of(fields, row.flag)
        await _check(visit, environment, after)
    except Invalid as refusal:
        return await _form(frame, row, fields, seen, refusal)
    return await show(frame, Wish(Subject.FLAG, key, after, seen))


@get(f"{FLAG}/json", guards=GUARDS)
async def json_page(visit: Visiting, environment: FromPath[str], key: FromPath[str]) -> Page:
    """All of a flag, as JSON."""
    frame, row = await _opened(visit, environment, key)
    if first := await confirm_first(visit, f"{_href(row)}/json"):
        return first
    return await _json_form(frame, row, pretty(row.flag), row.revision)


@post(f"{FLAG}/json", guards=GUARDS)
async def edit_json(
    visit: Visiting, environment: FromPath[str], key: FromPath[str], request: AnyRequest
) -> Page:
    """Show what the JSON would change, or what is wrong with it."""
    frame, row = await _opened(visit, environment, key)
    fields = await fields_of(request)
    text, seen = fields.get("document", ""), _seen(fields, row)
    try:
        after: Flag = decoded(text, Flag, "document")
        if after.key != key:
            raise Invalid.field("document", N_("A flag keeps its key."))
        await _check(visit, environment, after)
    except Invalid as refusal:
        return await _json_form(frame, row, text, seen, refusal)
    return await show(frame, Wish(Subject.FLAG, key, after, seen))


@get(NEW, guards=GUARDS)
async def new_page(visit: Visiting, environment: FromPath[str]) -> Page:
    """The form that makes a flag."""
    frame, key = await frame_of(visit, environment), query_of(visit.scope).get("key", "")
    query = f"?{urlencode({'key': key})}" if key else ""
    if first := await confirm_first(visit, f"/console/new-flag/{environment}{query}"):
        return first
    form = {"key": key, "type": str(Type.BOOLEAN), "kind": str(Kind.RELEASE)}
    return await _new_form(frame, form)


@post(NEW, guards=GUARDS)
async def make(visit: Visiting, environment: FromPath[str], request: AnyRequest) -> Page:
    """Show the new flag before it is made; it begins switched off, for nobody."""
    frame, form = await frame_of(visit, environment), await fields_of(request)
    try:
        flag = _new_flag(form)
        async with visit.reading() as db:
            known = await store.flag(db, environment, flag.key)
        if known is not None:
            raise Invalid.field("key", N_("There is a flag of this key, maybe archived."))
        await _check(visit, environment, flag)
    except Invalid as refusal:
        errors = mistakes(refusal, frame.words.language)
        return await _new_form(frame, form, status=status_of(refusal), errors=errors)
    return await show(frame, Wish(Subject.FLAG, flag.key, flag, 0))


async def _opened(visit: Visit, environment: str, key: str) -> tuple[Frame, FlagRow]:
    return await frame_of(visit, environment), await known_flag(visit, environment, key)


async def _check(visit: Visit, environment: str, flag: Flag) -> None:
    """Raise Invalid with everything that is wrong with it, before it is even shown."""
    async with visit.reading() as db:
        flags = {row.flag.key: row.flag for row in await store.flags(db, environment)}
        rows = await store.segments(db, environment)
    check_flag(flag, flags, {row.segment.key: row.segment for row in rows})


async def _form(
    frame: Frame, row: FlagRow, fields: Fields, seen: int, refusal: Invalid | None = None
) -> Page:
    words = frame.words
    return await frame.page(
        "console_flag_edit.html",
        "flags",
        status=200 if refusal is None else status_of(refusal),
        errors={} if refusal is None else _beside(refusal, fields, words),
        key=row.flag.key,
        href=_href(row),
        form=fields,
        seen=seen,
        rows={name: rows_of(fields, name) for name in ("rules", "variants", "prerequisites")},
        conditions={
            rule: rows_of(fields, f"rules.{rule}.conditions") for rule in rows_of(fields, "rules")
        },
        names=_names(fields),
        ops=told_ops(words),
        **_choices(words),
    )


async def _json_form(
    frame: Frame, row: FlagRow, text: str, seen: int, refusal: Invalid | None = None
) -> Page:
    details = [] if refusal is None else refusal.details
    return await frame.page(
        "console_flag_json.html",
        "flags",
        status=200 if refusal is None else status_of(refusal),
        key=row.flag.key,
        href=_href(row),
        document=text,
        seen=seen,
        complaints=[
            {"at": "" if one["field"] == "document" else one["field"], "said": one["message"]}
            for one in details
        ],
    )


async def _new_form(
    frame: Frame, form: Fields, *, status: int = 200, errors: dict[str, str] | None = None
) -> Page:
    words = frame.words
    types = [{"code": str(one), "name": words.say(TYPES[one])} for one in Type]
    return await frame.page(
        "console_flag_new.html",
        "flags",
        status=status,
        form=form,
        errors=errors or {},
        types=types,
        kinds=_choices(words)["kinds"],
    )


def told_ops(words: Words) -> list[dict[str, str]]:
    """The comparisons, with that of a segment among them."""
    ops = [{"code": str(op), "name": words.say(OPS[op])} for op in Op]
    return [*ops, {"code": SEGMENT, "name": words.say(N_("is in the segment"))}]


def _choices(words: Words) -> dict[str, list[dict[str, str]]]:
    return {
        "kinds": [{"code": str(one), "name": words.say(KINDS[one])} for one in Kind],
        "unknowns": [{"code": str(one), "name": words.say(UNKNOWNS[one])} for one in Unknown],
    }


def _names(fields: Fields) -> list[str]:
    """The names of the variants as they stand in the form."""
    names = (fields.get(f"variants.{row}.name", "") for row in rows_of(fields, "variants"))
    return [name for name in names if name]


def _beside(refusal: Invalid, fields: Fields, words: Words) -> dict[str, str]:
    """Complaints beside the fields they are about: some are named otherwise in the form."""
    found = mistakes(refusal, words.language)
    told: dict[str, list[str]] = {}
    for name, message in found.items():
        told.setdefault(_field(name, fields), []).append(message)
    return {name: " ".join(messages) for name, messages in told.items()}


def _field(name: str, fields: Fields) -> str:
    if name.startswith("variants."):
        rows = {fields.get(f"variants.{row}.name"): row for row in rows_of(fields, "variants")}
        row = rows.get(name.removeprefix("variants."))
        return name if row is None else f"variants.{row}.value"
    if name.startswith("rules."):
        return ".".join(name.split(".")[:2])
    named = {"serve": "serveVariant", "serve.weights": "serveVariant", "serve.by": "by"}
    return named.get(name, name.removeprefix("serve."))


def _new_flag(form: Fields) -> Flag:
    kind, type_ = form.get("kind", ""), form.get("type", "")
    if kind not in set(Kind) or type_ not in set(Type):
        raise Invalid.field("type", N_("Choose one of these."))
    return Flag(
        key=form.get("key", "").strip(),
        type=Type(type_),
        variants=VARIANTS[Type(type_)],
        kind=Kind(kind),
        description=form.get("description", "").strip(),
        owner=form.get("owner", "").strip(),
        serve=Serve(variant="on", rollout_percentage=0),
    )


def _seen(fields: Fields, row: FlagRow) -> int:
    text = fields.pop("seen", "")
    return int(text) if text.isdecimal() else row.revision


def _href(row: FlagRow) -> str:
    return f"/console/flags/{row.environment}/{row.flag.key}"


router = Router(
    path="/",
    route_handlers=[edit_page, edit, json_page, edit_json, new_page, make],
    include_in_schema=False,
)
