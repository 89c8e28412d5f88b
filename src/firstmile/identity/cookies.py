"""The session cookie and the CSRF cookie that goes with it."""

from dataclasses import dataclass
from typing import Literal

from litestar.datastructures import Cookie

from firstmile.protect.csrf import COOKIE as CSRF_COOKIE
from firstmile.protect.csrf import CsrfTokens

DEVICE_SECONDS = 400 * 24 * 3600  # the longest that browsers keep a cookie (RFC 6265bis, 5.5)


@dataclass(frozen=True)
class Cookies:
    """How cookies are written: with the `__Host-` prefix and Secure wherever there is TLS.

    Over plain HTTP, in development, both fall away, because WebKit refuses them there.
    """

    over_tls: bool
    csrf: CsrfTokens

    @property
    def session_name(self) -> str:
        """The name of the session cookie."""
        return "__Host-session" if self.over_tls else "session"

    @property
    def device_name(self) -> str:
        """The name of the cookie by which a browser is known again."""
        return "__Host-device" if self.over_tls else "device"

    @property
    def pending_name(self) -> str:
        """The name of the cookie of a sign-in that waits for its second factor."""
        return "__Host-sign-in" if self.over_tls else "sign-in"

    @property
    def away_name(self) -> str:
        """The name of the cookie of somebody who is away at another service."""
        return "__Host-away" if self.over_tls else "away"

    @property
    def introduced_name(self) -> str:
        """The name of the cookie of somebody whom another service introduced."""
        return "__Host-introduced" if self.over_tls else "introduced"

    @property
    def aside_name(self) -> str:
        """The name of the cookie that keeps staff's own session while they act for another."""
        return "__Host-own-session" if self.over_tls else "own-session"

    def begin(self, session: str, max_age: int | None) -> list[Cookie]:
        """The cookies of a session that begins; without an age they go with the browser."""
        return [
            self._cookie(self.session_name, session, max_age, httponly=True),
            self.visitor(session, max_age),
        ]

    def device(self, secret: str) -> Cookie:
        """Knows the browser again."""
        return self._cookie(self.device_name, secret, DEVICE_SECONDS, httponly=True)

    def pending(self, token: str, max_age: int) -> Cookie:
        """Carries a sign-in to the page of its second factor."""
        return self._cookie(self.pending_name, token, max_age, httponly=True)

    def away(self, token: str, max_age: int) -> Cookie:
        """Kept while somebody is away at another service; empty ends it."""
        return self._cookie(self.away_name, token, max_age, httponly=True)

    def introduced(self, token: str, max_age: int) -> Cookie:
        """Keeps whom another service introduced until their account is known; empty ends it."""
        return self._cookie(self.introduced_name, token, max_age, httponly=True)

    def aside(self, sealed: str, max_age: int) -> Cookie:
        """Keeps staff's own session while they act in the place of another; empty ends it."""
        return self._cookie(self.aside_name, sealed, max_age, httponly=True)

    def visitor(self, session: str, max_age: int | None = None) -> Cookie:
        """The CSRF cookie alone; `session` is empty for a visitor."""
        return self._cookie(CSRF_COOKIE, self.csrf.make(session), max_age, httponly=False)

    def end(self) -> list[Cookie]:
        """Cookies that take the session away."""
        return [
            self._cookie(self.session_name, "", 0, httponly=True),
            self._cookie(CSRF_COOKIE, "", 0, httponly=False),
        ]

    def _cookie(self, name: str, value: str, max_age: int | None, *, httponly: bool) -> Cookie:
        same_site: Literal["lax"] = "lax"
        return Cookie(
            key=name,
            value=value,
            max_age=max_age,
            path="/",
            secure=self.over_tls,
            httponly=httponly,
            samesite=same_site,
        )
