"""HTTP of help for its authors: articles and their versions, and what people said."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from firstmile.help import store, store_figures
from firstmile.help.actions import (
    archive_article,
    delete_article,
    go_on_from,
    note_review,
    publish_version,
    restore_article,
    save_version,
    write_article,
)
from firstmile.help.diffs import differences
from firstmile.help.models import Article, no_such_article, no_such_version
from firstmile.help.overview import Overview
from firstmile.help.permissions import HELP_PUBLISH, HELP_WRITE
from firstmile.help.schemas_admin import (
    AllSaidOut,
    DifferenceOut,
    DifferencesOut,
    ListedOut,
    ListOut,
    NewArticleIn,
    PreviewIn,
    PreviewOut,
    PublishIn,
    SaidOut,
    SaveIn,
    SeenIn,
    StandOut,
    VersionOut,
    WholeOut,
)
from firstmile.kernel.database import Connection
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visiting
from firstmile.kernel.work import Works
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff, own_actor
from firstmile.rich_text.reading import read
from firstmile.rich_text.showing import json_of

WRITE, PUBLISH = [as_staff(HELP_WRITE)], [as_staff(HELP_PUBLISH)]
READS = problems(400, 401, 403, 404, 503)
CHANGES = problems(*BODY, 401, 404, 409, 503)
ONE = "/articles/{article_id:uuid}"
MOST_SAID = 100
Seen = Annotated[int, QueryParameter(name="rowVersion", description="That of the article seen")]
Number = Annotated[int, QueryParameter(description="The number of a version")]


@get("/articles", guards=WRITE, responses=problems(401, 403, 503))
async def list_all_articles(visit: Visiting) -> ListOut:
    """Every article with its state, its figures of 90 days and what speaks against it."""
    now = visit.part(Works).clock()
    async with visit.reading() as db:
        found = await visit.part(Overview).standings(db, now)
    return ListOut(items=[ListedOut.of(one) for one in found])


@post("/articles", guards=WRITE, responses=CHANGES)
async def post_article(visit: Visiting, data: JSONBody[NewArticleIn]) -> StandOut:
    """Write an article, as a draft."""
    author = await own_actor(visit)
    work = await visit.work()
    content = data.content.content()
    return StandOut.of(await write_article(work, data.slug, content, author.user_id, data.note))


@post("/preview", status_code=200, guards=WRITE, responses=problems(*BODY, 401, 503))
async def post_preview(
    visit: Visiting,  # noqa: ARG001  every route of ours is handed one
    data: JSONBody[PreviewIn],
) -> PreviewOut:
    """What Markdown looks like, without keeping it."""
    return PreviewOut(body=json_of(read(data.body)))


@get(ONE, guards=WRITE, responses=READS)
async def get_whole_article(visit: Visiting, article_id: FromPath[UUID]) -> WholeOut:
    """An article with its versions, the newest first."""
    async with visit.reading() as db:
        article = await _known(db, article_id)
        versions = await store.versions(db, article_id)
    return WholeOut(article=StandOut.of(article), versions=[VersionOut.of(one) for one in versions])


@put(ONE, guards=WRITE, responses=CHANGES)
async def put_article(
    visit: Visiting, article_id: FromPath[UUID], data: JSONBody[SaveIn]
) -> StandOut:
    """Write another version; nobody reads it before it is published."""
    author = await own_actor(visit)
    content, seen = data.content.content(), data.row_version
    return StandOut.of(
        await save_version(
            await visit.work(), article_id, content, author.user_id, seen=seen, note=data.note
        )
    )


@delete(ONE, status_code=204, guards=PUBLISH, responses=problems(*BODY, 401, 404, 409, 503))
async def delete_whole_article(
    visit: Visiting, article_id: FromPath[UUID], row_version: Seen
) -> None:
    """Delete an article with its versions; one that came with Firstmile is archived instead."""
    author, hints = await own_actor(visit), visit.part(Hints)
    await delete_article(await visit.work(), hints, article_id, author.user_id, seen=row_version)


@post(f"{ONE}/publish", status_code=200, guards=PUBLISH, responses=CHANGES)
async def post_published(
    visit: Visiting, article_id: FromPath[UUID], data: JSONBody[PublishIn]
) -> StandOut:
    """Let everybody read a version; an older one rolls back."""
    author, hints, work = await own_actor(visit), visit.part(Hints), await visit.work()
    return StandOut.of(
        await publish_version(
            work, hints, article_id, data.version, author.user_id, seen=data.row_version
        )
    )


@post(f"{ONE}/take-up", status_code=200, guards=WRITE, responses=CHANGES)
async def post_taken_up(
    visit: Visiting, article_id: FromPath[UUID], data: JSONBody[PublishIn]
) -> StandOut:
    """Go on from an older version, or from what Firstmile brought, as a draft."""
    author, work = await own_actor(visit), await visit.work()
    return StandOut.of(
        await go_on_from(work, article_id, data.version, author.user_id, seen=data.row_version)
    )


@post(f"{ONE}/archive", status_code=200, guards=PUBLISH, responses=CHANGES)
async def post_archived(
    visit: Visiting, article_id: FromPath[UUID], data: JSONBody[SeenIn]
) -> StandOut:
    """Let nobody read an article any more; its versions stay."""
    author, hints, work = await own_actor(visit), visit.part(Hints), await visit.work()
    return StandOut.of(
        await archive_article(work, hints, article_id, author.user_id, seen=data.row_version)
    )


@post(f"{ONE}/restore", status_code=200, guards=WRITE, responses=CHANGES)
async def post_restored(
    visit: Visiting, article_id: FromPath[UUID], data: JSONBody[SeenIn]
) -> StandOut:
    """Make an archived article a draft again."""
    return StandOut.of(await restore_article(await visit.work(), article_id, seen=data.row_version))


@post(f"{ONE}/review", status_code=200, guards=WRITE, responses=CHANGES)
async def post_reviewed(
    visit: Visiting, article_id: FromPath[UUID], data: JSONBody[SeenIn]
) -> StandOut:
    """Say that an article was read and is right."""
    return StandOut.of(await note_review(await visit.work(), article_id, seen=data.row_version))


@get(f"{ONE}/differences", guards=WRITE, responses=problems(400, 401, 403, 404, 422, 503))
async def get_differences(
    visit: Visiting, article_id: FromPath[UUID], before: Number, after: Number
) -> DifferencesOut:
    """What differs between two versions, line by line."""
    async with visit.reading() as db:
        await _known(db, article_id)
        old = await store.version(db, article_id, before)
        new = await store.version(db, article_id, after)
    if old is None or new is None:
        raise no_such_version()
    found = differences(old.content, new.content)
    return DifferencesOut(differences=[DifferenceOut.of(one) for one in found])


@get(f"{ONE}/feedback", guards=WRITE, responses=READS)
async def get_all_said(visit: Visiting, article_id: FromPath[UUID]) -> AllSaidOut:
    """What people said of an article, the latest first; nobody knows who."""
    async with visit.reading() as db:
        await _known(db, article_id)
        found = await store_figures.feedback(db, article_id, MOST_SAID)
    return AllSaidOut(items=[SaidOut.of(one) for one in found])


async def _known(db: Connection, article_id: UUID) -> Article:
    article = await store.article(db, article_id)
    if article is None:
        raise no_such_article()
    return article


router = Router(
    path="/api/v1/admin/help",
    route_handlers=[
        list_all_articles,
        post_article,
        post_preview,
        get_whole_article,
        put_article,
        delete_whole_article,
        post_published,
        post_taken_up,
        post_archived,
        post_restored,
        post_reviewed,
        get_differences,
        get_all_said,
    ],
    tags=["Help for authors"],
)
