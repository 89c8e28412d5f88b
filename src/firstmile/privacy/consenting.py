"""Answers to the notice: taken, kept with proof, joined to whoever signs in, and checked."""

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest

from firstmile.kernel.asgi import Scope
from firstmile.kernel.database import Connection
from firstmile.kernel.events import PersonalEvent
from firstmile.kernel.ids import UserId, new_id, new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Invalid
from firstmile.kernel.secrets import Vault
from firstmile.kernel.visit import Visit
from firstmile.kernel.work import Work
from firstmile.privacy import store
from firstmile.privacy.events import ConsentWithdrawn
from firstmile.privacy.models import How, Record
from firstmile.privacy.notice import Notice, Notices
from firstmile.protect.consent import Answer, answer_of, answered_as, says_no_to_all

SUBJECT, PROOF = "consent_subject", "consent_proof"
# The answers themselves: as long as somebody may ask for proof of them.
KEPT = timedelta(days=3 * 365)


@dataclass(frozen=True)
class Standing:
    """What is agreed to in a browser; `choices` is None for who was not asked yet."""

    choices: frozenset[str] | None
    gpc: bool
    needed: bool


class Consents:
    """Takes and keeps answers.

    Who says yes to something gets a number, under which the next answer of the same browser is
    found; who says no to all gets none, and loses the one they had.
    """

    def __init__(self, vault: Vault, notices: Notices, *, over_tls: bool) -> None:
        self.notices = notices
        self._vault = vault
        self.over_tls = over_tls

    async def standing(self, visit: Visit) -> Standing:
        """What holds in the browser of this visit, or else for its person."""
        gpc = says_no_to_all(visit.scope)
        answer = answer_of(visit.scope) or await self._answer_of_person(visit)
        if gpc:
            return Standing(frozenset(), gpc=True, needed=False)
        if answer is None:
            return Standing(None, gpc=False, needed=True)
        # A banner that is not ours names no version, and its visitors are not asked twice.
        is_old = answer.version not in (None, self.notices.version)
        return Standing(self.notices.known(answer.purposes), gpc=False, needed=is_old)

    async def take(
        self,
        work: Work,
        scope: Scope,
        user_id: UserId | None,
        *,
        version: str,
        choices: frozenset[str],
        language: str,
        how: How,
    ) -> Answer:
        """Keep an answer; what the browser should remember of it. Raises Conflict or Invalid."""
        notice = self._notice_read(version, choices, language)
        gpc = says_no_to_all(scope)
        kept = frozenset() if gpc else choices
        before = answer_of(scope)
        number = (before.number if before else None) or new_token()
        subject = self._subject(user_id, number)
        await store.lock_subject(work.db, subject[0])
        last = await store.last_of_subject(work.db, subject)
        record = Record(
            id=new_id(),
            subject=subject[0],
            version=notice.version,
            digest=notice.digest,
            language=notice.language,
            choices=tuple(sorted(kept)),
            gpc=gpc,
            how=how,
            made_at=work.now,
            previous=last.proof if last else None,
        )
        await store.keep_words(work.db, notice.digest, notice.as_text(), work.now)
        await store.add(work.db, self._proved(record), user_id)
        _tell_of_withdrawal(work, before, kept)
        is_anonymous_yes = user_id is None and bool(kept)
        return Answer(kept, notice.version, number if is_anonymous_yes else None)

    async def join(self, work: Work, event: PersonalEvent) -> None:
        """Whoever signs in has answered what their browser answered."""
        number = answered_as.get()
        if number is not None:
            subjects = self._subject(None, number)
            await store.join(work.db, subjects, UserId(event.user_id))

    def is_sound(self, record: Record) -> bool:
        """Whether a record is as we wrote it."""
        proofs = self._vault.digests(PROOF, record.as_text())
        return any(compare_digest(record.proof, one) for one in proofs)

    async def problems(self, db: Connection) -> list[str]:
        """What is wrong with the records, each in a sentence; empty when nothing is."""
        found = []
        words = await store.words_of(db)
        wrong_words = {one for one, text in words.items() if sha256(text.encode()).digest() != one}
        async for record in store.all_of_them(db):
            if not self.is_sound(record):
                found.append(f"{record.id}: was changed after it was written")
            if record.digest not in words or record.digest in wrong_words:
                found.append(f"{record.id}: the words that were read are gone or changed")
        return found

    def notice(self, language: str) -> Notice:
        """What people read before they answer."""
        return self.notices.in_language(language)

    def _notice_read(self, version: str, choices: frozenset[str], language: str) -> Notice:
        notice = self.notices.in_language(language)
        if version != notice.version:
            raise Conflict(
                N_("The notice has changed since you read it. Read it again."),
                error="notice_changed",
                facts={"version": notice.version},
            )
        if choices - self.notices.known(choices):
            raise Invalid.field("choices", N_("There is no such purpose."))
        return notice

    async def _answer_of_person(self, visit: Visit) -> Answer | None:
        actor = await visit.visitor()
        if actor is None:
            return None
        async with visit.reading() as db:
            record = await store.last_of_person(db, actor.user_id)
        return None if record is None else Answer(frozenset(record.choices), record.version)

    def _subject(self, user_id: UserId | None, number: str) -> list[bytes]:
        whose = f"browser:{number}" if user_id is None else f"user:{user_id}"
        return self._vault.digests(SUBJECT, whose)

    def _proved(self, record: Record) -> Record:
        return replace(record, proof=self._vault.digest(PROOF, record.as_text()))


def _tell_of_withdrawal(work: Work, before: Answer | None, kept: frozenset[str]) -> None:
    gone = before.purposes - kept if before else frozenset()
    if gone:
        work.announce(ConsentWithdrawn(purposes=tuple(sorted(gone))))


async def forget_old(work: Work) -> int:
    """Delete answers of which nobody asks for proof any more; how many."""
    return await store.forget_before(work.db, work.now - KEPT)
