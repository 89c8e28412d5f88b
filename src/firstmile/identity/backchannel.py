"""Tells applications that somebody signed out, without their browser."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import structlog

from firstmile.identity import store_clients
from firstmile.identity.signing import SigningKeys
from firstmile.kernel.ids import new_id
from firstmile.kernel.work import Works

log = structlog.get_logger()

LOGOUT_TOKEN = "logout+jwt"  # noqa: S105  the `typ` of one
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFE = timedelta(minutes=2)
SECONDS = 5.0


class SignOutNotices:
    """Posts logout tokens (OpenID Connect Back-Channel Logout 1.0).

    Each is a job: an application that does not answer, or fails, is asked again later; one that
    refuses is not.
    """

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    async def tell(self, works: Works, payload: dict[str, Any]) -> None:
        """Tell one application of one sign-in that is over; a failure is raised, to be retried."""
        async with works.database.lease() as db:
            client = await store_clients.client_by_id(db, UUID(payload["client_id"]))
        if client is None or client.backchannel_uri is None or client.disabled_at is not None:
            return
        claims = {
            "sub": payload["sub"],
            "sid": payload["sid"],
            "jti": str(new_id()),
            "events": {EVENT: {}},
        }
        token = self._keys.sign(
            claims, works.clock(), audience=str(client.id), kind=LOGOUT_TOKEN, life=LIFE
        )
        status = await _post(client.backchannel_uri, token)
        if status >= 500:
            raise ConnectionError(f"the application answered {status}")
        if status not in (200, 204):
            log.warning("logout_notice_refused", client_id=str(client.id), status=status)


async def _post(uri: str, token: str) -> int:
    """The status of the answer; its body is not read, and it leads nowhere else."""
    async with (
        asyncio.timeout(SECONDS),
        httpx.AsyncClient(follow_redirects=False, trust_env=False) as http,
        http.stream("POST", uri, data={"logout_token": token}) as answer,
    ):
        return answer.status_code
