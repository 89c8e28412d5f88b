"""The post office: entered once, sent once, noted when it could not be."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from tests.outside.mailserver import PASSWORD, USER, Mailbox, mail_server, self_signed

from firstmile.kernel.database import Connection
from firstmile.kernel.work import Works
from firstmile.outside.mail import Message
from firstmile.outside.post import SEND_MAIL, Post
from firstmile.service import Service
from firstmile.settings import Settings

FACTS = {"first_name": "Dana", "link": "http://localhost:8000/onboarding"}


class Shelf:
    """A door that keeps what it was given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> None:
        self.messages.append(message)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def post(service: Service, shelf: Shelf) -> Post:
    return Post(service.vault, service._letters(), shelf)


@pytest.fixture
def box(settings: Settings, tmp_path: Any) -> Iterator[Mailbox]:
    """A mail server with STARTTLS and a login, and the settings that lead to it."""
    certificate = self_signed(tmp_path / "server.pem")
    with mail_server(certificate, tls="starttls", with_login=True) as box:
        settings.smtp_host, settings.smtp_port = "localhost", box.port
        settings.smtp_user, settings.smtp_password = USER, SecretStr(PASSWORD)
        settings.smtp_ca_file = certificate
        yield box


async def enter(post: Post, works: Works, key: str, kind: str = "welcome") -> None:
    async with works.begin() as work:
        await post.enter(
            work,
            kind,
            key=key,
            to="dana@example.org",
            language="en",
            user_id=None,
            facts=FACTS,
        )


async def row_of(db: Connection, key: str) -> dict[str, Any]:
    return dict(await db.fetchrow("SELECT * FROM mails WHERE key = $1", key) or {})


async def try_to_send(service: Service, key: str) -> str | None:
    """One try of the job; the kind of failure that asks for another."""
    try:
        await service.post.send(service.works, key)
    except Exception as failure:  # noqa: BLE001  what the job queue would see
        return type(failure).__name__
    return None


async def test_a_mail_entered_twice_is_sent_once(
    service: Service, post: Post, shelf: Shelf, db: Connection
) -> None:
    await enter(post, service.works, "welcome-1")
    await enter(post, service.works, "welcome-1")
    jobs = await db.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = $1", SEND_MAIL)
    for _ in range(3):
        await post.send(service.works, "welcome-1")

    assert jobs == 1
    assert [message.key for message in shelf.messages] == ["welcome-1"]


async def test_what_a_mail_says_is_sealed_until_it_is_sent_and_then_forgotten(
    service: Service, post: Post, db: Connection
) -> None:
    await enter(post, service.works, "welcome-1")
    waiting = await row_of(db, "welcome-1")
    await post.send(service.works, "welcome-1")
    sent = await row_of(db, "welcome-1")

    assert (waiting["status"], b"onboarding" in waiting["facts"]) == ("waiting", False)
    assert (sent["status"], sent["facts"], sent["sent_at"] is not None) == ("sent", None, True)


async def test_a_mail_of_an_undone_transaction_is_not_entered(
    service: Service, post: Post, db: Connection
) -> None:
    work = await service.works.start()
    await post.enter(
        work, "welcome", key="k", to="d@example.org", language="en", user_id=None, facts=FACTS
    )
    await service.works.finish(work, commit=False)

    assert await row_of(db, "k") == {}


async def test_two_workers_with_one_mail_leave_one_row_and_one_message_id(
    service: Service, post: Post, shelf: Shelf, db: Connection
) -> None:
    await enter(post, service.works, "welcome-1")

    await asyncio.gather(*(post.send(service.works, "welcome-1") for _ in range(2)))

    assert {message.key for message in shelf.messages} == {"welcome-1"}
    assert (await row_of(db, "welcome-1"))["status"] == "sent"


async def test_the_settings_lead_to_the_mail_server(box: Mailbox, service: Service) -> None:
    await enter(service.post, service.works, "welcome-1")

    await service.jobs().run(service.url, until_empty=True)

    (mail,) = box.mails
    assert (box.over_tls, box.logins, mail["To"]) == ([True], ["accepted"], "dana@example.org")


async def test_a_wrong_password_is_noted_and_tried_again(
    box: Mailbox, settings: Settings, database_url: str, db: Connection
) -> None:
    settings.smtp_password = SecretStr("wrong")
    service = Service(settings)
    await enter(service.post, service.works, "welcome-1")

    asked_again = await try_to_send(service, "welcome-1")
    row = await row_of(db, "welcome-1")
    await service.close()

    assert asked_again == "SMTPAuthenticationError"
    assert (row["status"], row["attempts"], row["last_error"]) == (
        "waiting",
        1,
        "SMTPAuthenticationError",
    )


async def test_a_certificate_not_trusted_is_noted_and_nothing_is_said(
    box: Mailbox, settings: Settings, db: Connection
) -> None:
    settings.smtp_ca_file = None
    service = Service(settings)
    await enter(service.post, service.works, "welcome-1")

    asked_again = await try_to_send(service, "welcome-1")
    row = await row_of(db, "welcome-1")
    await service.close()

    assert asked_again is not None
    assert (row["status"], row["attempts"], row["last_error"]) == ("waiting", 1, asked_again)
    assert (box.mails, box.logins) == ([], [])


async def test_an_address_refused_for_good_is_not_tried_again(
    box: Mailbox, service: Service, db: Connection
) -> None:
    box.rcpt_answer = "550 no such user"
    await enter(service.post, service.works, "welcome-1")

    await service.jobs().run(service.url, until_empty=True)
    row = await row_of(db, "welcome-1")
    box.rcpt_answer = None
    await service.post.send(service.works, "welcome-1")

    assert (row["status"], row["attempts"], row["last_error"]) == ("refused", 1, "refused")
    assert await db.fetchval("SELECT count(*) FROM pgqueuer") == 0
    assert box.mails == []


async def test_a_refusal_for_now_is_tried_again_and_arrives_once(
    box: Mailbox, service: Service, db: Connection
) -> None:
    box.rcpt_answer = "451 greylisted"
    await enter(service.post, service.works, "welcome-1")
    asked_again = [await try_to_send(service, "welcome-1") for _ in range(2)]
    tried = await row_of(db, "welcome-1")
    box.rcpt_answer = None

    await service.jobs().run(service.url, until_empty=True)
    sent = await row_of(db, "welcome-1")

    assert asked_again == ["SMTPRecipientsRefused"] * 2
    assert (tried["status"], tried["attempts"]) == ("waiting", 2)
    assert (sent["status"], sent["last_error"]) == ("sent", None)
    assert len(box.mails) == 1


async def test_what_went_wrong_is_kept_without_the_address(
    box: Mailbox, service: Service, db: Connection
) -> None:
    box.rcpt_answer = "451 dana@example.org is greylisted"
    await enter(service.post, service.works, "welcome-1")
    await try_to_send(service, "welcome-1")

    assert "dana" not in (await row_of(db, "welcome-1"))["last_error"]
