"""The number by which a browser is counted once, before anybody signs in with it."""

import re
from contextvars import ContextVar
from dataclasses import dataclass

from litestar.datastructures import Cookie

from firstmile.kernel.asgi import App, Receive, Scope, Send, cookies_of
from firstmile.kernel.ids import new_token
from firstmile.protect.consent import Purpose, answer_of, answered_as, says_no_to_all

LIFE_SECONDS = 180 * 24 * 3600  # half a year: longer than any experiment with its window
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

# The visitor of this request, for what happens in it: a sign-in tells whose browser it is.
visiting_as: ContextVar[str | None] = ContextVar("visiting_as", default=None)
# The same for guidance, of who agreed to be recognised by it.
guided_as: ContextVar[str | None] = ContextVar("guided_as", default=None)


@dataclass(frozen=True)
class VisitorCookie:
    """How the number is kept. It is given to nobody before an experiment needs it."""

    over_tls: bool

    @property
    def name(self) -> str:
        """The name of the cookie."""
        return "__Host-visitor" if self.over_tls else "visitor"

    def read(self, scope: Scope) -> str | None:
        """The number this browser brought; None for none, and for what is not ours."""
        told = cookies_of(scope).get(self.name, "")
        return told if TOKEN.fullmatch(told) else None

    def give(self) -> Cookie:
        """A new number; 256 random bits, so that nobody can be somebody else."""
        return Cookie(
            key=self.name,
            value=new_token(),
            max_age=LIFE_SECONDS,
            path="/",
            secure=self.over_tls,
            httponly=True,
            samesite="lax",
        )


class Visitors:
    """Remembers for the time of a request which visitor it came from, unless they said no."""

    def __init__(self, app: App, cookie: VisitorCookie) -> None:
        self.app = app
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._note(scope)
        await self.app(scope, receive, send)

    def _note(self, scope: Scope) -> None:
        answer, number = answer_of(scope), self._cookie.read(scope)
        answered_as.set(answer.number if answer else None)
        if (answer is None and number is None) or says_no_to_all(scope):
            visiting_as.set(None)
            guided_as.set(None)
            return
        is_out = answer is not None and Purpose.EXPERIMENTS not in answer.purposes
        visiting_as.set(None if is_out else number)
        # Who agreed has a number for as long as they do; an older one is of an experiment.
        is_guided = answer is not None and Purpose.GUIDANCE in answer.purposes
        recognised = (answer.number if answer else None) or number
        guided_as.set(recognised if is_guided else None)
