"""The console's way from a wish to a change of a flag: see what it would do, say why, publish."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.kernel.languages import N_
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Invalid, NotFound, Stale
from firstmile.kernel.visit import Visit, Visiting
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff
from firstmile.release import store
from firstmile.release.actions import publish
from firstmile.release.models import (
    Author,
    Change,
    FlagRow,
    Subject,
    Subjected,
    is_emergency,
    no_such_flag,
)
from firstmile.release.permissions import FLAGS_CHANGE
from firstmile.release.preview import ELSEWHERE, Preview
from firstmile.release.proposals import propose
from firstmile.release.routes_flag_safety import previewed
from firstmile.release.routes_flags import author_of
from firstmile.targeting.flags import Flag, Segment
from firstmile.web.confirm import confirm_first
from firstmile.web.flag_diff import told_change
from firstmile.web.flag_frame import Frame, frame_of, known_flag
from firstmile.web.flag_history import told_revisions
from firstmile.web.flag_wishes import wished
from firstmile.web.flag_words import Words
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.rendering import mistakes, query_of

Page = Response[str] | Redirect

FLAG = "/console/flags/{environment:str}/{key:str}"
SEGMENT = "/console/segments/{environment:str}/{key:str}"
GUARDS = [as_staff(FLAGS_CHANGE)]
TYPES: dict[Subject, type[Flag] | type[Segment]] = {Subject.FLAG: Flag, Subject.SEGMENT: Segment}
PLACES = {Subject.FLAG: "flags", Subject.SEGMENT: "segments"}


@dataclass(frozen=True)
class Wish:
    """What somebody wants to publish, and the revision they looked at; 0 for something new."""

    subject: Subject
    key: str
    after: Flag | Segment | None
    seen: int
    reason: str = ""

    def href(self, environment: str) -> str:
        """The page of what it is about."""
        return f"/console/{PLACES[self.subject]}/{environment}/{self.key}"


@get(f"{FLAG}/preview", guards=GUARDS)
async def preview_page(visit: Visiting, environment: FromPath[str], key: FromPath[str]) -> Page:
    """What one of the quick controls of a flag's page would change."""
    frame, query = await frame_of(visit, environment), query_of(visit.scope)
    here = f"/console/flags/{environment}/{key}"
    if first := await confirm_first(visit, f"{here}/preview?{urlencode(query)}"):
        return first
    if query.get("archive", key) != key:
        return see(f"{here}?notice=key-unclear")
    row = await known_flag(visit, environment, key)
    if "copy" in query:
        return await _show_copy(visit, query["copy"], row)
    try:
        after = None if "archive" in query else wished(row.flag, query)
    except Invalid:
        return see(f"{here}?notice=share-unclear")
    return await show(frame, Wish(Subject.FLAG, key, after, 0 if row.archived_at else row.revision))


@get("/console/flag-history/{environment:str}/{revision:int}/undo", guards=GUARDS)
async def undo_page(visit: Visiting, environment: FromPath[str], revision: FromPath[int]) -> Page:
    """What it would change to put what was before a change back into force."""
    frame, here = await frame_of(visit, environment), f"/console/flag-history/{environment}"
    if first := await confirm_first(visit, f"{here}/{revision}/undo"):
        return first
    async with visit.reading() as db:
        undone = await store.revision(db, environment, revision)
    if undone is None or undone.subject not in TYPES:
        raise NotFound(N_("There is no such change."))
    before = undone.before if isinstance(undone.before, Flag | Segment) else None
    seen = await _revision_of(visit, environment, undone.subject, undone.key)
    reason = frame.words.say(N_("Undo of “%(reason)s”"), reason=undone.reason)[:500]
    later = seen not in (0, revision)
    wish = Wish(undone.subject, undone.key, before, seen, reason)
    return await show(frame, wish, is_older=later)


@post([f"{FLAG}/publish", f"{SEGMENT}/publish"], guards=GUARDS)
async def publish_change(
    visit: Visiting, environment: FromPath[str], key: FromPath[str], request: AnyRequest
) -> Page:
    """Publish what was shown, or propose it where a second person is asked for."""
    frame, form = await frame_of(visit, environment), await fields_of(request)
    is_flag = visit.scope["path"].startswith("/console/flags/")
    wish = _wish(Subject.FLAG if is_flag else Subject.SEGMENT, key, form)
    if first := await confirm_first(visit, wish.href(environment)):
        return first
    try:
        notice = await _publish(visit, frame, wish)
    except Stale:
        return await _show_other(frame, wish)
    except (Invalid, Conflict) as refusal:
        errors = mistakes(refusal, frame.words.language)
        needed = refusal.facts.get("neededBy")
        return await show(frame, wish, status=status_of(refusal), errors=errors, needed_by=needed)
    if wish.after is None and wish.subject is Subject.SEGMENT and notice == "flag-published":
        return see(f"/console/segments/{environment}?notice={notice}")
    return see(f"{wish.href(environment)}?notice={notice}")


