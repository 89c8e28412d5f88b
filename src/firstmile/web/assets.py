"""The files the front end was built into, by the names its sources have."""

from pathlib import Path
from typing import Any

import msgspec

STATIC = Path(__file__).parent / "static"
PREFIX = "/static"


class Assets:
    """Reads the manifest of the build: a source name to a hashed file."""

    def __init__(self, folder: Path = STATIC) -> None:
        manifest = folder / ".vite" / "manifest.json"
        if not manifest.exists():
            raise FileNotFoundError(f"the front end is not built: {manifest} (make run builds it)")
        self._entries: dict[str, dict[str, Any]] = msgspec.json.decode(manifest.read_bytes())

    def url(self, source: str) -> str:
        """The address of a built script."""
        return f"{PREFIX}/{self._entries[source]['file']}"

    def styles(self, source: str) -> list[str]:
        """The addresses of the style sheets that belong to it."""
        return [f"{PREFIX}/{file}" for file in self._entries[source].get("css", [])]
