"""Files that people gave us, served so that nothing in them runs."""

import re
from urllib.parse import quote
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath

from firstmile.kernel.access import Actor
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.files import WHOLE, Files
from firstmile.protect.limits import limit_only
from firstmile.protect.store_files import Audience, File, file_by_id
from firstmile.protect.uploads import PDF

# Another picture has another id, so what was seen once may be kept; by its own browser alone.
KEPT = "private, max-age=31536000, immutable"
POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
PLAIN = re.compile(r"[^A-Za-z0-9._ -]")


@get("/files/{file_id:uuid}", opt=limit_only("files"))
async def whole(visit: Visiting, file_id: FromPath[UUID]) -> Response[bytes]:
    """A file, for those who may see it."""
    return await _served(visit, file_id, WHOLE)


@get("/files/{file_id:uuid}/{variant:str}", opt=limit_only("files"))
async def in_variant(
    visit: Visiting, file_id: FromPath[UUID], variant: FromPath[str]
) -> Response[bytes]:
    """The same in another size."""
    return await _served(visit, file_id, variant)


async def _served(visit: Visit, file_id: UUID, variant: str) -> Response[bytes]:
    actor = await visit.actor()
    async with visit.reading() as db:
        file = await file_by_id(db, file_id)
    if file is None or variant not in file.variants or not _may_see(actor, file):
        raise _missing()
    content = await visit.part(Files).content(file, variant)
    if content is None:
        raise _missing()
    headers = {
        "cache-control": KEPT,
        "content-security-policy": POLICY,
        "content-disposition": _disposition(file),
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    return Response(content, media_type=file.media_type, headers=headers)


def _may_see(actor: Actor, file: File) -> bool:
    return file.audience is Audience.SIGNED_IN or file.user_id == actor.user_id


def _missing() -> NotFound:
    return NotFound(N_("There is no such file."))


def _disposition(file: File) -> str:
    """Shown or saved, and under which name (RFC 6266, with RFC 8187 for what ASCII has not)."""
    way = "attachment" if file.media_type == PDF.media_type else "inline"
    plain, full = PLAIN.sub("_", file.name), quote(file.name, safe="")
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{full}"


router = Router(path="/", route_handlers=[whole, in_variant], include_in_schema=False)
