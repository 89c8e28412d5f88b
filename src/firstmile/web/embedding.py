"""The scripts other pages embed: each version at an address of its own, for ever the same."""

import gzip
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import msgspec
from litestar import Response, Router, get
from litestar.params import FromPath

from firstmile.kernel.access import UNLIMITED
from firstmile.kernel.asgi import header_of
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.visit import Visiting
from firstmile.web.assets import STATIC

PREFIX = "/embed"
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


class Embed(msgspec.Struct, frozen=True):
    """What the build made: the files with their hashes (W3C Subresource Integrity)."""

    version: str
    folder: str
    entry: str
    files: dict[str, str]

    @property
    def path(self) -> str:
        """The address of the script, below this service's own."""
        return f"{PREFIX}/{self.folder}/{self.entry}"

    @property
    def integrity(self) -> str:
        """What a browser holds the script to."""
        return self.files[self.entry]

    def tag(self, base_url: str) -> str:
        """The element an application writes into its pages."""
        return (
            f'<script type="module" src="{escape(base_url)}{self.path}"\n'
            f'        integrity="{self.integrity}" crossorigin="anonymous"></script>'
        )


@cache
def embed(folder: Path = STATIC) -> Embed:
    """The scripts that were built. Raises FileNotFoundError when none were."""
    manifest = folder / "embed" / "embed.json"
    if not manifest.exists():
        raise FileNotFoundError(f"the embeds are not built: {manifest} (make run builds them)")
    return msgspec.json.decode(manifest.read_bytes(), type=Embed)


def policy(base_url: str) -> str:
    """What the Content-Security-Policy of such a page allows besides what it allows already."""
    return f"script-src {base_url}; connect-src {base_url}; trusted-types firstmile"


@cache
def _content(file: str) -> tuple[bytes, bytes]:
    """A file as it is and compressed."""
    plain = (STATIC / "embed" / file).read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0)


@get("/embed/{version:str}/{file:str}", opt=UNLIMITED)
async def script(visit: Visiting, version: FromPath[str], file: FromPath[str]) -> Response[Any]:
    """A file of a version."""
    built = embed()
    if version == NEWEST and file == built.entry:
        again = f'export * from "../{built.folder}/{built.entry}";\n'.encode()
        return Response(again, media_type=JAVASCRIPT, headers={**FOR_ALL, "cache-control": FOR_NOW})
    if version != built.folder or file not in built.files:
        raise NotFound(N_("There is no such file."))
    plain, packed = _content(file)
    headers = {**FOR_ALL, "cache-control": FOREVER}
    if "gzip" in (header_of(visit.scope, b"accept-encoding") or ""):
        return Response(
            packed, media_type=JAVASCRIPT, headers={**headers, "content-encoding": "gzip"}
        )
    return Response(plain, media_type=JAVASCRIPT, headers=headers)


router = Router(path="/", route_handlers=[script], include_in_schema=False)
