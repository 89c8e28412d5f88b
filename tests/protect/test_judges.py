"""What judges of other houses say of our headers: Mozilla's Observatory and Google's evaluator."""

import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.identity.real_provider import FOLDER, NODE
from tests.protect.test_wire import READ_AND_CLOSED, SECOND, statuses
from tests.running import free_port, running_service

from firstmile.settings import Settings

OBSERVATORY = "@mdn/mdn-http-observatory"
NGINX = """
daemon off; error_log stderr; pid {folder}/nginx.pid;
events {{ }}
http {{
    access_log off; server_tokens off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
        error_page 497 =301 https://localhost:{port}$request_uri;  # port 80 of a real one
        location / {{ proxy_pass {behind}; proxy_set_header Host $http_host; }}
    }}
}}
"""


@dataclass(frozen=True)
class Secure:
    """Firstmile behind nginx with TLS, and the certificate to trust."""

    port: int
    certificate: Path

    @property
    def at(self) -> str:
        """Where people reach it."""
        return f"https://localhost:{self.port}"


@pytest.fixture
def secure(settings: Settings, tmp_path: Path) -> Iterator[Secure]:
    port = free_port()
    _write_certificate(tmp_path)
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert nginx is not None, "nginx is missing: `make test` says how to install it"
    with running_service(settings, BASE_URL=f"https://localhost:{port}") as service:
        conf = tmp_path / "nginx.conf"
        conf.write_text(NGINX.format(folder=tmp_path, port=port, behind=service.base_url))
        process = subprocess.Popen([nginx, "-c", str(conf), "-p", str(tmp_path)])
        try:
            _wait_for(port)
            yield Secure(port, tmp_path / "cert.pem")
        finally:
            process.terminate()
            process.wait(10)


def _write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
        except OSError:
            time.sleep(0.05)
            continue
        return
    raise AssertionError("nginx did not start")


def _node(*words: str, cwd: Path, **environment: str) -> Any:
    ran = subprocess.run(
        [str(NODE), *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def observed(secure: Secure, folder: Path) -> Any:
    """What the Observatory says, from a copy of it that needs no network.

    The two lists it downloads when it is installed are those of sites that browsers know for
    HSTS and of public suffixes; of neither is this machine a part.
    """
    (folder / "node_modules").symlink_to(FOLDER / "node_modules")
    copy = folder / "observatory"
    shutil.copytree(FOLDER / "node_modules" / OBSERVATORY, copy)
    (copy / "conf" / "hsts-preload.json").write_text("{}")
    (copy / "conf" / "tld-list.json").write_text('["localhost"]')
    trusted = str(secure.certificate)
    return _node("src/scan.js", f"localhost:{secure.port}", cwd=copy, NODE_EXTRA_CA_CERTS=trusted)


def test_the_observatory_gives_the_highest_grade(secure: Secure, tmp_path: Path) -> None:
    folder = tmp_path / "judge"
    folder.mkdir()

    said = observed(secure, folder)

    failed = {name: one["result"] for name, one in said["tests"].items() if not one["pass"]}
    assert failed == {}
    assert said["scan"]["grade"] == "A+"
    assert said["scan"]["score"] >= 130


def test_nginx_in_front_answers_400_to_chunks_beside_a_length(secure: Secure) -> None:
    trust = ssl.create_default_context(cafile=str(secure.certificate))
    for sent in READ_AND_CLOSED.values():
        got = b""
        with (
            socket.create_connection(("127.0.0.1", secure.port), timeout=10) as line,
            trust.wrap_socket(line, server_hostname="localhost") as sealed,
        ):
            sealed.sendall(sent + SECOND)
            while piece := sealed.recv(65_536):
                got += piece
        assert statuses(got) == [400]


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/api/v1/auth/me"])
async def test_the_evaluator_finds_nothing(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path, headers={"accept": "text/html"})

    assert _node("csp.mjs", page.headers["content-security-policy"], cwd=FOLDER) == []


def test_the_evaluator_finds_what_is_wrong() -> None:
    found = _node("csp.mjs", "script-src 'self' 'unsafe-inline'; object-src *", cwd=FOLDER)

    assert len(found) > 2
