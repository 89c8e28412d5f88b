"""Processes that own an embedded PostgreSQL, to be killed, and ways to look at what is left."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from firstmile.outside.processes import is_alive

OWNER = textwrap.dedent(
    """
    import os, sys, time
    from pathlib import Path
    from firstmile.outside.postgres import EmbeddedPostgres
    folder, shelter, uid = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    if uid != os.geteuid():
        os.setgroups([]); os.setgid(uid); os.setuid(uid)
    server = EmbeddedPostgres(folder, shelter=shelter)
    server.start()
    print(server.pid, server.url, flush=True)
    time.sleep(600)
    """
)


@contextmanager
def an_owner(
    folder: Path, shelter: Path, *, uid: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    user = os.geteuid() if uid is None else uid
    command = [sys.executable, "-c", OWNER, str(folder), str(shelter), str(user)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        try:
            yield owner
        finally:
            family = psutil.Process(owner.pid).children(recursive=True)
            owner.kill()
            assert eventually(lambda: not any(map(is_alive, family)))


def announced(owner: subprocess.Popen[str]) -> tuple[psutil.Process, str]:
    assert owner.stdout is not None
    pid, url = owner.stdout.readline().split()
    return psutil.Process(int(pid)), url


def query(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return row[0]


def make_table(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE rows (number int PRIMARY KEY)")


def eventually(is_true: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_true():
            return True
        time.sleep(0.01)
    return False
