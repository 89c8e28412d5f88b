"""An application counts its requests by the variants that chance gave them, and sends them."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from firstmile_client.asgi import Receive, Scope, Send
from firstmile_client.measures import MeasuredRequests, Measures, MeasuringHook


class Firstmile:
    """Takes batches, or is away."""

    def __init__(self) -> None:
        self.status = 204
        self.batches: list[tuple[str, list[dict[str, Any]]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer fms_key"
        measures = json.loads(request.content)["measures"]
        self.batches.append((request.headers["idempotency-key"], measures))
        return httpx.Response(self.status)


def a_flag(reason: Reason) -> InMemoryFlag[bool]:
    def served(_: Any, __: EvaluationContext) -> FlagResolutionDetails[bool]:
        return FlagResolutionDetails(value=True, variant="on", reason=reason)

    return InMemoryFlag("on", {"on": True, "off": False}, context_evaluator=served)


@pytest.fixture
def firstmile() -> Firstmile:
    return Firstmile()


@pytest.fixture
def measures(firstmile: Firstmile) -> Iterator[Measures]:
    flags = {"new-checkout": a_flag(Reason.SPLIT), "beta": a_flag(Reason.TARGETING_MATCH)}
    api.set_provider(InMemoryProvider(flags))
    api.add_hooks([MeasuringHook()])
    transport = httpx.MockTransport(firstmile)
    yield Measures("http://firstmile.test", "fms_key", transport=transport)
    api.clear_hooks()
    api.clear_providers()


async def ask(measures: Measures, path: str) -> int:
    async def shop(scope: Scope, receive: Receive, send: Send) -> None:
        for flag in ("new-checkout", "new-checkout", "beta"):
            api.get_client().get_boolean_value(flag, False)
        if scope["path"] == "/broken":
            raise RuntimeError("out of stock")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"sold"})

    transport = httpx.ASGITransport(MeasuredRequests(shop, measures), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        return (await client.get(path)).status_code


async def test_requests_are_counted_by_what_chance_served_them(
    firstmile: Firstmile, measures: Measures
) -> None:
    assert [await ask(measures, path) for path in ("/", "/", "/broken")] == [200, 200, 500]
    measures.send()
    measures.send()

    counted = {"flag": "new-checkout", "variant": "on", "requests": 3, "errors": 1, "slow": 0}
    assert [batch for _, batch in firstmile.batches] == [[counted]]


async def test_a_batch_that_found_nobody_is_sent_again_as_the_same(
    firstmile: Firstmile, measures: Measures
) -> None:
    firstmile.status = 503
    await ask(measures, "/")
    measures.send()
    firstmile.status = 204
    await ask(measures, "/")
    measures.send()

    first, again, second = firstmile.batches
    assert first == again
    assert second[0] != first[0]


async def test_what_will_never_be_taken_is_not_sent_for_ever(
    firstmile: Firstmile, measures: Measures
) -> None:
    firstmile.status = 403
    await ask(measures, "/")
    measures.send()
    measures.send()

    assert len(firstmile.batches) == 1


async def test_the_end_sends_what_there_is(firstmile: Firstmile, measures: Measures) -> None:
    measures.start()
    await ask(measures, "/")
    measures.close()

    assert len(firstmile.batches) == 1
