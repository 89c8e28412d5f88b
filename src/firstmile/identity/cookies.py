"""The session cookie and the CSRF cookie that goes with it."""

from dataclasses import dataclass
from typing import Literal

from litestar.datastructures import Cookie

from firstmile.protect.csrf import COOKIE as CSRF_COOKIE
from firstmile.protect.csrf import CsrfTokens


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

    def begin(self, session: str, max_age: int) -> list[Cookie]:
        """The cookies of a session that begins."""
        return [
            self._cookie(self.session_name, session, max_age, httponly=True),
            self.visitor(session, max_age),
        ]

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
