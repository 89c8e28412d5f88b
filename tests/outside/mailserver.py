"""A real mail server (aiosmtpd) that speaks TLS, knows one user, and can be made to misbehave."""

import asyncio
import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "firstmile", "smtp password 4711"


@dataclass
class Mailbox:
    """What the server took, and how it should answer."""

    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)
    rcpt_answer: str | None = None
    data_answer: str | None = None
    hangs: bool = False
    began: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:
        if self.rcpt_answer:
            return self.rcpt_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _: Any, envelope: Any) -> str:
        self.began.set()
        while self.hangs:
            await asyncio.sleep(0.02)
        if self.data_answer:
            return self.data_answer
        self.mails.append(message_from_bytes(envelope.content, policy=SMTP_POLICY))
        self.over_tls.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 OK"

    def authenticate(self, _: Any, session: Any, __: Any, ___: Any, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        is_right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        self.logins.append("accepted" if is_right else "refused")
        return AuthResult(success=is_right, handled=False)


@contextmanager
def mail_server(
    certificate: Path | None = None, *, tls: str = "none", with_login: bool = False
) -> Iterator[Mailbox]:
    """A server on a free port of 127.0.0.1; `tls` is none, starttls or tls."""
    box = Mailbox()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def session() -> SMTP:
        return SMTP(
            box,
            hostname="localhost",
            tls_context=context if tls == "starttls" else None,
            require_starttls=tls == "starttls",
            authenticator=box.authenticate,
            auth_required=with_login,
            auth_require_tls=tls == "starttls",
        )

    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def listen() -> None:
        server = await loop.create_server(
            session, "127.0.0.1", 0, ssl=context if tls == "tls" else None
        )
        box.port = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    task = loop.create_task(listen())
    thread = threading.Thread(target=_run, args=(loop, task), daemon=True)
    thread.start()
    assert ready.wait(5)
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(5)


def _run(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    loop.run_until_complete(asyncio.wait([task]))
    for left in asyncio.all_tasks(loop):
        left.cancel()
    loop.run_until_complete(asyncio.sleep(0.05))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def self_signed(file: Path, name: str = "localhost") -> Path:
    """A certificate for `name` with its key in one PEM file, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
