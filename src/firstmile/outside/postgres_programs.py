"""PostgreSQL's own programs: run as the server's user, in a clean environment, tied to our life."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firstmile.outside.postgres_place import PostgresUnavailable, ServerUser
from firstmile.outside.processes import dies_with_us

NAME = "firstmile"  # of the role and of the database
# No PGPORT, PGDATA or locale of the caller's shell gets through.
_CLEAN = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}


@dataclass(frozen=True)
class Programs:
    """The programs in `folder`, run as `user`."""

    folder: Path
    user: ServerUser

    def start_server(self, arguments: Sequence[str], output: int) -> subprocess.Popen[bytes]:
        """Start `postgres` in a session of its own, so that Ctrl-C reaches us and not the server.

        It writes to the descriptor `output`, and shuts down cleanly when we end.
        """
        return subprocess.Popen(  # noqa: S603  the command is ours
            [str(self.folder / "postgres"), *arguments],
            user=self.user.uid,
            group=self.user.gid,
            extra_groups=self.user.other_groups(),
            env=_CLEAN,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=dies_with_us(signal.SIGINT),  # noqa: PLW1509  two system calls, no lock
        )

    def major_version(self) -> int:
        """Return the major version of the server, 18 for 18.6."""
        answer = self._run("postgres", "--version")
        found = re.search(r"\d+", answer)
        if not found:
            raise PostgresUnavailable(f"The postgres in {self.folder} does not tell its version.")
        return int(found[0])

    def make_cluster(self, cluster: Path, *, is_synced: bool) -> None:
        """Make `cluster` with a password, the role and an empty database: all of it, or nothing.

        It is made under another name and then renamed, so a crash in between leaves only litter,
        which the next attempt sweeps away.
        """
        for litter in cluster.parent.glob("half-*"):
            shutil.rmtree(litter, ignore_errors=True)
        half = Path(tempfile.mkdtemp(prefix="half-", dir=cluster.parent))
        self._write_password(half / "password")
        self.user.give(half)
        self._run("initdb", *self._initdb_options(half), *([] if is_synced else ["--no-sync"]))
        self._run(
            *("postgres", "--single", "-D", str(half / "data"), "-c", "exit_on_error=true"),
            *([] if is_synced else ["-F"]),
            "postgres",
            typed=f"CREATE DATABASE {NAME}\n",
        )
        half.rename(cluster)
        _sync(cluster.parent)

    def _initdb_options(self, half: Path) -> Sequence[str]:
        # The built-in locale keeps indexes right when the system's C library changes.
        is_builtin = self.major_version() >= 17
        provider = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return [
            f"--pgdata={half / 'data'}",
            f"--pwfile={half / 'password'}",
            f"--username={NAME}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            *(provider if is_builtin else ["--locale=C.UTF-8"]),
            "--data-checksums",
            "--wal-segsize=4",  # a new folder takes 43 MB instead of 87
            "--no-instructions",
        ]

    def _write_password(self, path: Path) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24))
            file.flush()
            os.fsync(descriptor)
        self.user.give(path)

    def _run(self, program: str, *arguments: str, typed: str = "") -> str:
        finished = subprocess.run(  # noqa: S603  the command is ours
            [str(self.folder / program), *arguments],
            user=self.user.uid,
            group=self.user.gid,
            extra_groups=self.user.other_groups(),
            env=_CLEAN,
            cwd="/",
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            start_new_session=True,
            preexec_fn=dies_with_us(signal.SIGKILL),
        )
        if finished.returncode != 0:
            words = " / ".join((finished.stdout + finished.stderr).splitlines()[-4:])
            raise PostgresUnavailable(f"PostgreSQL's {program} failed. It said: {words}")
        return finished.stdout


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
