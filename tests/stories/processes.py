"""The real processes with a real mail server, and a sign-up from outside."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from tests.cast import PASSWORD
from tests.outside.mailserver import Mailbox, mail_server
from tests.running import Running, running_service

from firstmile.settings import Settings


def sign_up(base_url: str, name: str) -> bool:
    """Register; whether it was acknowledged."""
    body = {
        "email": f"{name}@example.org",
        "password": PASSWORD,
        "firstName": "Dana",
        "lastName": "Lopez",
    }
    try:
        answer = httpx.post(f"{base_url}/api/v1/auth/register", json=body, timeout=10)
    except httpx.TransportError:
        return False
    return answer.status_code == 202


@contextmanager
def with_mail(settings: Settings, **given: str) -> Iterator[tuple[Running, Mailbox]]:
    """Web and worker that send to a real mail server."""
    with mail_server() as box:
        smtp = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(box.port), "SMTP_TLS": "none"}
        with running_service(settings, **smtp, **given) as running:
            yield running, box
            box.hangs = False
