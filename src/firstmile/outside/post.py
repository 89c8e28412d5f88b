"""The post office: a mail is entered in the transaction that causes it, and sent by a job."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiosmtplib
import msgspec
import structlog

from firstmile.kernel.ids import UserId
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works
from firstmile.outside import store
from firstmile.outside.letters import Letters
from firstmile.outside.mail import MailDoor, MailRefused, Message
from firstmile.outside.store import Posted

log = structlog.get_logger()

SEND_MAIL = "send_mail"
SEALED_AS = "mail"


class Post:
    """Takes mails in and sends them out."""

    def __init__(self, vault: Vault, letters: Letters, door: MailDoor) -> None:
        self._vault = vault
        self._letters = letters
        self._door = door

    async def enter(
        self,
        work: Work,
        kind: str,
        *,
        key: str,
        to: str,
        language: str,
        user_id: UserId | None,
        facts: Mapping[str, Any],
    ) -> None:
        """Enter a mail to be sent after the commit; a key entered before is not sent again.

        `facts` may hold a link with a token, so they are sealed until the mail is sent.
        """
        sealed = self._vault.seal(SEALED_AS, msgspec.json.encode(dict(facts)))
        if await store.post(
            work.db, Posted(key, kind, to, language, sealed), user_id=user_id, now=work.now
        ):
            work.enqueue(SEND_MAIL, key)

    async def send(self, works: Works, key: str) -> None:
        """Send the mail of this key unless it was sent; a failure is noted and raised for a retry.

        Between the server's "250 OK" and our note lies the one moment in which a crash sends a
        mail twice. Its Message-ID is the same both times.
        """
        async with works.database.lease() as db:
            posted = await store.waiting(db, key)
        if posted is None:
            return
        message = await asyncio.to_thread(self._letter, posted)
        try:
            await self._door.send(message)
        except MailRefused:
            await self._note_failure(works, key, "refused", final=True)
        except (OSError, TimeoutError, aiosmtplib.SMTPException) as failure:
            await self._note_failure(works, key, type(failure).__name__, final=False)
            raise
        else:
            async with works.begin() as work:
                await store.note_sent(work.db, key, work.now)
            log.info("mail_sent", kind=posted.kind, key=key)

    def _letter(self, posted: Posted) -> Message:
        facts = msgspec.json.decode(self._vault.open(SEALED_AS, posted.facts))
        return self._letters.write(
            posted.kind,
            key=posted.key,
            to=posted.recipient,
            language=posted.language,
            facts=facts,
        )

    async def _note_failure(self, works: Works, key: str, error: str, *, final: bool) -> None:
        async with works.begin() as work:
            await store.note_failure(work.db, key, error, final=final)
        log.warning("mail_failed", key=key, error=error, final=final)
