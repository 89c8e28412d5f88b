"""Streams of changes, from the real server: told at once, to every replica's clients, and ended."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from tests.release.asking import AUTHOR, FLAGS, a_key, put_flags
from tests.release.listening import Heard, listening
from tests.running import Running, running_service
from tests.waiting import until

from firstmile.observe.metrics import Metrics
from firstmile.protect.event_streams import Listener
from firstmile.release.models import KeyKind, SdkKey
from firstmile.release.streams import Changes, Streams
from firstmile.service import Service
from firstmile.settings import Settings

FLAG = {"key": "new-checkout", "enabled": True, "isPublic": True}
MOST = 4  # streams of a process
PUBLIC = 3  # of them for keys that anybody may read


@pytest.fixture
async def key(service: Service) -> str:
    await put_flags(service, FLAG)
    return await a_key(service, "client")


@pytest.fixture
def running(settings: Settings, key: str) -> Iterator[Running]:
    with running_service(settings, verbs=["serve"], FLAG_STREAMS=str(MOST)) as running:
        yield running


def bulk(running: Running, key: str, **given: Any) -> httpx.Response:
    headers = {"x-api-key": key} | given.pop("headers", {})
    return httpx.post(f"{running.base_url}{FLAGS}", json={}, headers=headers, **given)


def stream_of(running: Running, key: str) -> str:
    (stream,) = bulk(running, key).raise_for_status().json()["eventStreams"]
    assert stream["type"] == "sse"
    assert stream["inactivityDelaySec"] == 120
    return urljoin(running.base_url, str(stream["endpoint"]["requestUri"]))


async def next_of(events: Iterator[Heard]) -> Heard:
    return await asyncio.to_thread(next, events)


def open_streams(running: Running) -> float:
    lines = httpx.get(f"{running.base_url}/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("flag_streams "))


async def test_a_change_is_told_with_an_id_that_can_be_asked_for_again(
    running: Running, key: str, service: Service
) -> None:
    url = stream_of(running, key)
    with listening(url) as events:
        first = await next_of(events)
        await put_flags(service, FLAG | {"enabled": False})
        changed = await next_of(events)
    with listening(url, **{"last-event-id": first.id}) as events:
        replayed = await next_of(events)
    with listening(url, **{"last-event-id": changed.id}) as events:
        await put_flags(service, FLAG)
        after = await next_of(events)

    assert [first.id, changed.id, replayed.id, after.id] == [
        "production-1",
        "production-2",
        "production-2",
        "production-3",
    ]
    told = json.loads(changed.data)
    assert changed.type == "message"
    assert told["type"] == "refetchEvaluation"
    assert told["etag"] == '"production-2"'
    assert abs(told["lastModified"] - time.time()) < 60
    again = bulk(running, key, params={"flagConfigEtag": told["etag"]})
    assert int(again.json()["metadata"]["version"]) >= 2
    assert "token" not in running.log.read_text()


async def test_another_replica_tells_it_too_and_knows_the_same_address(
    settings: Settings, running: Running, key: str, service: Service
) -> None:
    with running_service(settings, verbs=["serve"]) as other:
        address = stream_of(running, key).replace(running.base_url, other.base_url)
        with listening(stream_of(running, key)) as here, listening(address) as there:
            await next_of(here), await next_of(there)
            await put_flags(service, FLAG | {"enabled": False})
            told = await next_of(here), await next_of(there)

    assert told[0] == told[1]


async def test_there_are_no_more_streams_than_may_be_and_who_leaves_makes_room(
    running: Running, key: str
) -> None:
    url = stream_of(running, key)
    with listening(url), listening(url), listening(url):
        await until(lambda: open_streams(running) == PUBLIC)
        refused = httpx.get(url)
        without = bulk(running, key).json()

    assert refused.status_code == 503
    assert refused.json()["errorDetails"]
    assert "eventStreams" not in without
    await until(lambda: open_streams(running) == 0)
    assert "eventStreams" in bulk(running, key).json()


async def test_streams_end_when_the_service_does(running: Running, key: str) -> None:
    with listening(stream_of(running, key)) as events:
        await next_of(events)
        started = time.monotonic()
        os.kill(running.processes["serve"].pid, signal.SIGTERM)
        rest = await asyncio.to_thread(list, events)
        running.processes.pop("serve").wait(10)

    assert rest == []
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("token", ["", "nonsense", "A" * 48, "é"])
async def test_a_token_that_is_not_ours_opens_nothing(
    running: Running, key: str, token: str
) -> None:
    answer = httpx.get(f"{running.base_url}/ofrep/v1/stream", params={"token": token})

    assert answer.status_code == 401
    assert answer.json()["errorDetails"]


@pytest.fixture
async def quick(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr("firstmile.protect.event_streams.HEARTBEAT", 0.05)
    return service


async def test_a_revoked_key_hears_nothing_more(quick: Service) -> None:
    await put_flags(quick, FLAG)
    await a_key(quick, "client")
    (key,) = quick.sdks.keys._by_id.values()
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    async with asyncio.timeout(5):
        serving = asyncio.create_task(quick.sdks.streams.serve(key, None, "", receive, send))
        await until(lambda: len(sent) > 2)
        async with quick.works.begin() as work:
            await quick.sdks.keys.revoke(work, quick.hints, AUTHOR, key.id, "It leaked")
        await serving

    assert [b": still here" in one.get("body", b"") for one in sent[2:3]] == [True]
    assert sent[-1]["more_body"] is False


async def test_one_network_leaves_room_for_others_and_browsers_for_servers(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firstmile.release.streams.MOST_OF_NETWORK", 2)
    streams = Streams(service.releasing.flags, service.sdks.keys, Metrics(), most=4)
    await a_key(service, "client")
    await a_key(service, "server")
    keys = {key.kind: key for key in service.sdks.keys._by_id.values()}
    browser, server = keys[KeyKind.CLIENT], keys[KeyKind.SERVER]

    def listen(key: SdkKey, network: str) -> None:
        changes = Changes(service.releasing.flags, service.sdks.keys, key, network)
        streams._streams._open.add(Listener(changes))

    listen(browser, "here")
    listen(browser, "here")

    assert not streams.has_room(browser, "here")
    assert streams.has_room(browser, "there")
    listen(browser, "there")
    assert not streams.has_room(browser, "elsewhere")
    assert streams.has_room(server, "elsewhere")


async def test_head_of_a_stream_is_answered_at_once(running: Running, key: str) -> None:
    answer = httpx.head(stream_of(running, key), timeout=5)

    assert answer.status_code == 200
    await until(lambda: open_streams(running) == 0)
