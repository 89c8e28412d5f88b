"""The development mailbox: mail that was kept in a folder instead of being sent."""

import asyncio
import re
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any

from litestar import MediaType, Response, Router, get
from litestar.params import FromPath

from firstmile.kernel.access import UNLIMITED
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.visit import Visit, Visiting
from firstmile.outside.mail import FolderDoor
from firstmile.web.rendering import Pages

LINK = re.compile(r"https?://[^\s<>\"]+")
SNIPPET = 140
# A mail brings its own styles and nothing else, and is framed by our page alone.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


@get("/dev/mail.json")
async def mails_json(visit: Visiting) -> list[dict[str, Any]]:
    """Every mail, newest first: `{id, to, subject, sentAt, text, html, links}`."""
    kept = await asyncio.to_thread(visit.part(FolderDoor).kept)
    return [_told(key, mail) for key, mail in kept]


@get("/dev/mail")
async def mailbox(visit: Visiting) -> Response[str]:
    """Every mail, newest first."""
    kept = await asyncio.to_thread(visit.part(FolderDoor).kept)
    messages = [_told(key, mail) for key, mail in kept]
    return await visit.part(Pages).page(visit, "dev_mail.html", messages=messages)


@get("/dev/mail/{key:str}")
async def mail_page(visit: Visiting, key: FromPath[str]) -> Response[str]:
    """One mail."""
    return await visit.part(Pages).page(
        visit, "dev_mail_message.html", message=_told(key, _one(visit, key))
    )


@get("/dev/mail/{key:str}/html")
async def mail_html(visit: Visiting, key: FromPath[str]) -> Response[str]:
    """The HTML of one mail, for the frame on its page."""
    headers = {"content-security-policy": MAIL_POLICY, "x-frame-options": "SAMEORIGIN"}
    html = _part(_one(visit, key), "html")
    return Response(html, media_type=MediaType.HTML, headers=headers)


def _one(visit: Visit, key: str) -> EmailMessage:
    mail = visit.part(FolderDoor).one(key)
    if mail is None:
        raise NotFound(N_("There is no such mail."))
    return mail


def _told(key: str, mail: EmailMessage) -> dict[str, Any]:
    text = _part(mail, "plain")
    return {
        "id": key,
        "to": mail["To"],
        "from": mail["From"],
        "subject": mail["Subject"],
        "sentAt": _moment(mail).strftime("%Y-%m-%d %H:%M:%S"),
        "text": text,
        "html": _part(mail, "html"),
        "snippet": " ".join(text.split())[:SNIPPET],
        "links": list(dict.fromkeys(LINK.findall(text))),
    }


def _part(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body(preferencelist=(subtype,))
    return "" if part is None else str(part.get_content()).strip()


def _moment(mail: EmailMessage) -> datetime:
    return parsedate_to_datetime(mail["Date"])


router = Router(
    path="/",
    route_handlers=[mails_json, mailbox, mail_page, mail_html],
    include_in_schema=False,
    opt=UNLIMITED,  # a developer's own, and what tests ask again and again
)
