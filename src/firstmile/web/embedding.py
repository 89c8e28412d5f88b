"""The scripts other pages embed, as they were built: their addresses and their hashes."""

from functools import cache
from html import escape
from pathlib import Path

import msgspec

from firstmile.web.assets import STATIC

PREFIX = "/embed"


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
