"""The gate remembers for a moment, asks once for many, and goes on when Firstmile is silent."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from firstmile_client import Gate, Settings
from firstmile_client.testing import FakeFirstmile, StoppedClock


@pytest.fixture
def gate(fake: FakeFirstmile, settings: Callable[..., Settings]) -> Gate:
    return Gate(fake.base_url, settings())


def test_allowed_is_remembered_for_half_a_minute(
    fake: FakeFirstmile, gate: Gate, time: StoppedClock
) -> None:
    token = fake.token("alice")
    assert gate.ask(token, "/billing").is_allowed
    fake.block("alice", "/billing", "payments")
    time.advance(29.9)
    assert gate.ask(token, "/billing").is_allowed
    time.advance(0.1)
    assert not gate.ask(token, "/billing").is_allowed
    assert fake.asked == ["/billing", "/billing"]


def test_blocked_is_remembered_for_two_seconds(
    fake: FakeFirstmile, gate: Gate, time: StoppedClock
) -> None:
    token = fake.token("dana")
    fake.block("dana", "/billing", "verify-email")
    assert gate.ask(token, "/billing").blocked_by == ("verify-email",)
    fake.allow("dana", "/billing")
    time.advance(1.9)
    assert not gate.ask(token, "/billing").is_allowed
    time.advance(0.1)
    assert gate.ask(token, "/billing").is_allowed


def test_a_gate_that_is_switched_off_is_believed_for_two_seconds(
    fake: FakeFirstmile, gate: Gate, time: StoppedClock
) -> None:
    token = fake.token("dana")
    fake.block("dana", "/billing", "payments")
    assert not gate.ask(token, "/billing").is_allowed
    fake.is_gating_off = True
    time.advance(2.0)
    assert gate.ask(token, "/billing").is_allowed
    fake.is_gating_off = False
    time.advance(2.0)
    assert not gate.ask(token, "/billing").is_allowed


def test_an_answer_is_for_one_person_one_session_and_one_route(
    fake: FakeFirstmile, gate: Gate
) -> None:
    gate.ask(fake.token("alice"), "/billing")
    gate.ask(fake.token("alice"), "/billing")
    gate.ask(fake.token("bob"), "/billing")
    gate.ask(fake.token("alice", sid="another"), "/billing")
    gate.ask(fake.token("alice"), "/team")
    assert fake.asked == ["/billing", "/billing", "/billing", "/team"]
    assert (gate.counts.asked, gate.counts.remembered) == (4, 1)


def test_an_answer_is_for_one_project(fake: FakeFirstmile, gate: Gate) -> None:
    token = fake.token("alice")
    fake.block("alice", "/billing", "connect-bank", project="acme")

    assert gate.ask(token, "/billing").is_allowed
    assert gate.ask(token, "/billing", "acme").blocked_by == ("connect-bank",)
    assert gate.ask(token, "/billing", "other").is_allowed


def test_a_project_one_is_not_in_is_a_refusal_and_no_silence(
    fake: FakeFirstmile, gate: Gate
) -> None:
    token = fake.token("alice")
    document = {"status": 404, "error": "not_found", "message": "There is no such project."}
    fake.refuse("alice", "/billing", document)

    verdict = gate.ask(token, "/billing", "of-others")
    assert (verdict.status, verdict.error) == (404, "not_found")
    assert gate.ask(token, "/billing").is_allowed
    assert gate.counts.assumed == 1  # without a project a 404 is no answer of a gate


def test_the_memory_of_answers_is_bounded(
    fake: FakeFirstmile, settings: Callable[..., Settings]
) -> None:
    gate = Gate(fake.base_url, settings(remember=5))
    for number in range(20):
        gate.ask(fake.token("alice"), f"/page/{number}")
    assert len(gate._known) == 5


def test_in_silence_the_last_known_answer_serves_for_ten_minutes(
    fake: FakeFirstmile, gate: Gate, time: StoppedClock
) -> None:
    token = fake.token("dana")
    fake.block("dana", "/billing", "verify-email")
    gate.ask(token, "/billing")
    fake.is_down = True
    time.advance(599)
    assert not gate.ask(token, "/billing").is_allowed
    time.advance(1)
    assert gate.ask(token, "/billing").is_allowed
    assert gate.counts.assumed == 2


def test_in_silence_without_a_last_known_answer_the_gate_is_open(
    fake: FakeFirstmile, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    gate.ask(fake.token("alice"), "/")
    fake.is_down = True
    assert gate.ask(fake.token("dana"), "/billing").is_allowed
    assert "firstmile_gate_unanswered" in caplog.text


def test_a_gate_can_be_closed_in_silence(
    fake: FakeFirstmile, settings: Callable[..., Settings]
) -> None:
    gate = Gate(fake.base_url, settings(when_unreachable="closed"))
    gate.ask(fake.token("alice"), "/")
    fake.is_down = True
    verdict = gate.ask(fake.token("dana"), "/billing")
    assert (verdict.status, verdict.error) == (503, "unavailable")
    assert gate.ask(fake.token("alice"), "/").is_allowed


def test_after_three_silences_nobody_waits_until_the_pause_is_over(
    fake: FakeFirstmile, settings: Callable[..., Settings], time: StoppedClock
) -> None:
    gate = Gate(fake.base_url, settings(allowed_for=0))
    token = fake.token("alice")
    gate.ask(token, "/")
    fake.is_down = True
    for _ in range(10):
        gate.ask(token, "/")
    assert gate.counts.asked == 4
    fake.is_down = False
    time.advance(2)
    gate.ask(token, "/")
    assert gate.counts.asked == 5


def test_one_person_who_asks_too_often_does_not_open_the_gate_for_others(
    time: StoppedClock,
) -> None:
    fake = FakeFirstmile(now=time.clock.now)

    def limited(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("route", "").startswith("/flood"):
            return httpx.Response(429, json={"error": "too_many"})
        return _served(fake, request)

    settings = Settings(transport=httpx.MockTransport(limited), clock=time.clock)
    gate = Gate(fake.base_url, settings)
    fake.block("dana", "/billing", "payments")
    for number in range(10):
        assert gate.ask(fake.token("mallory"), f"/flood/{number}").status == 429
    assert not gate.ask(fake.token("dana"), "/billing").is_allowed


def test_who_asks_too_often_is_told_what_is_known_and_else_to_wait(
    fake: FakeFirstmile, gate: Gate, time: StoppedClock
) -> None:
    dana = fake.token("dana")
    fake.block("dana", "/billing", "payments")
    gate.ask(dana, "/billing")
    time.advance(3)
    limited = {"status": 429, "error": "rate_limited", "message": "Wait.", "retryAfter": 37}
    fake.refuse("dana", "/billing", limited)
    fake.refuse("dana", "/team", limited)
    assert gate.ask(dana, "/billing").status == 409
    unknown = gate.ask(dana, "/team")
    assert (unknown.status, unknown.error, unknown.retry_after) == (429, "rate_limited", 37)
    fake.allow("dana", "/team")
    assert gate.ask(dana, "/team").is_allowed


def test_a_route_too_long_to_ask_about_is_refused(fake: FakeFirstmile, gate: Gate) -> None:
    assert gate.ask(fake.token("dana"), "/billing/" + "a" * 2048).status == 414
    assert fake.asked == []


async def test_many_tasks_share_one_question(fake: FakeFirstmile, time: StoppedClock) -> None:
    release = asyncio.Event()

    async def slow(request: httpx.Request) -> httpx.Response:
        await release.wait()
        return _served(fake, request)

    gate = Gate(fake.base_url, Settings(transport=httpx.MockTransport(slow), clock=time.clock))
    token = fake.token("alice")
    asking = [asyncio.create_task(gate.aask(token, "/billing")) for _ in range(50)]
    await asyncio.sleep(0.01)
    asking[0].cancel()  # the first visitor leaves; the others still get the answer
    release.set()
    verdicts = await asyncio.gather(*asking[1:])
    assert all(verdict.is_allowed for verdict in verdicts)
    assert (fake.key_requests, fake.asked) == (1, ["/billing"])


def test_many_threads_share_one_question(fake: FakeFirstmile, time: StoppedClock) -> None:
    everyone = threading.Barrier(8)
    release = threading.Event()

    def slow(request: httpx.Request) -> httpx.Response:
        release.wait(5)
        return _served(fake, request)

    gate = Gate(fake.base_url, Settings(transport=httpx.MockTransport(slow), clock=time.clock))
    token = fake.token("alice")

    def ask() -> bool:
        everyone.wait(5)
        return gate.ask(token, "/billing").is_allowed

    with ThreadPoolExecutor(8) as threads:
        asking = [threads.submit(ask) for _ in range(8)]
        threading.Timer(0.2, release.set).start()
        assert all(asked.result(5) for asked in asking)
    assert (fake.key_requests, fake.asked) == (1, ["/billing"])


async def test_a_visitor_waits_no_longer_than_the_deadline(
    fake: FakeFirstmile, time: StoppedClock
) -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/gate":
            await asyncio.sleep(30)
        return _served(fake, request)

    transport = httpx.MockTransport(never)
    gate = Gate(fake.base_url, Settings(transport=transport, clock=time.clock, deadline=0.05))
    async with asyncio.timeout(2):
        assert (await gate.aask(fake.token("alice"), "/")).is_allowed
    assert gate.counts.assumed == 1


def test_an_endless_answer_is_cut_off(fake: FakeFirstmile, time: StoppedClock) -> None:
    def endless(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/gate":
            return httpx.Response(200, content=(b" " * 10_000 for _ in iter(int, 1)))
        return _served(fake, request)

    transport = httpx.MockTransport(endless)
    gate = Gate(fake.base_url, Settings(transport=transport, clock=time.clock))
    assert gate.ask(fake.token("alice"), "/").is_allowed
    assert gate.counts.assumed == 1


def test_a_cookie_set_for_one_visitor_is_not_sent_for_another(
    fake: FakeFirstmile, time: StoppedClock
) -> None:
    sent: list[str | None] = []

    def setting_cookies(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("cookie"))
        answer = _served(fake, request)
        answer.headers["set-cookie"] = "session=alices"
        return answer

    transport = httpx.MockTransport(setting_cookies)
    gate = Gate(fake.base_url, Settings(transport=transport, clock=time.clock))
    gate.ask(fake.token("alice"), "/")
    gate.ask(fake.token("bob"), "/")
    assert sent == [None, None, None]


def test_each_event_loop_has_its_own_connections(fake: FakeFirstmile, gate: Gate) -> None:
    async def ask_and_leave(route: str) -> bool:
        return (await gate.aask(fake.token("alice"), route)).is_allowed

    assert asyncio.run(ask_and_leave("/one"))
    assert asyncio.run(ask_and_leave("/two"))


def _served(fake: FakeFirstmile, request: httpx.Request) -> httpx.Response:
    status, headers, document = fake.answer(request.url.raw_path.decode(), request.headers)
    return httpx.Response(status, headers=headers, json=document)
