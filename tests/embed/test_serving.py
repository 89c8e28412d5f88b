"""How the service gives out the embeds, and how large they are."""

import base64
import gzip
import hashlib

import httpx
import pytest
from click.testing import CliRunner

from firstmile.cli import main
from firstmile.web.assets import STATIC
from firstmile.web.embedding import embed

# Kilobytes, compressed: what a page may ask of its visitors.
MOST_OF_CORE, MOST_OF_PART = 12.0, 10.0


def size(file: str) -> float:
    """Of a file, compressed, in kB."""
    return len(gzip.compress((STATIC / "embed" / file).read_bytes(), 9)) / 1000


def test_no_part_is_larger_than_was_promised(capsys: pytest.CaptureFixture[str]) -> None:
    built = embed()
    sizes = {file: size(file) for file in built.files}
    with capsys.disabled():
        print("".join(f"\n  {file:14} {kb:5.1f} kB gz" for file, kb in sizes.items()))
    assert sizes.pop(built.entry) <= MOST_OF_CORE
    assert {file: kb for file, kb in sizes.items() if kb > MOST_OF_PART} == {}


async def test_a_version_is_the_same_for_ever_and_for_every_page(client: httpx.AsyncClient) -> None:
    built = embed()
    for file, integrity in built.files.items():
        answer = await client.get(f"/embed/{built.folder}/{file}")
        digest = base64.b64encode(hashlib.sha384(answer.content).digest()).decode()
        assert (answer.status_code, f"sha384-{digest}") == (200, integrity)
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["content-encoding"] == "gzip"


async def test_the_newest_is_kept_for_minutes_and_another_version_is_missing(
    client: httpx.AsyncClient,
) -> None:
    built = embed()
    newest = await client.get("/embed/v1/firstmile.js")
    assert newest.text == f'export * from "../{built.folder}/firstmile.js";\n'
    assert newest.headers["cache-control"] == "public, max-age=300"
    for path in ("/embed/0.0.0-00000000/firstmile.js", f"/embed/{built.folder}/embed.json"):
        missing = await client.get(path)
        assert missing.status_code == 404
        assert "immutable" not in missing.headers["cache-control"]


def test_the_command_prints_what_a_page_needs() -> None:
    said = CliRunner().invoke(main, ["embed", "tag", "--base-url", "https://first.example/"])
    assert said.exit_code == 0, said.output
    built = embed()
    assert f'src="https://first.example/embed/{built.folder}/firstmile.js"' in said.output
    assert f'integrity="{built.files["firstmile.js"]}"' in said.output
    assert "script-src https://first.example; connect-src https://first.example" in said.output
