"""The door to identity providers: short, small, never redirected, and closed in time."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import structlog

from firstmile.identity.social_settings import LOOPBACK
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Malformed, Unavailable

log = structlog.get_logger()

CONNECT_SECONDS = 3.0
SILENCE_SECONDS = 5.0
MOST_BYTES = 256 * 1024  # the largest key set we know has 20 KiB
MOST_CALLS = 20
RETRY_SECONDS = 10
FAILURES = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError)

TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_CONTEXTS: list[ssl.SSLContext] = []


@dataclass(frozen=True)
class Said:
    """What a provider answered: the status, and its JSON."""

    status: int
    json: Any


class ProviderDoor:
    """Asks providers, one connection a question.

    Nothing is kept between two questions, cookies neither. `seconds` is the longest that one may
    take from the first byte to the last. Plain HTTP is for this very machine, in development.
    """

    def __init__(self, *, allows_plain: bool, seconds: float) -> None:
        self._allows_plain = allows_plain
        self._seconds = seconds
        self._calls = asyncio.Semaphore(MOST_CALLS)

    async def get(self, url: str, *, token: str | None = None) -> Said:
        """Ask for JSON, in the name of the holder of an access token when it is given."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return await self._ask("GET", url, headers=headers)

    async def post(self, url: str, body: str, headers: Mapping[str, str]) -> Said:
        """Post a form for JSON."""
        return await self._ask("POST", url, content=body, headers=headers)

    def checked(self, url: object) -> str:
        """An address we may go to, or send a browser to; Unavailable for any other."""
        try:
            parts = httpx.URL(str(url))
        except FAILURES as garbage:
            raise unavailable() from garbage
        is_plain = parts.scheme == "http" and parts.host in LOOPBACK and self._allows_plain
        if (parts.scheme != "https" and not is_plain) or not parts.host or parts.userinfo:
            log.warning("provider_failed", reason="unsafe_address", host=parts.host)
            raise unavailable()
        return str(url)

    async def _ask(
        self, method: str, url: str, *, headers: Mapping[str, str], content: str | None = None
    ) -> Said:
        request = httpx.Request(method, self.checked(url), headers=dict(headers), content=content)
        request.headers["accept"] = "application/json"
        # What is not compressed cannot grow after it was counted.
        request.headers["accept-encoding"] = "identity"
        request.headers["user-agent"] = "firstmile"
        try:
            async with asyncio.timeout(self._seconds), self._calls:
                return await self._answer_to(request)
        except FAILURES as failure:
            self._note(request, type(failure).__name__)
            raise unavailable() from failure

    async def _answer_to(self, request: httpx.Request) -> Said:
        async with httpx.AsyncClient(
            verify=await _trusted() if request.url.scheme == "https" else TRUSTS_NOBODY,
            timeout=httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
        ) as client:
            response = await client.send(request, stream=True)
            try:
                return await self._read(request, response)
            finally:
                await response.aclose()

    async def _read(self, request: httpx.Request, response: httpx.Response) -> Said:
        if response.is_redirect or response.status_code >= 500 or response.status_code == 429:
            self._note(request, f"status_{response.status_code}")
            raise unavailable()
        if response.headers.get("content-encoding", "identity") != "identity":
            self._note(request, "compressed")
            raise unavailable()
        body = b""
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MOST_BYTES:
                self._note(request, "too_large")
                raise unavailable()
        try:
            return Said(response.status_code, msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as garbage:
            self._note(request, "no_json")
            raise unavailable() from garbage

    def _note(self, request: httpx.Request, reason: str) -> None:
        log.warning("provider_failed", reason=reason, host=request.url.host)


async def _trusted() -> ssl.SSLContext:
    """The certificates we trust; reading them takes a while, so it is done once, and aside."""
    if not _CONTEXTS:
        _CONTEXTS.append(await asyncio.to_thread(httpx.create_ssl_context))
    return _CONTEXTS[0]


def unavailable() -> Unavailable:
    """The answer when a provider does not answer, or not as it should."""
    return Unavailable(
        N_("The other service does not answer. Try again in a moment, or sign in another way."),
        error="provider_unavailable",
        retry_after=RETRY_SECONDS,
    )


def refused(reason: str, **facts: Any) -> Malformed:
    """The answer when a provider says no, or says what we cannot believe; the log has why."""
    log.warning("provider_refused", reason=reason, **facts)
    return Malformed(
        N_("The other service did not confirm who you are. Begin again."),
        error="provider_refused",
    )


def cancelled() -> Malformed:
    """The answer when the person changed their mind at the provider."""
    return Malformed(
        N_("You did not finish signing in at the other service."), error="provider_cancelled"
    )
