"""HTTP of the scripts: each build at an address of its own, for ever the same."""

from typing import Any

from litestar import Response, Router, get
from litestar.params import FromPath

from firstmile.kernel.access import UNLIMITED
from firstmile.kernel.asgi import header_of
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.visit import Visiting
from firstmile.web.embedding import PREFIX, Embed
from firstmile.web.embeds.archive import Archive, Kept

# The wire these scripts speak, `/api/v1`: the address for pages that take whatever is newest.
NEWEST = "v1"
FOREVER = "public, max-age=31536000, immutable"
FOR_NOW = "public, max-age=300"
# Any page may run them, and may ask for proof that they are what it expects (CORS for SRI).
FOR_ALL = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
}
JAVASCRIPT = "text/javascript"


@get(PREFIX + "/{version:str}/{file:str}", opt=UNLIMITED)
async def script(visit: Visiting, version: FromPath[str], file: FromPath[str]) -> Response[Any]:
    """A file of a build, of this release or of an earlier one that a page still names."""
    archive = visit.part(Archive)
    built = archive.built
    if built is not None and version == NEWEST and file == built.entry:
        again = f'export * from "../{built.folder}/{built.entry}";\n'.encode()
        return Response(again, media_type=JAVASCRIPT, headers={**FOR_ALL, "cache-control": FOR_NOW})
    kept = await archive.file(version, file)
    if kept is None:
        raise NotFound(N_("There is no such file."))
    headers = {**FOR_ALL, "cache-control": FOREVER, **_succession(kept, built)}
    if "gzip" in (header_of(visit.scope, b"accept-encoding") or ""):
        headers["content-encoding"] = "gzip"
        return Response(kept.packed, media_type=JAVASCRIPT, headers=headers)
    return Response(kept.plain, media_type=JAVASCRIPT, headers=headers)


def _succession(kept: Kept, built: Embed | None) -> dict[str, str]:
    """That another build came in its place, and where (RFC 9745, RFC 5829)."""
    if kept.replaced_at is None or built is None:
        return {}
    return {
        "deprecation": f"@{int(kept.replaced_at.timestamp())}",
        "link": f'<{built.path}>; rel="successor-version"',
    }


router = Router(path="/", route_handlers=[script], include_in_schema=False)
