"""A page that is pinned to an earlier build goes on working after the service was upgraded."""

import base64
import hashlib
import json
import shutil
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from firstmile.kernel.refusals import Unavailable
from firstmile.observe.metrics import Metrics
from firstmile.service import Service
from firstmile.settings import Settings
from firstmile.verbs.embeds import kept_builds
from firstmile.web.assets import STATIC
from firstmile.web.embedding import Embed, embed
from firstmile.web.embeds.archive import KEPT, Archive, forget_unasked


def sri(content: bytes) -> str:
    """What a page holds a script to."""
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The static files of the release before: other bytes, other hashes, another address."""
    folder = tmp_path / "static"
    shutil.copytree(STATIC / "embed", folder / "embed")
    for file in embed().files:
        with (folder / "embed" / file).open("a") as script:
            script.write("\n// as it was\n")
    files = {file: sri((folder / "embed" / file).read_bytes()) for file in embed().files}
    manifest = {"version": "0.0.9", "folder": "0.0.9-01d01d00", "entry": "firstmile.js"}
    (folder / "embed" / "embed.json").write_text(json.dumps({**manifest, "files": files}))
    return folder


@pytest.fixture
async def before(service: Service, old: Path) -> Archive:
    """What a service of the release before kept, a minute before this one started."""
    async with service.works.begin() as work:
        await work.db.execute("UPDATE embeds SET first_at = now() + interval '1 minute'")
    archive = Archive(service.works, Metrics(), old)
    await archive.keep()
    return archive


@pytest.fixture
async def upgraded(service: Service, before: Archive) -> Embed:
    """The build before, beside a service that starts with this one."""
    await service.parts.get(Archive).keep()
    assert before.built is not None
    return before.built


async def test_the_old_address_gives_the_old_bytes_under_the_old_hash(
    client: httpx.AsyncClient, upgraded: Embed, old: Path
) -> None:
    for file, integrity in upgraded.files.items():
        for encodings in ("gzip", "identity"):
            answer = await client.get(
                f"/embed/{upgraded.folder}/{file}", headers={"accept-encoding": encodings}
            )
            assert answer.status_code == 200
            assert answer.content == (old / "embed" / file).read_bytes()
            assert sri(answer.content) == integrity
            assert ("content-encoding" in answer.headers) is (encodings == "gzip")
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    own = await client.get(embed().path)
    assert sri(own.content) == embed().integrity


async def test_an_old_build_says_what_came_in_its_place_and_is_counted(
    client: httpx.AsyncClient, upgraded: Embed, service: Service
) -> None:
    await client.get(upgraded.path)
    await client.get(embed().path)
    answer = await client.get(upgraded.path)
    assert answer.headers["deprecation"].startswith("@")
    assert answer.headers["link"] == f'<{embed().path}>; rel="successor-version"'
    assert "deprecation" not in (await client.get(embed().path)).headers
    told = service.metrics.told().decode()
    assert 'embed_files_total{build="earlier"} 2.0' in told


async def test_a_replica_of_the_release_before_gives_out_the_build_of_the_one_after(
    before: Archive,
) -> None:
    kept = await before.file(embed().folder, embed().entry)
    assert kept is not None
    assert sri(kept.plain) == embed().integrity
    assert kept.replaced_at is None


async def test_what_was_read_once_needs_no_database_and_made_up_addresses_cost_no_query(
    service: Service, upgraded: Embed, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = service.parts.get(Archive)
    assert await archive.file(upgraded.folder, upgraded.entry) is not None

    def away() -> None:
        raise Unavailable("The database does not answer.")

    monkeypatch.setattr(service.database, "lease", away)
    assert await archive.file(upgraded.folder, upgraded.entry) is not None
    assert await archive.file("9.9.9-deadbeef", "firstmile.js") is None
    assert await archive.file("made-up", "firstmile.js") is None


async def test_builds_nobody_asked_for_in_two_years_go_and_our_own_stays(
    service: Service, client: httpx.AsyncClient, upgraded: Embed
) -> None:
    long_ago = service.works.clock().date() - KEPT - timedelta(days=1)
    async with service.works.begin() as work:
        await work.db.execute("UPDATE embeds SET asked_on = $1", long_ago)
    await client.get(upgraded.path)
    async with service.works.begin() as work:
        await service.parts.get(Archive).write(work)
        assert await forget_unasked(work) == 0
        await work.db.execute("UPDATE embeds SET asked_on = $1", long_ago)
        assert await forget_unasked(work) == 1
        left = await work.db.fetch("SELECT folder FROM embeds")
    assert [row["folder"] for row in left] == [embed().folder]


async def test_the_command_lists_what_is_kept(settings: Settings, upgraded: Embed) -> None:
    own, builds = await kept_builds(settings)
    assert own == embed().folder
    assert [build.folder for build in builds] == [embed().folder, upgraded.folder]
