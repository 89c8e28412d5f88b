"""Flags and SDK keys made for a test, and questions asked with them."""

from typing import Any

import httpx
import msgspec

from firstmile.release.actions import publish
from firstmile.release.models import Author, Change, KeyKind, Subject
from firstmile.service import Service
from firstmile.targeting.flags import Flag, Segment

AUTHOR = Author("a test")
FLAGS = "/ofrep/v1/evaluate/flags"


async def put_flags(
    service: Service, *flags: dict[str, Any], environment: str = "production"
) -> None:
    """Publish flags, and see to it that this process serves them."""
    await put(service, *(msgspec.convert(one, Flag) for one in flags), environment=environment)


async def put(
    service: Service, *documents: Flag | Segment, environment: str = "production"
) -> None:
    """Publish flags and segments in their order."""
    async with service.works.begin() as work:
        for one in documents:
            subject = Subject.FLAG if isinstance(one, Flag) else Subject.SEGMENT
            change = Change(environment, subject, one.key, one, AUTHOR, "For a test")
            await publish(work, service.hints, change)
    await service.releasing.flags.load(service.database)


async def a_key(service: Service, kind: str = "server", environment: str = "production") -> str:
    """The text of a new SDK key that this process knows."""
    async with service.works.begin() as work:
        _, text = await service.sdks.keys.make(
            work, service.hints, AUTHOR, environment=environment, kind=KeyKind(kind), name="Test"
        )
    await service.sdks.keys.load(service.database)
    return text


async def ask(
    client: httpx.AsyncClient,
    key: str,
    flag: str | None = None,
    context: dict[str, Any] | None = None,
    **headers: str,
) -> httpx.Response:
    """One flag, or all of them when none is named."""
    body = {} if context is None else {"context": context}
    given = {"authorization": f"Bearer {key}"} | headers
    return await client.post(FLAGS if flag is None else f"{FLAGS}/{flag}", json=body, headers=given)
