"""An application, a Firstmile, and the real nginx and Caddy between them and the visitor."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tests.conftest import create_database, settings_for
from tests.running import running_service

from firstmile.demo.people import PASSWORD
from firstmile.onboarding.changing.folders import read_folder
from firstmile.outside.postgres import EmbeddedPostgres
from firstmile.verbs.preparing import prepare
from firstmile_client.testing import FakeFirstmile

DEPLOY = Path(__file__).parents[2] / "deploy"
DEBIAN_ADMIN_PATH = "/usr/sbin"  # where Debian installs nginx, and not on everyone's PATH


@dataclass
class Application:
    """A tiny application that tells what reached it."""

    port: int
    requests: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Proxy:
    """A running proxy, and a way to speak to it byte by byte."""

    port: int

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def status_of(self, target: str, *headers: str) -> int:
        """The status of a GET whose target no client library has tidied up."""
        lines = [
            f"GET {target} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Connection: close",
            *headers,
            "",
            "",
        ]
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall("\r\n".join(lines).encode("latin-1"))
            return int(connection.makefile("rb").readline().split()[1])


class Firstmile:
    """The running Firstmile as the proxies meet it: an address, and tokens of the cast.

    Dana still has a step before /billing; Alice has none.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._tokens: dict[str, str] = {}

    def token(self, name: str) -> str:
        """An access token; one sign-in for each person."""
        if name not in self._tokens:
            answer = httpx.post(
                f"{self.base_url}/api/v1/auth/login",
                json={"email": f"{name}@example.org", "password": PASSWORD},
                timeout=10,
            )
            self._tokens[name] = answer.json()["accessToken"]
        return self._tokens[name]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeFirstmile]:
    fake = FakeFirstmile()
    fake.block("dana", "/billing", "payments")
    owners_only = {"status": 403, "error": "owner_required", "message": "Only the owner may."}
    fake.refuse("bob", "/billing", owners_only)
    with fake.serve():
        yield fake


@pytest.fixture(scope="module")
def firstmile(
    cluster: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Firstmile]:
    url = create_database(cluster, f"gate_{uuid4().hex}", template)
    settings = settings_for(url, tmp_path_factory.mktemp("firstmile"))
    asyncio.run(prepare(settings, read_folder(settings.steps_dir)))
    with running_service(settings) as service:
        yield Firstmile(service.base_url)


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    told = Application(port=0)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            told.requests.append(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.path == "/slammed":
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = {"target": self.path, "headers": headers, "body": body.decode()}
            text = json.dumps(seen).encode()
            self.send_response(500 if self.path.startswith("/broken") else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = answer

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def proxy(
    kind: str,
    firstmile: Firstmile,
    application: Application,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp(kind)
    with running(kind, folder, firstmile.base_url, application.port) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def proxy_of_fake(
    kind: str,
    fake: FakeFirstmile,
    application: Application,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp(kind)
    with running(kind, folder, fake.base_url, application.port) as proxy:
        yield proxy


@contextmanager
def running(kind: str, folder: Path, firstmile_url: str, application_port: int) -> Iterator[Proxy]:
    """Run a proxy as the how-to says, nothing changed but addresses, while the block runs."""
    firstmile = firstmile_url.removeprefix("http://")
    application = f"127.0.0.1:{application_port}"
    proxy = Proxy(free_port())
    start = {"nginx": nginx, "caddy": caddy}[kind]
    with ExitStack() as stack:
        output = stack.enter_context((folder / "output.log").open("wb"))
        command, env = start(folder, proxy.port, firstmile, application)
        process = subprocess.Popen(command, env=env, stdout=output, stderr=output)
        try:
            wait_until_open(proxy.port, process, folder / "output.log")
            yield proxy
        finally:
            process.terminate()
            process.wait(10)


def nginx(
    folder: Path, port: int, firstmile: str, application: str
) -> tuple[list[str], dict[str, str]]:
    site = (DEPLOY / "nginx" / "firstmile.conf").read_text()
    for shipped, here in (
        ("server 127.0.0.1:8000;", f"server {firstmile};"),
        ("server 127.0.0.1:3000;", f"server {application};"),
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
    ):
        assert site.count(shipped) == 1, f"the how-to changes this line: {shipped}"
        site = site.replace(shipped, here)
    (folder / "firstmile.conf").write_text(site)
    temporary = "".join(
        f"{what}_temp_path {folder}/{what};\n"
        for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/nginx.pid;\nworker_processes 1;\n"
        f"error_log stderr warn;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}"
        f"include {folder}/firstmile.conf;\n}}\n"
    )
    command = [installed("nginx"), "-p", str(folder), "-e", "stderr", "-c", f"{folder}/nginx.conf"]
    return command, dict(os.environ)


def caddy(
    folder: Path, port: int, firstmile: str, application: str
) -> tuple[list[str], dict[str, str]]:
    config = DEPLOY / "caddy" / "Caddyfile"
    env = {
        **os.environ,
        "FIRSTMILE": firstmile,
        "APPLICATION": application,
        "LISTEN": f"http://127.0.0.1:{port}",
        "CADDY_ADMIN": "off",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
    }
    return [installed("caddy"), "run", "--config", str(config), "--adapter", "caddyfile"], env


def installed(program: str) -> str:
    """The path of the program; without it these tests prove nothing, so they fail."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:{DEBIAN_ADMIN_PATH}")
    assert path is not None, f"{program} is missing: apt-get install {program}"
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_open(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(log.read_text())


@pytest.fixture(scope="session")
def run_proxy() -> Callable[..., AbstractContextManager[Proxy]]:
    return running
