"""Asking as somebody who wants to know which addresses have an account, and comparing."""

import gc
import json
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from firstmile.kernel.asgi import App, Message, Scope

# Half of all pairs is no difference. Of 200 samples chance alone leaves this range once in 2,000.
SMALL_EFFECT = 0.10
OF_THE_REQUEST = {b"x-correlation-id"}
WARM_UP = 10


@dataclass(frozen=True)
class Told:
    """Everything an answer says, save what belongs to the request: its id and the address."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass
class Group:
    """One kind of address: the address of each try, and what to put right before it."""

    name: str
    address: Callable[[int], str]
    prepare: Callable[[str], Awaitable[None]]
    told: set[Told] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)


class Prober:
    """Posts JSON to one address of the application, without a network in between."""

    def __init__(self, app: App, path: str, body: Callable[[str], dict[str, Any]]) -> None:
        self._app = app
        self._path = path
        self._body = body

    async def probe(self, groups: Sequence[Group], samples: int) -> None:
        """Ask `samples` times for each group, in an order that is new each time."""
        gc.collect()
        gc.disable()
        try:
            for number in range(samples + WARM_UP):
                for group in random.sample(groups, len(groups)):
                    await self._ask(group, len(group.seconds) + number, is_kept=number >= WARM_UP)
        finally:
            gc.enable()

    async def _ask(self, group: Group, number: int, *, is_kept: bool) -> None:
        address = group.address(number)
        await group.prepare(address)
        body = json.dumps(self._body(address)).encode()
        heard: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            heard.append(message)

        scope = self._scope(len(body))
        started = time.perf_counter()
        await self._app(scope, receive, send)
        took = time.perf_counter() - started
        if is_kept:
            group.seconds.append(took)
            group.told.add(told(heard, address))

    def _scope(self, length: int) -> Scope:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": self._path,
            "raw_path": self._path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [
                (b"host", b"localhost:8000"),
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % length),
            ],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }


def told(heard: Sequence[Message], address: str) -> Told:
    """An answer without the id of its request and without the address that was asked about."""
    start = heard[0]
    body = b"".join(message.get("body", b"") for message in heard[1:])
    document = json.loads(body)
    document.pop("correlationId", None)
    headers = tuple(
        (name, b"*" if name in OF_THE_REQUEST else value) for name, value in start["headers"]
    )
    plain = json.dumps(document).replace(address, "*").encode()
    return Told(int(start["status"]), headers, plain)


def chance_of_less(first: Sequence[float], other: Sequence[float]) -> float:
    """How often a value of `first` is below one of `other`: 0.5 when they are alike.

    Mann and Whitney's U over the number of pairs (1947), also known as the area under the ROC
    curve; ranks alone count, so a pause of the machine does not weigh more than any other value.
    """
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in other])
    rank_sum, at = 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        rank_sum += (at + 1 + end) / 2 * sum(1 for _, side in ranked[at:end] if side == 1)
        at = end
    pairs = len(first) * len(other)
    return (rank_sum - len(other) * (len(other) + 1) / 2) / pairs


def differences(groups: Sequence[Group], *, more_than: float = SMALL_EFFECT) -> dict[str, float]:
    """The groups whose time tells them from the first one, and how well."""
    reference, *others = groups
    found = {g.name: chance_of_less(reference.seconds, g.seconds) - 0.5 for g in others}
    return {name: round(size, 3) for name, size in found.items() if abs(size) > more_than}
