"""The door to mail: SMTP, or a folder that development reads."""

import asyncio
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate, parseaddr
from pathlib import Path
from typing import Protocol

import aiosmtplib

from firstmile.outside.settings import OutsideSettings

SMTP_SECONDS = 20.0
SHOWN = 200
KEY = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class Message:
    """A mail ready to go. `key` names it: sending the same key twice is the same mail."""

    key: str
    to: str
    subject: str
    text: str
    html: str


class MailDoor(Protocol):
    """Where messages leave."""

    async def send(self, message: Message) -> None:
        """Hand the message over; raises OSError or SMTPException when that fails."""


class MailRefused(Exception):
    """The mail server will never take this message (a permanent 5yz answer, RFC 5321)."""


@dataclass(frozen=True)
class SmtpDoor:
    """Mail by SMTP (RFC 5321) with STARTTLS (RFC 3207) or TLS from the first byte."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: str = "starttls"
    ca_file: Path | None = None
    seconds: float = SMTP_SECONDS

    async def send(self, message: Message) -> None:
        """Send one message over one connection, within 20 s."""
        try:
            async with asyncio.timeout(self.seconds):
                await self._speak(written(message, self.sender))
        except aiosmtplib.SMTPRecipientsRefused as refused:
            if all(500 <= recipient.code < 600 for recipient in refused.recipients):
                raise MailRefused("the mail server refuses this address") from refused
            raise
        except aiosmtplib.SMTPDataError as refused:
            if 500 <= refused.code < 600:
                raise MailRefused("the mail server refuses this message") from refused
            raise

    async def _speak(self, mail: EmailMessage) -> None:
        await aiosmtplib.send(
            mail,
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            start_tls=self.tls == "starttls",
            use_tls=self.tls == "tls",
            cert_bundle=str(self.ca_file) if self.ca_file else None,
            timeout=self.seconds,
        )


@dataclass(frozen=True)
class FolderDoor:
    """Mail as files in a folder, named by key, so that a second sending changes nothing."""

    folder: Path
    sender: str

    async def send(self, message: Message) -> None:
        """Write the message, whole or not at all, and print it for whoever watches."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self.folder / f"{message.key}.eml"
        draft = target.with_suffix(".part")
        draft.write_bytes(written(message, self.sender).as_bytes())
        draft.replace(target)
        print(_printed(message), flush=True)

    def kept(self) -> list[tuple[str, EmailMessage]]:
        """The last 200 messages with their keys, newest first."""
        files = sorted(
            self.folder.glob("*.eml"), key=lambda file: (file.stat().st_mtime_ns, file.name)
        )
        return [(file.stem, _read(file)) for file in reversed(files[-SHOWN:])]

    def one(self, key: str) -> EmailMessage | None:
        """The message of this key, if there is one."""
        file = self.folder / f"{key}.eml"
        return _read(file) if KEY.fullmatch(key) and file.exists() else None


def written(message: Message, sender: str) -> EmailMessage:
    """The message as MIME; its Message-ID is made of the key, so a receiver can drop a repeat."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = sender
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{message.key}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail


def _read(file: Path) -> EmailMessage:
    return BytesParser(policy=SMTP_POLICY).parsebytes(file.read_bytes())


def _printed(message: Message) -> str:
    """The message as a few lines of text, set off from the log around it."""
    head = f"Mail to {message.to}: {message.subject}"
    return "\n".join([head, *(f"    {line}".rstrip() for line in message.text.splitlines())])


def door_of(settings: OutsideSettings, *, folder: Path) -> MailDoor:
    """The door as it is set: the mail server, or the folder when none is named."""
    if settings.smtp_host is None:
        return FolderDoor(folder, settings.smtp_from)
    password = settings.smtp_password
    return SmtpDoor(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_from,
        user=settings.smtp_user,
        password=password.get_secret_value() if password else None,
        tls=settings.smtp_tls,
        ca_file=settings.smtp_ca_file,
    )
