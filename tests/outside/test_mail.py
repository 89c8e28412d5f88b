"""The doors: SMTP against a real server over real TLS, and the folder of development."""

import socket
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from tests.outside.mailserver import PASSWORD, USER, Mailbox, mail_server, self_signed

from firstmile.outside.mail import FolderDoor, MailRefused, Message, SmtpDoor, written

SENDER = "Firstmile <no-reply@firstmile.test>"
UNTRUSTED = (aiosmtplib.SMTPException, ssl.SSLError)
HELLO = Message(
    key="verification-1",
    to="dana@example.org",
    subject="Bestätige – confirm",
    text="Hello Zoë\n",
    html="<p>Hello <b>Zoë</b></p>",
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls") / "server.pem")


def door_to(box: Mailbox, **given: Any) -> SmtpDoor:
    settings = {"host": "localhost", "port": box.port, "sender": SENDER, "tls": "none", **given}
    return SmtpDoor(**settings)


def part_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def test_a_mail_goes_by_starttls_with_a_login(certificate: Path) -> None:
    with mail_server(certificate, tls="starttls", with_login=True) as box:
        door = door_to(box, tls="starttls", user=USER, password=PASSWORD, ca_file=certificate)
        await door.send(HELLO)

    (mail,) = box.mails
    assert (box.over_tls, box.logins) == ([True], ["accepted"])
    assert mail["To"] == "dana@example.org"
    assert mail["From"] == SENDER
    assert mail["Subject"] == "Bestätige – confirm"
    assert mail["Message-ID"] == "<verification-1@firstmile.test>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert part_of(mail, "plain").split() == ["Hello", "Zoë"]
    assert "<b>Zoë</b>" in part_of(mail, "html")


async def test_a_mail_goes_by_tls_from_the_first_byte(certificate: Path) -> None:
    with mail_server(certificate, tls="tls") as box:
        await door_to(box, tls="tls", ca_file=certificate).send(HELLO)

    assert box.over_tls == [True]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_certificate_nobody_vouches_for_is_refused(certificate: Path, tls: str) -> None:
    with mail_server(certificate, tls=tls) as box, pytest.raises(UNTRUSTED):
        await door_to(box, tls=tls).send(HELLO)

    assert box.mails == []


async def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    other = self_signed(tmp_path / "other.pem", "mail.elsewhere.test")
    with mail_server(other, tls="starttls") as box, pytest.raises(UNTRUSTED):
        await door_to(box, tls="starttls", ca_file=other).send(HELLO)

    assert box.mails == []


async def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    with mail_server() as box, pytest.raises(aiosmtplib.SMTPException):
        await door_to(box, tls="starttls").send(HELLO)

    assert box.mails == []


async def test_a_wrong_password_is_an_error_that_can_be_retried(certificate: Path) -> None:
    with mail_server(certificate, tls="starttls", with_login=True) as box:
        door = door_to(box, tls="starttls", user=USER, password="no", ca_file=certificate)
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await door.send(HELLO)

    assert (box.mails, set(box.logins)) == ([], {"refused"})


@pytest.mark.parametrize("answer", ["550 no such user", "553 never"])
async def test_an_address_refused_for_good_is_a_refusal(answer: str) -> None:
    with mail_server() as box:
        box.rcpt_answer = answer
        with pytest.raises(MailRefused):
            await door_to(box).send(HELLO)


async def test_a_message_refused_for_good_is_a_refusal() -> None:
    with mail_server() as box:
        box.data_answer = "554 looks like spam"
        with pytest.raises(MailRefused):
            await door_to(box).send(HELLO)


@pytest.mark.parametrize("step", ["rcpt_answer", "data_answer"])
async def test_a_refusal_for_now_can_be_retried(step: str) -> None:
    with mail_server() as box:
        setattr(box, step, "451 later")
        with pytest.raises(aiosmtplib.SMTPException):
            await door_to(box).send(HELLO)


async def test_a_server_that_hangs_is_given_up_in_time() -> None:
    with mail_server() as box:
        box.hangs = True
        with pytest.raises((TimeoutError, aiosmtplib.SMTPTimeoutError)):
            await door_to(box, seconds=0.5).send(HELLO)

    assert box.began.is_set()


async def test_a_server_that_never_greets_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        box = Mailbox(port=mute.getsockname()[1])
        with pytest.raises((TimeoutError, aiosmtplib.SMTPTimeoutError)):
            await door_to(box, seconds=0.5).send(HELLO)


async def test_no_server_can_be_retried() -> None:
    with pytest.raises((OSError, aiosmtplib.SMTPException)):
        await door_to(Mailbox(port=1)).send(HELLO)


def test_a_line_break_in_a_subject_adds_no_header() -> None:
    sly = Message("k", "dana@example.org", "Hi\r\nBcc: all@example.org", "t", "<p>t</p>")

    with pytest.raises(ValueError, match="linefeed"):
        written(sly, SENDER)


async def test_a_folder_keeps_a_key_once(tmp_path: Path) -> None:
    door = FolderDoor(tmp_path / "mail", SENDER)

    await door.send(HELLO)
    await door.send(HELLO)

    ((key, mail),) = door.kept()
    assert key == "verification-1"
    assert part_of(mail, "plain").split() == ["Hello", "Zoë"]
    assert [file.name for file in door.folder.iterdir()] == ["verification-1.eml"]


async def test_a_folder_shows_the_newest_first_and_is_closed_to_others(tmp_path: Path) -> None:
    door = FolderDoor(tmp_path / "mail", SENDER)
    for key in ("one", "two", "three"):
        await door.send(Message(key, "dana@example.org", key, key, key))

    assert [key for key, _ in door.kept()] == ["three", "two", "one"]
    assert door.folder.stat().st_mode & 0o077 == 0
    assert (door.one("two") is not None, door.one("four")) == (True, None)
