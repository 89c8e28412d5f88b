"""The messages identity sends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from firstmile.identity import store
from firstmile.identity.events import EmailVerified, PasswordChanged
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
        await self._enter(work, "verification", f"verification-{token_id}", user, facts)

    async def account_exists(self, work: Work, user: User, asked_id: UUID) -> None:
        """Somebody registered with an address that has an account: it was them, or it was not."""
        facts = {"sign_in_link": f"{self._base_url}/sign-in", "reset_link": self._reset_link}
        await self._enter(work, "account_exists", f"account-exists-{asked_id}", user, facts)

    async def password_reset(self, work: Work, user: User, token_id: UUID, token: str) -> None:
        """The link that sets a new password."""
        facts = {
            "link": f"{self._base_url}/reset-password?token={quote(token)}",
            "minutes": self._settings.reset_minutes,
        }
        await self._enter(work, "password_reset", f"password-reset-{token_id}", user, facts)

    async def welcome(self, work: Work, event: EmailVerified) -> None:
        """The address is confirmed: here is how to begin."""
        user = await store.user_by_id(work.db, UserId(event.user_id))
        facts = {"link": f"{self._base_url}/onboarding"}
        await self._enter(work, "welcome", f"welcome-{user.id}", user, facts)

    async def password_changed(self, work: Work, event: PasswordChanged) -> None:
        """The password is another one; if it was not you, do this."""
        user = await store.user_by_id(work.db, UserId(event.user_id))
        facts = {"when": _told(work.now), "reset_link": self._reset_link}
        await self._enter(work, "password_changed", f"password-changed-{new_id()}", user, facts)

    async def lockout(self, work: Work, user: User) -> None:
        """Signing in is closed for a while; a reset opens it at once."""
        facts = {
            "minutes": self._settings.lockout_seconds // 60,
            "reset_link": self._reset_link,
        }
        await self._enter(work, "lockout", f"lockout-{new_id()}", user, facts)

    @property
    def _reset_link(self) -> str:
        return f"{self._base_url}/forgot-password"

    async def _enter(
        self, work: Work, kind: str, key: str, user: User, facts: Mapping[str, Any]
    ) -> None:
        await self._post.enter(
            work,
            kind,
            key=key,
            to=user.email,
            language=user.locale,
            user_id=user.id,
            facts={"first_name": user.first_name, **facts},
        )


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
