"""HTTP of contents for those who write, publish and take them back."""

from typing import Annotated

from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from firstmile.guidance import store
from firstmile.guidance.guide import Guide
from firstmile.guidance.lint import Surroundings, findings
from firstmile.guidance.models import Author, Draft, no_such_content
from firstmile.guidance.permissions import GUIDANCE_CHANGE, GUIDANCE_READ
from firstmile.guidance.publishing import Wish, archive, publish, roll_back, save, withdraw
from firstmile.guidance.quieting import begin_quiet, end_quiet
from firstmile.guidance.registry import Registry
from firstmile.guidance.schemas_admin import (
    DraftIn,
    DraftOut,
    DraftsOut,
    EditionOut,
    EditionsOut,
    EntryOut,
    LedgerOut,
    PublishIn,
    QuietIn,
    RollBackIn,
    WithdrawIn,
)
from firstmile.kernel.database import Connection
from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.refusals import Invalid, NotFound
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff, fresh_actor

READ, CHANGE = [as_staff(GUIDANCE_READ)], [as_staff(GUIDANCE_CHANGE)]
ONE = "/guidance/contents/{key:str}"
PAGE = 50

Archived = Annotated[bool | None, QueryParameter(description="The archived ones instead")]


@get("/guidance/contents", guards=READ, responses=problems(400, 401, 403, 422, 503))
async def list_contents(visit: Visiting, archived: Archived = None) -> DraftsOut:
    """Every content with what is to be said of its draft, and where it is published."""
    async with visit.reading() as db:
        drafts = await store.drafts(db, archived=bool(archived))
        published = await store.published(db)
    return DraftsOut([_told(visit, one, published.get(one.content.key, {})) for one in drafts])


@get(ONE, guards=READ, responses=problems(400, 401, 403, 404, 503))
async def get_content(visit: Visiting, key: FromPath[str]) -> DraftOut:
    """One content as it is written now."""
    async with visit.reading() as db:
        return await _told_one(visit, db, key)


@put(ONE, guards=CHANGE, responses=problems(*BODY, 401, 409, 503))
async def put_content(visit: Visiting, key: FromPath[str], data: JSONBody[DraftIn]) -> DraftOut:
    """Write a draft over the one that was `seen`. Nobody is shown it before it is published."""
    if data.content.key != key:
        raise Invalid.field("content.key", N_("This is not the key of the address."))
    work, author = await visit.work(), await author_of(visit)
    draft = await save(work, data.content, author, data.seen, around_home(visit))
    published = await store.published(work.db)
    return _told(visit, draft, published.get(key, {}))


