"""`python -m bench.embeds`: what a page loads for our elements, beside libraries for tours."""

import argparse
import gzip
import json
import re
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.npm import install, node
from firstmile.web.assets import STATIC
from firstmile.web.embedding import embed

KEPT = Path(__file__).parent / "EMBEDS.md"
ESBUILD = "0.28.2"
BUNDLE_SECONDS = 60.0
PARTS = re.compile(r'\{"[\w-]+":\[\["')  # where the list of each part's files begins in the core

TOUR = "a page with a tour"
METHOD = (
    "kB (1,000 bytes) compressed by gzip at level 9, each file by itself, as it is sent. Ours are"
    " the built files that the core lists for each part; of a peer from npm, what a page imports is"
    f" bundled with what it needs and minified by esbuild {ESBUILD}."
)
USERTOUR = (
    "The figures of Usertour are from the notes of our reading in November 2026, not from this"
    " bench: its source at f9f8065, bundled and minified by esbuild, gzip at level 9. They are not"
    " of the bundle it gives out itself, and a loader of 1.1 kB comes before."
)
# What a page has, and the parts it asks for; `guide` shows the tours and tips a server sends.
PAGES: dict[str, tuple[str, ...]] = {
    "the core alone": (),
    "a page with a checklist": ("fm-checklist",),
    TOUR: ("guide",),
    "a page with help": ("fm-help",),
    "a page with all three": ("fm-checklist", "guide", "fm-help"),
}


@dataclass(frozen=True)
class Peer:
    """A library as an application imports it."""

    package: str
    version: str
    imports: str
    style: str | None = None  # its style sheet, in the package
    external: tuple[str, ...] = ()  # what the page has already
    note: str = ""


@dataclass(frozen=True)
class Ours:
    """Compressed bytes of each built file, the core first, and the files of each part."""

    sizes: dict[str, int]
    parts: dict[str, set[str]]

    def page(self, asked: Iterable[str]) -> int:
        """Compressed bytes of the core and all these parts load, each file once."""
        loaded = {embed().entry}.union(*(self.parts[part] for part in asked))
        return sum(self.sizes[name] for name in loaded)

    def needing(self, name: str) -> str:
        """The parts that load a file, as the table says it."""
        if name == embed().entry:
            return "every page"
        needing = [part for part, files in sorted(self.parts.items()) if name in files]
        return "every part" if len(needing) == len(self.parts) else ", ".join(needing)


PEERS = (
    Peer("driver.js", "1.8.0", "driver", style="dist/driver.css"),
    Peer("shepherd.js", "15.3.0", "default", style="dist/css/shepherd.css"),
    Peer(
        "react-joyride",
        "3.2.0",
        "Joyride",
        external=("react", "react-dom", "react/jsx-runtime"),
        note=", React not counted",
    ),
)


def main() -> None:
    """Weigh ours and the peers, print the tables, and keep them."""
    argparse.ArgumentParser(prog="python -m bench.embeds", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        peers = theirs(Path(folder))
    table = report(ours(), peers)
    print(table)
    KEPT.write_text(table)


def ours() -> Ours:
    """Weighs what was built; what each part loads is read from the core's own list."""
    built = embed()
    names = sorted(built.files, key=lambda name: (name != built.entry, name))
    core = (STATIC / "embed" / built.entry).read_text()
    begins = PARTS.search(core)
    if begins is None:
        raise ValueError(f"{built.entry} does not say what its parts load")
    listed, _ = json.JSONDecoder().raw_decode(core, begins.start())
    parts = {part: {name for name, _ in files} for part, files in listed.items()}
    return Ours({name: compressed(STATIC / "embed" / name) for name in names}, parts)


def theirs(folder: Path) -> dict[Peer, tuple[int, int]]:
    """Compressed bytes of each peer's script, as one bundle, and of its style sheet."""
    wanted = [f"{peer.package}@{peer.version}" for peer in PEERS]
    react = ("react@19", "react-dom@19")  # joyride wants them there; they stay out of its bundle
    install(folder, f"esbuild@{ESBUILD}", *wanted, *react)
    return {peer: _weighed(folder, peer) for peer in PEERS}


def compressed(file: Path) -> int:
    """Bytes as a server sends them, by gzip at its best."""
    return len(gzip.compress(file.read_bytes(), 9, mtime=0))


def report(built: Ours, peers: dict[Peer, tuple[int, int]]) -> str:
    """The tables in Markdown."""
    lines = [
        "# What a page loads for our elements",
        "",
        METHOD,
        "",
        "| what is loaded | script | style sheet | together |",
        "|---|--:|--:|--:|",
        *(
            _row(f"Firstmile {embed().version}: {page}", built.page(asked), 0)
            for page, asked in PAGES.items()
        ),
        *(
            _row(f"{peer.package} {peer.version}{peer.note}", *found)
            for peer, found in peers.items()
        ),
        "| Usertour, at first: *not measured here* | 134 | | |",
        "| Usertour, in all: *not measured here* | 260 | | |",
        "",
        USERTOUR,
        "",
        _reading(built, peers),
        "",
        "## Our files",
        "",
        "| file | kB | loaded by |",
        "|---|--:|---|",
        *(
            f"| `{name}` | {size / 1000:.1f} | {built.needing(name)} |"
            for name, size in built.sizes.items()
        ),
        f"| all | {sum(built.sizes.values()) / 1000:.1f} | |",
    ]
    return "\n".join(lines) + "\n"


def _reading(built: Ours, peers: dict[Peer, tuple[int, int]]) -> str:
    tour = built.page(PAGES[TOUR])
    times = ", ".join(
        f"{tour / sum(found):.1f} times {peer.package}" for peer, found in peers.items()
    )
    return (
        f"A tour of ours weighs {times}. The libraries show the tour a page gives them; ours brings"
        " tips too, asks the server what to show to whom, keeps how far somebody is, and speaks"
        " English and French. With a checklist and help on the same page, what they share is"
        " loaded once."
    )


def _row(name: str, script: int, style: int) -> str:
    sheet = f"{style / 1000:.1f}" if style else "in the script"
    return f"| {name} | {script / 1000:.1f} | {sheet} | {(script + style) / 1000:.1f} |"


def _weighed(folder: Path, peer: Peer) -> tuple[int, int]:
    entry = folder / f"{peer.package}.entry.js"
    entry.write_text(f'export {{ {peer.imports} }} from "{peer.package}";\n')
    script = compressed(_bundled(folder, entry, peer.external))
    if peer.style is None:
        return script, 0
    style = folder / "node_modules" / peer.package / peer.style
    return script, compressed(_bundled(folder, style, ()))


def _bundled(folder: Path, entry: Path, external: tuple[str, ...]) -> Path:
    made = folder / "bundled" / entry.name
    command = [
        *(node(), str(folder / "node_modules" / "esbuild" / "bin" / "esbuild"), str(entry)),
        *("--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"),
        *('--define:process.env.NODE_ENV="production"', "--legal-comments=none"),
        *(f"--external:{name}" for name in external),
        f"--outfile={made}",
    ]
    subprocess.run(command, check=True, timeout=BUNDLE_SECONDS, cwd=folder)
    return made


if __name__ == "__main__":
    main()
