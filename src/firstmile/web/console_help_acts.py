"""The console's buttons that publish an article, roll it back, archive it, and say it is right."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from litestar import Router, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.help.actions import (
    archive_article,
    delete_article,
    go_on_from,
    note_review,
    publish_version,
    restore_article,
)
from firstmile.help.permissions import HELP_PUBLISH
from firstmile.kernel.ids import UserId
from firstmile.kernel.refusals import Conflict
from firstmile.kernel.visit import Visit, Visiting
from firstmile.outside.hints import Hints
from firstmile.protect.guards import as_staff, own_actor
from firstmile.web.console_help import ONE, WRITE, known_article
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.help_words import PATH

PUBLISH = [as_staff(HELP_PUBLISH)]
Act = Callable[[Visit, UUID, int, UserId, int], Awaitable[object]]
"""What a button does to an article: with the version it names, who presses, and what they saw."""


@post(f"{ONE}/publish", guards=PUBLISH)
async def publish(visit: Visiting, slug: FromPath[str], request: AnyRequest) -> Redirect:
    """Let everybody read a version; an older one rolls back."""
    return await _acted(visit, slug, request, _publish, "help-published")


@post(f"{ONE}/take-up", guards=WRITE)
async def take_up(visit: Visiting, slug: FromPath[str], request: AnyRequest) -> Redirect:
    """Go on from an older version, or from what Firstmile brought, as a draft."""
    return await _acted(visit, slug, request, _take_up, "help-saved")


@post(f"{ONE}/archive", guards=PUBLISH)
async def archive(visit: Visiting, slug: FromPath[str], request: AnyRequest) -> Redirect:
    """Let nobody read it any more."""
    return await _acted(visit, slug, request, _archive, "help-archived")


@post(f"{ONE}/restore", guards=WRITE)
async def restore(visit: Visiting, slug: FromPath[str], request: AnyRequest) -> Redirect:
    """Make it a draft again."""
    return await _acted(visit, slug, request, _restore, "help-restored")


@post(f"{ONE}/review", guards=WRITE)
async def review(visit: Visiting, slug: FromPath[str], request: AnyRequest) -> Redirect:
    """Say that it was read and is right."""
    return await _acted(visit, slug, request, _review, "help-reviewed")


@post(f"{ONE}/delete", guards=PUBLISH)
async def delete(visit: Visiting, slug: FromPath[str], request: AnyRequest) -> Redirect:
    """Delete it with its versions; one that came with Firstmile can only be archived."""
    return await _acted(visit, slug, request, _delete, "help-deleted", to=PATH)


async def _acted(
    visit: Visit, slug: str, request: AnyRequest, act: Act, notice: str, *, to: str = ""
) -> Redirect:
    """Do it, and say so on the page of the article, which somebody may have changed meanwhile."""
    form, author = await fields_of(request), await own_actor(visit)
    async with visit.reading() as db:
        article = await known_article(db, slug)
    numbers = [form.get(name, "") for name in ("version", "seen")]
    version, seen = (int(one) if one.isdecimal() and len(one) < 9 else 0 for one in numbers)
    here = f"{PATH}/articles/{slug}"
    try:
        await act(visit, article.id, version, author.user_id, seen)
    except Conflict:
        return see(f"{here}?notice=help-changed")
    return see(f"{to or here}?notice={notice}")


async def _publish(visit: Visit, article: UUID, version: int, author: UserId, seen: int) -> None:
    work, hints = await visit.work(), visit.part(Hints)
    await publish_version(work, hints, article, version, author, seen=seen)


async def _take_up(visit: Visit, article: UUID, version: int, author: UserId, seen: int) -> None:
    await go_on_from(await visit.work(), article, version, author, seen=seen)


async def _archive(visit: Visit, article: UUID, _: int, author: UserId, seen: int) -> None:
    await archive_article(await visit.work(), visit.part(Hints), article, author, seen=seen)


async def _restore(visit: Visit, article: UUID, _: int, __: UserId, seen: int) -> None:
    await restore_article(await visit.work(), article, seen=seen)


async def _review(visit: Visit, article: UUID, _: int, __: UserId, seen: int) -> None:
    await note_review(await visit.work(), article, seen=seen)


async def _delete(visit: Visit, article: UUID, _: int, author: UserId, seen: int) -> None:
    await delete_article(await visit.work(), visit.part(Hints), article, author, seen=seen)


router = Router(
    path="/",
    route_handlers=[publish, take_up, archive, restore, review, delete],
    include_in_schema=False,
)
