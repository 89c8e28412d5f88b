"""Flags evaluated in an application, by the provider of our own client against the real service."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventDetails, ProviderEvent
from openfeature.exception import ErrorCode, ProviderFatalError, ProviderNotReadyError
from openfeature.flag_evaluation import Reason
from tests.release.asking import FLAGS, a_key, put_flags
from tests.release.test_openfeature_sdks import COLOUR, GONE, HALF, NEW_CHECKOUT, PRICE, SIZE, TEXTS
from tests.running import Running, running_service
from tests.waiting import until

from firstmile.service import Service
from firstmile.settings import Settings
from firstmile_client.flag_source import FlagSettings
from firstmile_client.flags import FlagProvider

DANA = EvaluationContext("dana", {"country": "CA"})
NOWHERE = "http://127.0.0.1:9"  # nobody listens on the discard port


@pytest.fixture
async def key(service: Service) -> str:
    await put_flags(service, COLOUR, NEW_CHECKOUT, PRICE, SIZE, TEXTS, GONE, HALF)
    return await a_key(service)


@pytest.fixture
def running(settings: Settings, key: str) -> Iterator[Running]:
    with running_service(settings, verbs=["serve"]) as running:
        yield running


Providing = Callable[..., OpenFeatureClient]


@pytest.fixture
def providing() -> Iterator[Providing]:
    """Sets a provider and gives a client; all is shut down at the end."""

    def provide(url: str, key: str, **given: Any) -> OpenFeatureClient:
        settings = FlagSettings(**{"poll": 0.1, "deadline": 2.0, "environ": {}, **given})
        api.set_provider_and_wait(FlagProvider(url, key, settings))
        return api.get_client()

    yield provide
    api.clear_providers()
    assert [one for one in threading.enumerate() if one.name == "firstmile-flags"] == []


def test_every_kind_is_evaluated_as_the_service_would(
    running: Running, key: str, providing: Providing
) -> None:
    client = providing(running.base_url, key)
    context = {"targetingKey": "dana", "country": "CA"}
    headers = {"authorization": f"Bearer {key}"}
    answer = httpx.post(f"{running.base_url}{FLAGS}", json={"context": context}, headers=headers)
    remote = {one["key"]: one for one in answer.json()["flags"]}
    local = {
        "colour": client.get_string_details("colour", "none", DANA),
        "new-checkout": client.get_boolean_details("new-checkout", False, DANA),
        "half": client.get_boolean_details("half", False, DANA),
        "price": client.get_float_details("price", 1.0, DANA),
        "size": client.get_integer_details("size", 1, DANA),
        "texts": client.get_object_details("texts", {}, DANA),
    }

    for flag, told in local.items():
        assert told.value == remote[flag]["value"]
        assert told.variant == remote[flag]["variant"]
        assert told.reason == remote[flag]["reason"]
        assert told.flag_metadata == remote[flag]["metadata"]


def test_what_cannot_be_said_is_said_by_its_code(
    running: Running, key: str, providing: Providing
) -> None:
    client = providing(running.base_url, key, environ={"FLAG_FROM_OUTSIDE": "on"})
    gone = client.get_boolean_details("gone", True, DANA)
    outside = client.get_boolean_details("from-outside", False)

    assert (gone.value, gone.reason, gone.error_code) == (True, Reason.DISABLED, None)
    assert (outside.value, outside.reason) == (True, Reason.CACHED)
    missing = client.get_boolean_details("not-there", True)
    assert (missing.value, missing.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
    assert client.get_boolean_details("half", True).error_code == ErrorCode.TARGETING_KEY_MISSING
    assert client.get_integer_details("colour", 1, DANA).error_code == ErrorCode.TYPE_MISMATCH
    assert client.get_integer_details("new-checkout", 7).error_code == ErrorCode.TYPE_MISMATCH


@pytest.mark.parametrize("stream", [True, False])
async def test_a_change_arrives_by_stream_and_by_asking(
    running: Running, key: str, providing: Providing, service: Service, stream: bool
) -> None:
    poll = 600.0 if stream else 0.1
    client = providing(running.base_url, key, poll=poll, stream=stream)
    heard: list[EventDetails] = []
    client.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, heard.append)

    assert client.get_boolean_value("new-checkout", False) is True
    await put_flags(service, NEW_CHECKOUT | {"enabled": False})
    await until(lambda: bool(heard))

    assert client.get_boolean_value("new-checkout", True) is False
    assert [one.flags_changed for one in heard] == [["new-checkout"]]


def test_without_the_service_the_last_known_holds(
    running: Running, key: str, providing: Providing, tmp_path: Path
) -> None:
    kept = tmp_path / "flags.json"
    providing(running.base_url, key, keep_in=kept)
    api.clear_providers()
    running.stop()

    client = providing(running.base_url, key, keep_in=kept)
    told = client.get_string_details("colour", "none", DANA)
    assert (told.value, told.reason) == ("#00f", Reason.STALE)


def test_the_very_first_start_has_what_was_shipped(providing: Providing, tmp_path: Path) -> None:
    shipped = tmp_path / "bootstrap.json"
    shipped.write_text(json.dumps({"flags": [NEW_CHECKOUT | {"onUnknown": "off"}]}))
    client = providing(NOWHERE, "fms_none", bootstrap=shipped)
    told = client.get_boolean_details("new-checkout", True)

    assert (told.value, told.reason) == (False, Reason.STALE)


async def test_a_start_without_anything_becomes_ready_when_the_service_does(
    running: Running, key: str, providing: Providing
) -> None:
    running.kill("serve")
    with pytest.raises(ProviderNotReadyError):
        providing(running.base_url, key)
    client = api.get_client()
    assert client.get_boolean_value("new-checkout", False) is False
    running.start("serve")
    running.wait_ready()

    await until(lambda: client.get_boolean_value("new-checkout", False))


async def test_silence_is_told_and_its_end_too(
    running: Running, key: str, providing: Providing
) -> None:
    client = providing(running.base_url, key, stale_after=0.5, stream=False)
    heard: list[ProviderEvent] = []
    stale, ready = ProviderEvent.PROVIDER_STALE, ProviderEvent.PROVIDER_READY
    client.add_handler(stale, lambda _: heard.append(stale))
    client.add_handler(ready, lambda _: heard.append(ready))
    running.kill("serve")
    await until(lambda: ProviderEvent.PROVIDER_STALE in heard)
    assert client.get_boolean_details("new-checkout", False).reason == Reason.STALE
    running.start("serve")
    running.wait_ready()
    await until(lambda: ready in heard[heard.index(stale) :])


def test_a_wrong_key_ends_it(running: Running, providing: Providing) -> None:
    with pytest.raises(ProviderFatalError):
        providing(running.base_url, "fms_nonsense")
