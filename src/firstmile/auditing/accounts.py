"""Accounts in every state there is, made for an audit and removed after it."""

import itertools
import secrets
from datetime import timedelta

from firstmile.auditing import store as audit_store
from firstmile.auditing.enumeration import Group, always
from firstmile.identity import store, store_people
from firstmile.identity.login import SUBJECT
from firstmile.identity.models import NO_PASSWORD, User, key_of
from firstmile.identity.passwords import Passwords
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.work import Work
from firstmile.service import Service

DOMAIN = "example.org"  # nobody's (RFC 2606)
REASON = "Made for an audit"
DAY = timedelta(days=1)
# The states, the reference first: an address that has no account.
UNKNOWN, PAUSED = "unknown", "paused"
STATES = ("known", "unverified", PAUSED, "locked", "passwordless", "two-factor")


class AuditAccounts:
    """Makes one account for each state, and keeps all of them as they are from try to try.

    Their addresses are as long as those that have no account.
    """

    def __init__(self, service: Service, *, domain: str = DOMAIN) -> None:
        self._service = service
        self._domain = domain
        self.beginning = f"audit-{secrets.token_hex(4)}-"
        self._numbers = itertools.count()
        self._paused = ""

    async def add(self, password: str) -> list[Group]:
        """Add the accounts, all with this password; the groups to ask about, the unknown first."""
        password_hash = await self._service.parts.get(Passwords).hash(password)
        groups = [Group(UNKNOWN, lambda _: self._next(), self._settle)]
        for state in STATES:
            address = self._next()
            async with self._service.works.begin() as work:
                await self._add(work, state, address, password_hash)
            if state == PAUSED:
                self._paused = address
            groups.append(Group(state, always(address), self._settle))
        for group in groups[1:]:
            await self._settle(group.address(0))
        return groups

    async def remove(self) -> int:
        """Remove them, and whoever registered during the audit; how many."""
        async with self._service.works.begin() as work:
            return await audit_store.remove_people(work.db, self.beginning)

    async def _add(self, work: Work, state: str, address: str, password_hash: str) -> None:
        user = User.registering(
            UserId(new_id()),
            address,
            NO_PASSWORD if state == "passwordless" else password_hash,
            names=("Audit", state),
            locale="en",
            now=work.now,
        )
        await store.add_user(work.db, user)
        if state != "unverified":
            await store.verify_email(work.db, user.id, work.now)
        if state == "locked":
            await store_people.lock(work.db, user.id, REASON, work.now)
        if state == "two-factor":
            await audit_store.add_second_factor(work.db, user.id, work.now)

    async def _settle(self, address: str) -> None:
        """Every address has failed the same number of times, and only one is locked for it."""
        service, now = self._service, self._service.works.clock()
        is_paused = address == self._paused
        subject = service.vault.digest(SUBJECT, key_of(address))
        async with service.database.lease() as db:
            await audit_store.set_failures(
                db, subject, 9 if is_paused else 1, now + DAY if is_paused else None, now
            )

    def _next(self) -> str:
        return f"{self.beginning}{next(self._numbers):06}@{self._domain}"