async def show(frame: Frame, wish: Wish, *, status: int = 200, **words: Any) -> Page:
    """The page that shows what a wish would change, and asks why."""
    visit, name = frame.visit, frame.name
    before = await _current(visit, name, wish.subject, wish.key)
    found = await previewed(visit, name, wish.subject, wish.key, wish.after)
    lines = told_change(before, wish.after, frame.words)
    given = {
        "errors": {},
        "form": {"reason": wish.reason},
        "conflict": None,
        "needed_by": None,
        "is_older": False,
    } | words
    return await frame.page(
        "console_flag_preview.html",
        PLACES[wish.subject],
        status=status,
        key=wish.key,
        is_flag=wish.subject is Subject.FLAG,
        href=wish.href(name),
        back=wish.href(name)
        if before is not None or wish.seen
        else f"/console/{PLACES[wish.subject]}/{name}",
        document=_json(wish.after),
        seen=wish.seen,
        lines=lines,
        was=_sentence(before, frame.words),
        will_be=_sentence(wish.after, frame.words),
        preview=told_preview(found, frame.words),
        is_proposal=frame.environment.four_eyes and not is_emergency(before, wish.after),
        is_emergency=frame.environment.four_eyes and is_emergency(before, wish.after),
        **given,
    )


def told_preview(found: Preview, words: Words) -> dict[str, Any]:
    """Who would change, as templates know it."""
    return {
        "seen": found.seen,
        "changing": found.changing,
        "turns": [
            {
                "flag": turn.flag,
                "before": turn.before or words.say(N_("the application's default")),
                "after": turn.after or words.say(N_("the application's default")),
                "count": turn.count,
                "share_words": words.percent(round(100 * turn.count / (found.seen or 1), 1)),
                "share": round(100 * turn.count / (found.seen or 1), 1),
                "markets": words.listed(
                    [f"{_market(market, words)} {count}" for market, count in turn.markets.items()]
                ),
            }
            for turn in found.turns
        ],
        "others": found.others,
        "not_asked": found.not_asked,
        "unknown": found.unknown,
    }


async def _publish(visit: Visit, frame: Frame, wish: Wish) -> str:
    """Publish, or propose; the name of the notice that says which."""
    author: Author = await author_of(visit)
    change = Change(frame.name, wish.subject, wish.key, wish.after, author, wish.reason, wish.seen)
    work = await visit.work()
    try:
        await publish(work, visit.part(Hints), change)
    except Conflict as refusal:
        if refusal.error != "second_person_needed":
            raise
        await propose(work, change)
        return "flag-proposed"
    return "flag-published"


async def _show_copy(visit: Visit, target: str, row: FlagRow) -> Page:
    """A flag in another environment, switched off: what is tried there is not yet meant here."""
    frame = await frame_of(visit, target)
    flag = msgspec.structs.replace(row.flag, enabled=False)
    seen = await _revision_of(visit, target, Subject.FLAG, row.flag.key)
    return await show(frame, Wish(Subject.FLAG, row.flag.key, flag, seen), is_copy=True)


async def _show_other(frame: Frame, wish: Wish) -> Page:
    """Somebody was faster: what they changed, and what the wish would change now."""
    async with frame.visit.reading() as db:
        latest = await store.revisions(db, frame.name, subject=wish.subject, key=wish.key, most=1)
        told = await told_revisions(db, latest, frame.now, frame.words)
    seen = await _revision_of(frame.visit, frame.name, wish.subject, wish.key)
    fresh = Wish(wish.subject, wish.key, wish.after, seen, wish.reason)
    return await show(frame, fresh, status=409, conflict=told[0] if told else None)


async def _current(
    visit: Visit, environment: str, subject: Subject, key: str
) -> Flag | Segment | None:
    async with visit.reading() as db:
        if subject is Subject.FLAG:
            row = await store.flag(db, environment, key)
            return None if row is None or row.archived_at else row.flag
        found = await store.segment(db, environment, key)
        return None if found is None else found.segment


async def _revision_of(visit: Visit, environment: str, subject: Subject, key: str) -> int:
    """The revision a change of this now builds on; 0 when it is not in use."""
    async with visit.reading() as db:
        if subject is Subject.FLAG:
            row = await store.flag(db, environment, key)
            return 0 if row is None or row.archived_at else row.revision
        found = await store.segment(db, environment, key)
        return 0 if found is None else found.revision


def _wish(subject: Subject, key: str, form: dict[str, str]) -> Wish:
    text, seen = form.get("document", ""), form.get("seen", "")
    try:
        after = msgspec.json.decode(text, type=TYPES[subject]) if text else None
    except msgspec.MsgspecError as broken:
        raise Invalid.field("document", N_("This form cannot be read.")) from broken
    if after is not None and after.key != key:
        raise no_such_flag()
    return Wish(subject, key, after, int(seen) if seen.isdecimal() else 0, form.get("reason", ""))


def _sentence(document: Subjected | None, words: Words) -> str | None:
    return words.sentence(document) if isinstance(document, Flag) else None


def _json(document: Flag | Segment | None) -> str:
    return "" if document is None else msgspec.json.encode(document).decode()


def _market(code: str, words: Words) -> str:
    return words.say(N_("elsewhere")) if code == ELSEWHERE else words.market(code)


router = Router(
    path="/",
    route_handlers=[preview_page, undo_page, publish_change],
    include_in_schema=False,
)
