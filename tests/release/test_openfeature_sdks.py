"""SDKs of other houses, unchanged, against the real service."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason
from tests.release.asking import a_key, put_flags
from tests.release.sdks import JavaScript, javascript
from tests.running import Running, running_service
from tests.waiting import until

from firstmile.service import Service
from firstmile.settings import Settings

COLOUR: dict[str, Any] = {
    "key": "colour",
    "type": "string",
    "enabled": True,
    "isPublic": True,
    "variants": {"blue": "#00f", "red": "#f00"},
    "onVariant": "blue",
    "offVariant": "red",
    "serve": {"variant": "red"},
    "rules": [
        {
            "when": {"attribute": "country", "op": "is", "values": ["CA"]},
            "serve": {"variant": "blue"},
        }
    ],
}
NEW_CHECKOUT = {"key": "new-checkout", "enabled": True, "isPublic": True}
PRICE = {
    "key": "price",
    "type": "number",
    "enabled": True,
    "variants": {"low": 10, "high": 10.5},
    "onVariant": "low",
    "offVariant": "high",
    "serve": {"variant": "low"},
}
SIZE = PRICE | {"key": "size", "variants": {"low": 10, "high": 20}}
TEXTS = PRICE | {"key": "texts", "type": "object", "variants": {"low": {"a": [1]}, "high": {}}}
GONE = {"key": "gone", "enabled": False, "offVariant": None, "isPublic": True}
HALF = {
    "key": "half",
    "enabled": True,
    "isPublic": True,
    "serve": {"variant": "on", "rolloutPercentage": 50},
}
DANA = {"targetingKey": "dana", "country": "CA"}
FRANCE = {"targetingKey": "dana", "country": "FR"}


@pytest.fixture
async def keys(service: Service) -> dict[str, str]:
    await put_flags(service, COLOUR, NEW_CHECKOUT, PRICE, SIZE, TEXTS, GONE, HALF)
    return {kind: await a_key(service, kind) for kind in ("server", "client")}


@pytest.fixture
def running(settings: Settings, keys: dict[str, str]) -> Iterator[Running]:
    with running_service(settings, verbs=["serve"]) as running:
        yield running


@pytest.fixture
def python(running: Running, keys: dict[str, str]) -> Iterator[OpenFeatureClient]:
    provider = OFREPProvider(
        running.base_url, headers_factory=lambda: {"Authorization": f"Bearer {keys['server']}"}
    )
    api.set_provider(provider)
    yield api.get_client()
    provider.session.close()
    api.clear_providers()


def test_the_sdk_of_python_takes_every_answer(python: OpenFeatureClient) -> None:
    dana = EvaluationContext("dana", {"country": "CA"})
    colour = python.get_string_details("colour", "none", dana)
    gone = python.get_boolean_details("gone", True, dana)
    missing = python.get_boolean_details("not-there", True, dana)
    keyless = python.get_boolean_details("half", True)

    assert (colour.value, colour.variant, colour.reason) == ("#00f", "blue", Reason.TARGETING_MATCH)
    assert colour.flag_metadata["flagSetId"] == "production"
    assert python.get_boolean_value("new-checkout", False) is True
    assert python.get_float_value("price", 1.0, dana) == 10.0
    assert python.get_integer_value("size", 1, dana) == 10
    assert python.get_object_value("texts", {}, dana) == {"a": [1]}
    assert (gone.value, gone.reason, gone.error_code) == (True, Reason.DISABLED, None)
    assert (missing.value, missing.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
    assert (keyless.value, keyless.error_code) == (True, ErrorCode.TARGETING_KEY_MISSING)


def test_the_sdk_of_python_says_who_may_not_ask(running: Running) -> None:
    provider = OFREPProvider(running.base_url)
    api.set_provider(provider)
    told = api.get_client().get_boolean_details("new-checkout", False)
    provider.session.close()
    api.clear_providers()

    assert (told.value, told.error_message) == (False, "unauthorized")


def test_the_sdk_of_node_takes_every_answer(running: Running, keys: dict[str, str]) -> None:
    with javascript("server", running.base_url, keys["server"]) as node:

        def asked(kind: str, flag: str, otherwise: Any, context: Any = DANA) -> dict[str, Any]:
            return node.does("ask", type=kind, flag=flag, otherwise=otherwise, context=context)

        colour = asked("string", "colour", "none")
        numbers = [asked("number", flag, 1)["value"] for flag in ("price", "size")]
        texts = asked("object", "texts", {})
        missing = asked("boolean", "not-there", True)
        keyless = asked("boolean", "half", True, {})
        gone = asked("boolean", "gone", True)

    assert (colour["value"], colour["variant"], colour["reason"]) == (
        "#00f",
        "blue",
        "TARGETING_MATCH",
    )
    assert numbers == [10, 10]
    assert texts["value"] == {"a": [1]}
    assert (missing["value"], missing["errorCode"]) == (True, "FLAG_NOT_FOUND")
    assert (keyless["value"], keyless["errorCode"]) == (True, "TARGETING_KEY_MISSING")
    assert gone["value"] is True  # this version of the SDK knows no default of the code


async def told(web: JavaScript, verb: str, **given: Any) -> dict[str, Any]:
    return await asyncio.to_thread(web.does, verb, **given)


async def test_the_sdk_of_browsers_follows_the_context_and_every_change(
    running: Running, keys: dict[str, str], service: Service
) -> None:
    with javascript("web", running.base_url, keys["client"]) as web:
        begun = await told(web, "begin", context=DANA)
        in_canada = await told(web, "ask", type="string", flag="colour", otherwise="none")
        gone = await told(web, "ask", type="boolean", flag="gone", otherwise=True)
        secret = await told(web, "ask", type="number", flag="price", otherwise=1)
        await told(web, "move", context=FRANCE)
        in_france = await told(web, "ask", type="string", flag="colour", otherwise="none")

        async def is_on() -> bool:
            answer = await told(web, "ask", type="boolean", flag="new-checkout", otherwise=False)
            return bool(answer["value"])

        assert await is_on()
        await _settled(web)
        before = (await told(web, "heard"))["requests"]
        await put_flags(service, NEW_CHECKOUT | {"enabled": False})

        async def is_off() -> bool:
            return not await is_on()

        await until(is_off)
        after = await told(web, "heard")

    assert begun["status"] == "READY"
    assert in_canada["value"] == "#00f"
    assert in_france["value"] == "#f00"
    assert gone["value"] is True
    assert gone["reason"] == "DISABLED"
    assert secret["errorCode"] == "FLAG_NOT_FOUND"
    changes = [one for one in after["heard"] if one["event"] == "PROVIDER_CONFIGURATION_CHANGED"]
    assert changes[-1]["flagsChanged"] is not None
    assert "new-checkout" in changes[-1]["flagsChanged"]
    assert after["requests"] == before + 1


async def _settled(web: JavaScript) -> None:
    """Wait until nothing was asked for a while: a stream that opens makes a client ask again."""
    seen = -1
    while seen != (now := (await told(web, "heard"))["requests"]):
        seen = now
        await asyncio.sleep(0.5)


def test_the_sdk_of_browsers_is_stopped_by_a_key_that_opens_nothing(
    running: Running, keys: dict[str, str]
) -> None:
    wrong = keys["client"][:-1] + ("a" if keys["client"][-1] != "a" else "b")
    with javascript("web", running.base_url, wrong) as web:
        said = web.does("begin", context=DANA)
        after = web.does("heard")

    assert "error" in said
    assert after["status"] == "FATAL"
    assert after["requests"] == 1
