"""The console's pages that show flags: all of an environment, one of them, and what happened."""

from datetime import timedelta
from typing import Any

from litestar import Response, Router, get
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from firstmile.kernel.languages import N_
from firstmile.kernel.visit import Visiting
from firstmile.protect.guards import as_staff
from firstmile.release import store, store_proposals, store_usage
from firstmile.release.catalogue import Flags
from firstmile.release.debt import is_expired
from firstmile.release.models import FlagRow, Subject
from firstmile.release.permissions import FLAGS_READ
from firstmile.release.store_usage import Use
from firstmile.targeting.flags import ANYWHERE, Flag
from firstmile.web.flag_frame import Frame, frame_of, known_flag
from firstmile.web.flag_history import told_latest, told_proposals, told_revisions
from firstmile.web.flag_trying import tried
from firstmile.web.flag_words import KINDS, TYPES, Words
from firstmile.web.forms import see
from firstmile.web.rendering import query_of

Page = Response[str] | Redirect

FLAGS = "/console/flags"
GUARDS = [as_staff(FLAGS_READ)]
STAGES = (0, 5, 25, 50, 100)  # percent, as a rollout goes
LATEST, MANY = 5, 30  # changes on a flag's page, and on a page of the history
COUNTED = timedelta(days=14)


@get(FLAGS, guards=GUARDS)
async def flags_home(visit: Visiting) -> Redirect:
    """To the flags that rule this service itself."""
    return see(f"{FLAGS}/{visit.part(Flags).environment}")


@get(f"{FLAGS}/{{environment:str}}", guards=GUARDS)
async def flags_page(visit: Visiting, environment: FromPath[str]) -> Page:
    """Every flag of an environment, or those that fit the filter."""
    frame, query = await frame_of(visit, environment), query_of(visit.scope)
    sought, archived = query.get("filter", "").strip()[:100], "archived" in query
    async with visit.reading() as db:
        rows = await store.flags(db, environment, archived=archived)
        changes = await store.latest_of_each(db, environment, Subject.FLAG)
        latest = await told_latest(db, changes, frame.now, frame.words)
    shown = [row for row in rows if _fits(row.flag, sought)]
    return await frame.page(
        "console_flags.html",
        "flags",
        flags=[told_flag(row, frame) | {"latest": latest.get(row.flag.key)} for row in shown],
        count=len(rows),
        sought=sought,
        archived=archived,
    )


@get(f"{FLAGS}/{{environment:str}}/{{key:str}}", guards=GUARDS)
async def flag_page(visit: Visiting, environment: FromPath[str], key: FromPath[str]) -> Page:
    """One flag: whom it serves, what can be done with it, and what happened to it."""
    frame, row = await frame_of(visit, environment), await known_flag(visit, environment, key)
    async with visit.reading() as db:
        changes = await store.revisions(
            db, environment, subject=Subject.FLAG, key=key, most=LATEST + 1
        )
        waiting = await store_proposals.proposals(db, environment, only_open=True, key=key)
        uses = await store_usage.uses(db, environment, (frame.now - COUNTED).date(), flag=key)
        history = await told_revisions(db, changes[:LATEST], frame.now, frame.words)
        proposals = await told_proposals(db, waiting, frame.now, frame.words)
    contents = visit.part(Flags).snapshot(environment).contents
    return await frame.page(
        "console_flag.html",
        "flags",
        flag=told_flag(row, frame) | told_whole(row, frame.words),
        stages=STAGES,
        history=history,
        has_more=len(changes) > LATEST,
        proposals=proposals,
        uses=_told_uses(uses, frame.words),
        dependents=[
            flag.key for flag in contents.flags if key in {one.flag for one in flag.prerequisites}
        ],
        elsewhere=[one.name for one in frame.environments if one.name != environment],
        trial=tried(visit, environment, key, frame.words),
    )


@get("/console/flag-history/{environment:str}", guards=GUARDS)
async def history_page(
    visit: Visiting, environment: FromPath[str], cursor: FromQuery[int | None] = None
) -> Page:
    """Every change of an environment, or of one flag or segment, the newest first."""
    frame, query = await frame_of(visit, environment), query_of(visit.scope)
    key, subject = query.get("key") or None, query.get("subject")
    of = Subject(subject) if subject in set(Subject) else None
    async with visit.reading() as db:
        found = await store.revisions(
            db, environment, subject=of, key=key, before=cursor, most=MANY + 1
        )
        history = await told_revisions(db, found[:MANY], frame.now, frame.words)
    return await frame.page(
        "console_flag_history.html",
        "flag-history",
        history=history,
        key=key,
        subject=subject,
        more=found[MANY - 1].revision if len(found) > MANY else None,
    )


def told_flag(row: FlagRow, frame: Frame) -> dict[str, Any]:
    """A flag as a line of a list."""
    flag, words = row.flag, frame.words
    share = flag.serve.rollout_percentage
    return {
        "key": flag.key,
        "href": f"{FLAGS}/{row.environment}/{flag.key}",
        "revision": row.revision,
        "description": flag.description,
        "kind": words.say(KINDS[flag.kind]),
        "is_on": flag.enabled,
        "is_archived": row.archived_at is not None,
        "is_expired": is_expired(row, frame.now),
        "expires_on": flag.expires_on,
        "sentence": words.sentence(flag),
        "share": share,
        "share_words": words.percent(share),
    }


def told_whole(row: FlagRow, words: Words) -> dict[str, Any]:
    """All else of a flag, for its own page."""
    flag = row.flag
    return {
        "type": words.say(TYPES[flag.type]),
        "owner": flag.owner,
        "tags": flag.tags,
        "is_public": flag.is_public,
        "rules": [
            {"sentence": _begun(words.rule(flag, rule)), "description": rule.description}
            for rule in flag.rules
        ],
        "variants": [
            {
                "name": name,
                "value": words.value(value),
                "is_on": name == flag.on_variant,
                "is_off": name == flag.off_variant,
            }
            for name, value in flag.variants.items()
        ],
        "prerequisites": [
            {
                "key": one.flag,
                "href": f"{FLAGS}/{row.environment}/{one.flag}",
                "variants": words.listed(list(one.variants), style="or"),
            }
            for one in flag.prerequisites
        ],
        "listed": len(flag.user_whitelist),
        "markets": None
        if ANYWHERE in flag.markets
        else words.listed([words.market(one) for one in flag.markets]),
    }


def _fits(flag: Flag, sought: str) -> bool:
    text = " ".join((flag.key, flag.description, flag.owner, *flag.tags)).casefold()
    return all(word in text for word in sought.casefold().split())


def _told_uses(uses: list[Use], words: Words) -> list[dict[str, Any]]:
    whole = sum(use.count for use in uses) or 1
    return [
        {
            "variant": use.variant or words.say(N_("the application's default")),
            "count": f"{use.count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}"),
            "share": round(100 * use.count / whole, 1),
            "share_words": words.percent(round(100 * use.count / whole, 1)),
        }
        for use in uses
    ]


def _begun(said: str) -> str:
    return f"{said[:1].upper()}{said[1:]}."


router = Router(
    path="/",
    route_handlers=[flags_home, flags_page, flag_page, history_page],
    include_in_schema=False,
)
