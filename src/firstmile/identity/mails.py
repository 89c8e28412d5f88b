"""The messages identity sends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from firstmile.identity import store
from firstmile.identity.events import EmailVerified, PasswordChanged, RefreshReused, SignedIn
from firstmile.identity.events_staff import AccountLocked, AccountUnlocked, ImpersonationBegan
from firstmile.identity.models import User
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.work import Work
from firstmile.outside.post import Post


class Mails:
    """Writes to people about their accounts.

    Mails with a link that opens something are entered by the action that made the token, for
    events are kept and must not carry one. The others answer events; `wiring.py` says which.
    """

    def __init__(self, post: Post, settings: IdentitySettings, *, base_url: str) -> None:
        self._post = post
        self._settings = settings
        self._base_url = base_url

    async def verification(self, work: Work, user: User, token_id: UUID, token: str) -> None:
        """The link that confirms an address."""
        facts = {
            "link": f"{self._base_url}/verify-email?token={quote(token)}",
            "hours": self._settings.verification_hours,
        }
        await self.write(
            work, "verification", key=f"verification-{token_id}", user=user, facts=facts
        )

    async def account_exists(self, work: Work, user: User, asked_id: UUID) -> None:
        """Somebody registered with an address that has an account: it was them, or it was not."""
        facts = {"sign_in_link": f"{self._base_url}/sign-in", "reset_link": self._reset_link}
        await self.write(
            work, "account_exists", key=f"account-exists-{asked_id}", user=user, facts=facts
        )

    async def password_reset(self, work: Work, user: User, token_id: UUID, token: str) -> None:
        """The link that sets a new password."""
        facts = {
            "link": f"{self._base_url}/reset-password?token={quote(token)}",
            "minutes": self._settings.reset_minutes,
        }
        await self.write(
            work, "password_reset", key=f"password-reset-{token_id}", user=user, facts=facts
        )

    async def welcome(self, work: Work, event: EmailVerified) -> None:
        """The address is confirmed: here is how to begin."""
        user = await store.user_by_id(work.db, UserId(event.user_id))
        facts = {"link": f"{self._base_url}/onboarding"}
        await self.write(work, "welcome", key=f"welcome-{user.id}", user=user, facts=facts)

    async def password_changed(self, work: Work, event: PasswordChanged) -> None:
        """The password is another one; if it was not you, do this."""
        user = await store.user_by_id(work.db, UserId(event.user_id))
        facts = {"when": told(work.now), "reset_link": self._reset_link}
        await self.write(
            work, "password_changed", key=f"password-changed-{new_id()}", user=user, facts=facts
        )

    async def lockout(
        self, work: Work, user: User, token_id: UUID, token: str, *, is_lasting: bool
    ) -> None:
        """Signing in is paused, or closed for good; the link opens it, and so does a reset."""
        facts = {
            "unlock_link": f"{self._base_url}/unlock?token={quote(token)}",
            "unlock_minutes": self._settings.unlock_minutes,
            "reset_link": self._reset_link,
        }
        if not is_lasting:
            facts["minutes"] = self._settings.lockout_seconds // 60
        kind = "lockout_lasting" if is_lasting else "lockout"
        await self.write(work, kind, key=f"lockout-{token_id}", user=user, facts=facts)

    async def new_device(self, work: Work, event: SignedIn) -> None:
        """Somebody signed in from a browser that was never seen with this account."""
        if not event.is_new_device:
            return
        user = await store.user_by_id(work.db, UserId(event.user_id))
        facts = {
            "device": event.device_name,
            "network": event.network,
            "when": told(work.now),
            "sessions_link": f"{self._base_url}/account/sessions",
            "reset_link": self._reset_link,
        }
        key = f"new-device-{event.session_id}"
        await self.write(work, "new_device", key=key, user=user, facts=facts)

    async def refresh_reused(self, work: Work, event: RefreshReused) -> None:
        """A session was ended, because a token of it came back that had been used before."""
        user = await store.user_by_id(work.db, UserId(event.user_id))
        facts = {
            "when": told(work.now),
            "sessions_link": f"{self._base_url}/account/sessions",
            "reset_link": self._reset_link,
        }
        key = f"refresh-reused-{event.session_id}"
        await self.write(work, "refresh_reused", key=key, user=user, facts=facts)

    async def account_locked(self, work: Work, event: AccountLocked) -> None:
        """Staff closed the account; why is between them and the person."""
        user = await store.user_by_id(work.db, UserId(event.user_id))
        facts = {"when": told(work.now)}
        await self.write(work, "account_locked", key=f"locked-{new_id()}", user=user, facts=facts)

    async def account_unlocked(self, work: Work, event: AccountUnlocked) -> None:
        """Staff opened the account again."""
        user = await store.user_by_id(work.db, UserId(event.user_id))
        facts = {"when": told(work.now), "sign_in_link": f"{self._base_url}/sign-in"}
        key = f"unlocked-{new_id()}"
        await self.write(work, "account_unlocked", key=key, user=user, facts=facts)

    async def impersonated(self, work: Work, event: ImpersonationBegan) -> None:
        """Staff look at the product in the person's place; silent when we are told to be."""
        if not self._settings.tell_of_impersonation:
            return
        user = await store.user_by_id(work.db, UserId(event.user_id))
        facts = {
            "reason": event.reason,
            "when": told(work.now),
            "until": told(event.ends_at),
            "security_link": f"{self._base_url}/account/security",
        }
        key = f"impersonated-{event.session_id}"
        await self.write(work, "impersonated", key=key, user=user, facts=facts)

    @property
    def _reset_link(self) -> str:
        return f"{self._base_url}/forgot-password"

    async def write(
        self,
        work: Work,
        kind: str,
        *,
        key: str,
        user: User,
        facts: Mapping[str, Any],
        to: str | None = None,
    ) -> None:
        """Enter a mail to a person in their language; `to` is another address than their own."""
        await self._post.enter(
            work,
            kind,
            key=key,
            to=to or user.email,
            language=user.locale,
            user_id=user.id,
            facts={"first_name": user.first_name, **facts},
        )


def told(moment: datetime) -> str:
    """A moment as mails say it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
