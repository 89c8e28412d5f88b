"""What the embedded PostgreSQL promises, asked of the real server."""

import contextlib
import itertools
import os
import signal
import stat
import subprocess
import threading
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.postgres_owners import an_owner, announced, eventually, make_table, query

from firstmile.outside.ownership import FolderTaken
from firstmile.outside.postgres import EmbeddedPostgres, temporary_cluster
from firstmile.outside.postgres_place import PostgresUnavailable
from firstmile.outside.processes import is_alive


def write_until_cut_off(url: str, acknowledged: list[int]) -> None:
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            for number in itertools.count():
                connection.execute("INSERT INTO rows VALUES (%s)", (number,))
                acknowledged.append(number)
    except psycopg.OperationalError:
        return


def test_a_database_of_our_own_is_there_at_once(folder: Path, shelter: Path) -> None:
    with EmbeddedPostgres(folder, shelter=shelter) as server:
        assert query(server.url, "SELECT current_user || '@' || current_database()") == (
            "firstmile@firstmile"
        )
        assert (
            query(
                server.url,
                "SELECT string_agg(setting, ' ') FROM pg_settings "
                "WHERE name IN ('fsync', 'synchronous_commit', 'data_checksums')",
            )
            == "on on on"
        )


def test_it_says_nothing(folder: Path, shelter: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with EmbeddedPostgres(folder, shelter=shelter):
        pass

    assert capfd.readouterr() == ("", "")


def test_only_the_password_opens_it(folder: Path, shelter: Path) -> None:
    with EmbeddedPostgres(folder, shelter=shelter) as server:
        password = (folder / "cluster" / "password").read_text()
        assert stat.S_IMODE((folder / "cluster" / "password").stat().st_mode) == 0o600

        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url.replace(password, "guess"))


def test_it_does_not_listen_on_the_network(folder: Path, shelter: Path) -> None:
    with EmbeddedPostgres(folder, shelter=shelter) as server:
        listening = psutil.Process(server.pid).net_connections(kind="inet")

    assert listening == []


def test_acknowledged_rows_survive_a_killed_server(folder: Path, shelter: Path) -> None:
    with EmbeddedPostgres(folder, shelter=shelter) as server:
        make_table(server.url)
        acknowledged: list[int] = []
        writer = threading.Thread(target=write_until_cut_off, args=(server.url, acknowledged))
        writer.start()
        assert eventually(lambda: len(acknowledged) > 200)
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        writer.join()
        assert eventually(lambda: not server.is_running())

        server.start()

        assert query(server.url, "SELECT count(*) FROM rows") in (
            len(acknowledged),
            len(acknowledged) + 1,  # committed, and the answer was lost
        )


def test_acknowledged_rows_survive_when_everything_is_killed(folder: Path, shelter: Path) -> None:
    with an_owner(folder, shelter) as owner:
        postmaster, url = announced(owner)
        make_table(url)
        acknowledged: list[int] = []
        writer = threading.Thread(target=write_until_cut_off, args=(url, acknowledged))
        writer.start()
        assert eventually(lambda: len(acknowledged) > 200)
        for process in (psutil.Process(owner.pid), postmaster, *postmaster.children()):
            with contextlib.suppress(psutil.NoSuchProcess):  # some of its children come and go
                process.kill()
        writer.join()

    with EmbeddedPostgres(folder, shelter=shelter) as server:
        assert query(server.url, "SELECT count(*) FROM rows") in (
            len(acknowledged),
            len(acknowledged) + 1,
        )


def test_the_server_ends_with_its_owner(folder: Path, shelter: Path) -> None:
    with an_owner(folder, shelter) as owner:
        postmaster, _ = announced(owner)
        owner.kill()

        assert eventually(lambda: not is_alive(postmaster))


def test_a_start_at_once_after_a_killed_owner_waits_for_the_former_server(
    folder: Path, shelter: Path
) -> None:
    with an_owner(folder, shelter) as owner:
        _, url = announced(owner)
        make_table(url)
        owner.kill()

    with EmbeddedPostgres(folder, shelter=shelter) as server:
        assert query(server.url, "SELECT count(*) FROM rows") == 0


def test_a_half_made_cluster_is_made_again(folder: Path, shelter: Path) -> None:
    with an_owner(folder, shelter) as owner:
        assert eventually(lambda: any(folder.glob("half-*/data/base")))
        owner.kill()
    assert not (folder / "cluster").exists()

    with EmbeddedPostgres(folder, shelter=shelter) as server:
        assert query(server.url, "SELECT 1") == 1
        assert not list(folder.glob("half-*"))


def test_a_second_owner_is_told_who_has_the_folder(folder: Path, shelter: Path) -> None:
    with an_owner(folder, shelter) as owner:
        _, url = announced(owner)

        with pytest.raises(FolderTaken) as refusal:
            EmbeddedPostgres(folder, shelter=shelter).start()

        assert str(folder) in str(refusal.value)
        assert f"process {owner.pid}" in str(refusal.value)
        assert query(url, "SELECT 1") == 1


def test_a_process_number_that_now_means_another_does_not_keep_it_from_starting(
    folder: Path, shelter: Path
) -> None:
    with EmbeddedPostgres(folder, shelter=shelter) as server:
        status = (folder / "cluster/data/postmaster.pid").read_text().splitlines()
    with subprocess.Popen(["sleep", "60"], user=(folder / "cluster").stat().st_uid) as stranger:
        status[0] = str(stranger.pid)
        (folder / "cluster/data/postmaster.pid").write_text("\n".join(status))

        with server:
            assert query(server.url, "SELECT 1") == 1
            assert stranger.poll() is None
        stranger.kill()


def test_a_long_path_gets_a_short_socket(shelter: Path) -> None:
    folder = shelter / ("long" * 40) / 'and "odd", too'

    with EmbeddedPostgres(folder, shelter=shelter) as server:
        assert query(server.url, "SELECT 1") == 1


def test_a_clean_stop_lets_the_next_one_start(folder: Path, shelter: Path) -> None:
    server = EmbeddedPostgres(folder, shelter=shelter)
    for _ in range(2):
        with server:
            assert query(server.url, "SELECT 1") == 1

    assert not (folder / "cluster/data/postmaster.pid").exists()


def test_a_server_that_cannot_start_says_why(folder: Path, shelter: Path) -> None:
    server = EmbeddedPostgres(folder, parameters={"max_connections": "many"}, shelter=shelter)

    with pytest.raises(PostgresUnavailable, match='invalid value for parameter "max_connections"'):
        server.start()

    assert not server.is_running()


def test_data_of_another_version_is_refused(folder: Path, shelter: Path) -> None:
    with EmbeddedPostgres(folder, shelter=shelter) as server:
        pass
    (folder / "cluster/data/PG_VERSION").write_text("12\n")

    with pytest.raises(PostgresUnavailable, match="made by PostgreSQL 12"):
        server.start()


def test_chosen_programs_must_exist(
    folder: Path, shelter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTMILE_PG_BIN", str(shelter))

    with pytest.raises(PostgresUnavailable, match="no initdb"):
        EmbeddedPostgres(folder, shelter=shelter).start()


def test_a_temporary_cluster_leaves_nothing(tmp_path: Path) -> None:
    with temporary_cluster(tmp_path / "postgres") as server:
        home = server.home
        assert query(server.url, "SHOW fsync") == "off"

    assert not (home / "cluster").exists()
    assert not (tmp_path / "postgres" / "elsewhere").exists()
