"""The console's pages that show guidance: all of it, one content, and why somebody sees it not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.guidance import store, store_counts
from firstmile.guidance.asking import Asking, remembering
from firstmile.guidance.explaining import explained
from firstmile.guidance.guide import Guide
from firstmile.guidance.lint import findings
from firstmile.guidance.models import Draft, Edition, Entry, no_such_content
from firstmile.guidance.permissions import GUIDANCE_CHANGE, GUIDANCE_READ
from firstmile.guidance.registry import Registry
from firstmile.guidance.store_attention import Whose
from firstmile.identity import store_people
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import LANGUAGES, N_
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.secrets import Vault
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import as_staff
from firstmile.protect.places import place_of
from firstmile.web.console import console_page
from firstmile.web.guidance_forms import differing, same
from firstmile.web.guidance_preview import preview_path
from firstmile.web.guidance_words import GuidanceWords
from firstmile.web.moments import on, told_moment
from firstmile.web.rendering import language_of, person_of, query_of

Page = Response[str] | Redirect

PATH = "/console/guidance"
ONE = f"{PATH}/contents/{{key:str}}"
READ = [as_staff(GUIDANCE_READ)]
WEEKS_OF_FIGURES = timedelta(days=28)


@dataclass(frozen=True)
class Desk:
    """What every page about guidance begins with."""

    visit: Visit
    words: GuidanceWords
    now: datetime
    environments: list[str]
    may_change: bool

    async def page(self, template: str, *, status: int = 200, **words: Any) -> Response[str]:
        """A page in the frame of the console."""
        frame = {"environments": self.environments, "may_change": self.may_change}
        return await console_page(self.visit, template, status=status, **(frame | words))

    def moment(self, at: datetime) -> dict[str, str]:
        """A moment as templates know it."""
        return told_moment(at, self.now, self.words.language)


async def desk_of(visit: Visit) -> Desk:
    """The desk of who asks."""
    actor = await visit.actor()
    words = GuidanceWords(language_of(visit.scope, await person_of(visit)))
    async with visit.reading() as db:
        names = await visit.part(Guide).neighbours.environments(db)
    may_change = actor.staff_role in GUIDANCE_CHANGE.roles
    return Desk(visit, words, visit.part(Works).clock(), names, may_change)


async def known_draft(db: Connection, key: str) -> Draft:
    """A content by its key; NotFound when there is none."""
    draft = await store.draft(db, key)
    if draft is None:
        raise no_such_content()
    return draft


@get(PATH, guards=READ)
async def list_page(visit: Visiting) -> Page:
    """Every content: what it is, where it is published, and what is to be said of it."""
    desk = await desk_of(visit)
    async with visit.reading() as db:
        drafts, published = await store.drafts(db), await store.published(db)
        quiet = await store.quiet(db)
        home = visit.part(Guide).neighbours.home
        borne = await store_counts.borne(db, home, desk.now - timedelta(days=7))
    around = visit.part(Registry).around(home, desk.now)
    contents = [
        desk.words.content(one.content)
        | {
            "published": published.get(one.content.key, {}),
            "findings": len(findings(one.content, around)),
            "saved": desk.moment(one.saved_at),
        }
        for one in drafts
    ]
    return await desk.page(
        "console_guidance.html",
        contents=contents,
        quiet=[
            {"environment": name, "until": on(until, desk.words.language, None), "reason": reason}
            for name, (until, reason) in quiet.items()
            if until > desk.now
        ],
        home=home,
        borne=borne,
    )


@get(ONE, guards=READ)
async def content_page(visit: Visiting, key: FromPath[str]) -> Page:
    """One content: how it looks, where it is published, what became of it, and its history."""
    desk = await desk_of(visit)
    guide = visit.part(Guide)
    home = guide.neighbours.home
    async with visit.reading() as db:
        draft = await known_draft(db, key)
        editions = {one.version: one for one in await store.editions(db, key)}
        published = (await store.published(db)).get(key, {})
        entries = await store.ledger(db, key=key, most=20)
        history = await _told_history(db, desk, entries, editions)
        since = (desk.now - WEEKS_OF_FIGURES).date()
        totals = await store_counts.totals(db, home, since=since, key=key)
    found = findings(draft.content, visit.part(Registry).around(home, desk.now))
    return await desk.page(
        "console_guidance_content.html",
        content=desk.words.content(draft.content),
        cards=[desk.words.card(draft.content, code) for code in LANGUAGES],
        audience=desk.words.condition(draft.content.when) if draft.content.when else None,
        draft=draft,
        saved=desk.moment(draft.saved_at),
        findings=[desk.words.finding(one) for one in found],
        places=[_place(name, published.get(name), draft, editions) for name in desk.environments],
        figures=[
            {"name": desk.words.happened(one.kind, one.reason), "times": one.times}
            for one in totals
        ],
        history=history,
        preview=preview_path(visit.part(Vault), draft, desk.now),
    )


@get(f"{PATH}/why", guards=READ)
async def why_page(visit: Visiting) -> Page:
    """Why somebody is shown a content on a route, or is not."""
    desk = await desk_of(visit)
    query = query_of(visit.scope)
    form = {name: query.get(name, "") for name in ("key", "person", "route", "environment")}
    async with visit.reading() as db:
        keys = [one.content.key for one in await store.drafts(db)]
        told = await _why(desk, db, form) if form["key"] and form["person"] else None
    return await desk.page("console_guidance_why.html", form=form, keys=keys, told=told)


async def _why(desk: Desk, db: Connection, form: dict[str, str]) -> dict[str, Any]:
    found = await store_people.people(db, form["person"], 1)
    if not found:
        raise NotFound(N_("There is nobody of this name or address."))
    guide = desk.visit.part(Guide)
    environment = form["environment"] or guide.neighbours.home
    user_id = UserId(UUID(str(found[0].id)))
    known = await guide.neighbours.somebody(db, user_id, desk.words.language)
    whose = Whose(environment, user_id=user_id)
    route = place_of(form["route"] or "/")
    asking = await remembering(
        db, Asking(known, whose, environment, route, desk.words.language, desk.now)
    )
    verdict = explained(guide, asking, form["key"], await guide.had(db, asking))
    return {
        "person": found[0].name,
        "holds": verdict.holds,
        "route": route,
        "lines": [one for part in verdict.parts for one in desk.words.verdict(part)],
    }


def _place(
    environment: str, version: int | None, draft: Draft, editions: dict[int, Edition]
) -> dict[str, Any]:
    """Where a content stands in an environment."""
    edition = editions.get(version or 0)
    return {
        "environment": environment,
        "version": version,
        "is_newest": edition is not None and same(edition.content, draft.content),
    }


async def _told_history(
    db: Connection, desk: Desk, entries: list[Entry], editions: dict[int, Edition]
) -> list[dict[str, Any]]:
    ids = {one.author_id for one in entries if one.author_id}
    names = await store_people.names_of(db, list(ids))
    return [
        {
            "act": desk.words.act(one.act, one.version),
            "environment": one.environment,
            "by": names.get(one.author_id, one.author) if one.author_id else one.author,
            "reason": one.reason,
            "override": one.override,
            "lines": _lines(editions.get(one.before or 0), editions.get(one.version or 0)),
            **desk.moment(one.at),
        }
        for one in entries
    ]


def _lines(before: Edition | None, after: Edition | None) -> list[dict[str, Any]]:
    if before is None or after is None:
        return []
    return [
        {"sign": "~", "name": name, "before": old or None, "after": new or None}
        for name, old, new in differing(before.content, after.content)
    ]


router = Router(
    path="/", route_handlers=[list_page, why_page, content_page], include_in_schema=False
)