@post(
    f"{ONE}/publish",
    guards=CHANGE,
    status_code=200,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def post_publish(
    visit: Visiting, key: FromPath[str], data: JSONBody[PublishIn]
) -> EditionOut:
    """Put the draft that was `seen` into force in an environment, as a version of its own."""
    wish = await wish_of(visit, data.environment, key, data.reason)
    around = visit.part(Registry).around(data.environment, visit.part(Works).clock())
    edition = await publish(
        await visit.work(),
        visit.part(Hints),
        wish,
        seen=data.seen,
        around=around,
        override=data.override,
    )
    return EditionOut.of(edition)


@post(
    f"{ONE}/roll-back",
    guards=CHANGE,
    status_code=200,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def post_roll_back(
    visit: Visiting, key: FromPath[str], data: JSONBody[RollBackIn]
) -> EditionOut:
    """Put the version before, or the one that is named, back into force; the draft stays."""
    wish = await wish_of(visit, data.environment, key, data.reason)
    work = await visit.work()
    return EditionOut.of(await roll_back(work, visit.part(Hints), wish, version=data.version))


@post(
    f"{ONE}/withdraw",
    guards=CHANGE,
    status_code=204,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def post_withdraw(visit: Visiting, key: FromPath[str], data: JSONBody[WithdrawIn]) -> None:
    """Show it to nobody in an environment any more."""
    wish = await wish_of(visit, data.environment, key, data.reason)
    await withdraw(await visit.work(), visit.part(Hints), wish)


@post(
    f"{ONE}/archive",
    guards=CHANGE,
    status_code=204,
    responses=problems(400, 401, 403, 404, 409, 503),
)
async def post_archive(visit: Visiting, key: FromPath[str]) -> None:
    """Put a content away that is published nowhere; its versions and the ledger stay."""
    await fresh_actor(visit)
    await archive(await visit.work(), key)


@get(f"{ONE}/editions", guards=READ, responses=problems(400, 401, 403, 503))
async def list_editions(visit: Visiting, key: FromPath[str]) -> EditionsOut:
    """The versions of a content, the newest first."""
    async with visit.reading() as db:
        return EditionsOut([EditionOut.of(one) for one in await store.editions(db, key)])


@get("/guidance/ledger", guards=READ, responses=problems(400, 401, 403, 422, 503))
async def get_ledger(
    visit: Visiting,
    key: FromQuery[str | None] = None,
    environment: FromQuery[str | None] = None,
    cursor: FromQuery[int | None] = None,
) -> LedgerOut:
    """Who put which version into force where, when and why; the newest first."""
    async with visit.reading() as db:
        found = await store.ledger(
            db, key=key, environment=environment, before=cursor, most=PAGE + 1
        )
    following = found[PAGE - 1].number if len(found) > PAGE else None
    return LedgerOut([EntryOut.of(one) for one in found[:PAGE]], following)


@put(
    "/guidance/quiet/{environment:str}",
    guards=CHANGE,
    status_code=204,
    responses=problems(*BODY, 401, 404, 503),
)
async def put_quiet(visit: Visiting, environment: FromPath[str], data: JSONBody[QuietIn]) -> None:
    """Let nothing interrupt anybody until a moment, such as in an incident; null ends it."""
    wish = await wish_of(visit, environment, "", data.reason)
    work, hints = await visit.work(), visit.part(Hints)
    if data.until is None:
        await end_quiet(work, hints, environment, wish.author)
    elif data.until.tzinfo is None:
        raise Invalid.field("until", N_("Give the moment with its time zone."))
    else:
        await begin_quiet(work, hints, environment, data.until, data.reason, wish.author)


async def author_of(visit: Visit) -> Author:
    """Who changes something now, and has just confirmed that it is them."""
    actor = await fresh_actor(visit)
    return Author("staff", actor.user_id)


async def wish_of(visit: Visit, environment: str, key: str, reason: str) -> Wish:
    """Who wants something in an environment; NotFound for one that is not there."""
    author, work = await author_of(visit), await visit.work()
    if environment not in await visit.part(Guide).neighbours.environments(work.db):
        raise NotFound(N_("There is no such environment."), error="environment_not_found")
    return Wish(environment, key, author, reason)


def around_home(visit: Visit) -> Surroundings:
    """What a draft finds in our own environment, which is where it is looked at."""
    home = visit.part(Guide).neighbours.home
    return visit.part(Registry).around(home, visit.part(Works).clock())


async def _told_one(visit: Visit, db: Connection, key: str) -> DraftOut:
    draft = await store.draft(db, key)
    if draft is None:
        raise no_such_content()
    return _told(visit, draft, (await store.published(db)).get(key, {}))


def _told(visit: Visit, draft: Draft, published: dict[str, int]) -> DraftOut:
    return DraftOut.of(draft, published, findings(draft.content, around_home(visit)))


router = Router(
    path="/api/v1/admin",
    route_handlers=[
        list_contents,
        get_content,
        put_content,
        post_publish,
        post_roll_back,
        post_withdraw,
        post_archive,
        list_editions,
        get_ledger,
        put_quiet,
    ],
    tags=["Guidance"],
)
