"""HTTP of flags and segments, for those who change them."""

from typing import Annotated

from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.visit import Visit, Visiting
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff, fresh_actor
from firstmile.release import store
from firstmile.release.actions import publish, undo
from firstmile.release.models import (
    Author,
    Change,
    FlagRow,
    SegmentRow,
    Subject,
    no_such_flag,
    no_such_segment,
)
from firstmile.release.permissions import FLAGS_CHANGE, FLAGS_READ
from firstmile.release.schemas import (
    EnvironmentOut,
    EnvironmentsOut,
    FlagIn,
    FlagOut,
    FlagsOut,
    ReasonIn,
    RevisionOut,
    RevisionsOut,
    SegmentIn,
    SegmentOut,
    SegmentsOut,
    UndoIn,
)
from firstmile.targeting.flags import Flag, Segment

READ, CHANGE = [as_staff(FLAGS_READ)], [as_staff(FLAGS_CHANGE)]
FLAGS = "/environments/{environment:str}/flags"
SEGMENTS = "/environments/{environment:str}/segments"
PAGE = 50

Subject_ = Annotated[Subject | None, QueryParameter(description="Only of flags, or of segments")]
Archived = Annotated[bool | None, QueryParameter(description="The archived ones instead")]
Key = Annotated[str | None, QueryParameter(max_length=100)]


@get("/environments", guards=READ, responses=problems(401, 403, 503))
async def list_environments(visit: Visiting) -> EnvironmentsOut:
    """The environments, each a set of flags of its own."""
    async with visit.reading() as db:
        found = await store.environments(db)
    return EnvironmentsOut([EnvironmentOut.of(one) for one in found])


@get(FLAGS, guards=READ, responses=problems(400, 401, 403, 422, 503))
async def list_flags(
    visit: Visiting, environment: FromPath[str], archived: Archived = None
) -> FlagsOut:
    """The flags of an environment, by their keys; those in use, or the archived ones."""
    async with visit.reading() as db:
        rows = await store.flags(db, environment, archived=bool(archived))
    return FlagsOut([FlagOut.of(row) for row in rows])


@get(f"{FLAGS}/{{key:str}}", guards=READ, responses=problems(400, 401, 403, 404, 503))
async def get_flag(visit: Visiting, environment: FromPath[str], key: FromPath[str]) -> FlagOut:
    """One flag, archived or not."""
    async with visit.reading() as db:
        row = await store.flag(db, environment, key)
    if row is None:
        raise no_such_flag()
    return FlagOut.of(row)


@put(f"{FLAGS}/{{key:str}}", guards=CHANGE, responses=problems(*BODY, 401, 404, 409, 503))
async def put_flag(
    visit: Visiting, environment: FromPath[str], key: FromPath[str], data: JSONBody[FlagIn]
) -> FlagOut:
    """Write a whole flag. With `seen`, only if it is still what was looked at."""
    if data.flag.key != key:
        raise Invalid.field("flag.key", N_("This is not the key of the address."))
    row = await _publish(
        visit, environment, Subject.FLAG, key, data.flag, reason=data.reason, seen=data.seen
    )
    assert isinstance(row, FlagRow)  # noqa: S101  a flag was written
    return FlagOut.of(row)


@post(
    f"{FLAGS}/{{key:str}}/archive",
    guards=CHANGE,
    status_code=200,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def archive_flag(
    visit: Visiting, environment: FromPath[str], key: FromPath[str], data: JSONBody[ReasonIn]
) -> FlagOut:
    """Take a flag out of use: who asks for it is told that it is not there."""
    row = await _publish(
        visit, environment, Subject.FLAG, key, None, reason=data.reason, seen=data.seen
    )
    assert isinstance(row, FlagRow)  # noqa: S101  an archived flag stays
    return FlagOut.of(row)


@get(SEGMENTS, guards=READ, responses=problems(400, 401, 403, 503))
async def list_segments(visit: Visiting, environment: FromPath[str]) -> SegmentsOut:
    """The segments of an environment, by their keys."""
    async with visit.reading() as db:
        rows = await store.segments(db, environment)
    return SegmentsOut([SegmentOut.of(row) for row in rows])


@get(f"{SEGMENTS}/{{key:str}}", guards=READ, responses=problems(400, 401, 403, 404, 503))
async def get_segment(
    visit: Visiting, environment: FromPath[str], key: FromPath[str]
) -> SegmentOut:
    """One segment."""
    async with visit.reading() as db:
        row = await store.segment(db, environment, key)
    if row is None:
        raise no_such_segment()
    return SegmentOut.of(row)


@put(f"{SEGMENTS}/{{key:str}}", guards=CHANGE, responses=problems(*BODY, 401, 404, 409, 503))
async def put_segment(
    visit: Visiting, environment: FromPath[str], key: FromPath[str], data: JSONBody[SegmentIn]
) -> SegmentOut:
    """Write a whole segment; every flag that names it serves by it at once."""
    if data.segment.key != key:
        raise Invalid.field("segment.key", N_("This is not the key of the address."))
    row = await _publish(
        visit, environment, Subject.SEGMENT, key, data.segment, reason=data.reason, seen=data.seen
    )
    assert isinstance(row, SegmentRow)  # noqa: S101  a segment was written
    return SegmentOut.of(row)


@post(
    f"{SEGMENTS}/{{key:str}}/delete",
    guards=CHANGE,
    status_code=204,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def delete_segment(
    visit: Visiting, environment: FromPath[str], key: FromPath[str], data: JSONBody[ReasonIn]
) -> None:
    """Delete a segment that nothing names."""
    await _publish(
        visit, environment, Subject.SEGMENT, key, None, reason=data.reason, seen=data.seen
    )


@get(
    "/environments/{environment:str}/history",
    guards=READ,
    responses=problems(400, 401, 403, 422, 503),
)
async def list_history(
    visit: Visiting,
    environment: FromPath[str],
    subject: Subject_ = None,
    key: Key = None,
    cursor: FromQuery[int | None] = None,
) -> RevisionsOut:
    """Every change with who made it and why, the newest first."""
    async with visit.reading() as db:
        found = await store.revisions(
            db, environment, subject=subject, key=key, before=cursor, most=PAGE + 1
        )
    following = found[PAGE - 1].revision if len(found) > PAGE else None
    return RevisionsOut([RevisionOut.of(one) for one in found[:PAGE]], following)


@post(
    "/environments/{environment:str}/history/undo",
    guards=CHANGE,
    status_code=204,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def undo_change(visit: Visiting, environment: FromPath[str], data: JSONBody[UndoIn]) -> None:
    """Put what was before a change back into force, as a change of its own."""
    author = await author_of(visit)
    await undo(await visit.work(), visit.part(Hints), environment, data.revision, author)


async def author_of(visit: Visit) -> Author:
    """Who changes something now, and has just confirmed that it is them."""
    actor = await fresh_actor(visit)
    return Author("staff", actor.user_id)


async def _publish(
    visit: Visit,
    environment: str,
    subject: Subject,
    key: str,
    after: Flag | Segment | None,
    *,
    reason: str,
    seen: int | None,
) -> FlagRow | SegmentRow | None:
    change = Change(environment, subject, key, after, await author_of(visit), reason, seen)
    return await publish(await visit.work(), visit.part(Hints), change)


router = Router(
    path="/api/v1/admin",
    route_handlers=[
        list_environments,
        list_flags,
        get_flag,
        put_flag,
        archive_flag,
        list_segments,
        get_segment,
        put_segment,
        delete_segment,
        list_history,
        undo_change,
    ],
    tags=["Flags"],
)
