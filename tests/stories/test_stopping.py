"""SIGTERM to the real processes: what is under way is finished, and the second one is heard."""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil
import pytest
from tests.running import Running, running_service
from tests.stories.processes import sign_up, with_mail

from firstmile.settings import Settings

BODY = b'{"email":"dana@example.org"}'


class HalfSent:
    """A request whose second half the server waits for."""

    def __init__(self, base_url: str) -> None:
        url = httpx.URL(base_url)
        self.socket = socket.create_connection((url.host, url.port or 80), timeout=10)
        head = (
            "POST /api/v1/auth/forgot-password HTTP/1.1\r\nhost: localhost\r\n"
            f"content-type: application/json\r\ncontent-length: {len(BODY)}\r\n\r\n"
        )
        self.socket.sendall(head.encode() + BODY[:10])

    def finish(self) -> bytes:
        """Send the rest; the first line of the answer."""
        self.socket.sendall(BODY[10:])
        return self.socket.recv(65536).split(b"\r\n")[0]


@contextmanager
def half_sent(base_url: str) -> Iterator[HalfSent]:
    request = HalfSent(base_url)
    try:
        time.sleep(0.2)  # so that the server has begun with it
        yield request
    finally:
        request.socket.close()


def test_a_stopping_server_says_so_finishes_what_is_under_way_and_exits_0(
    settings: Settings,
) -> None:
    with running_service(settings, DRAIN_SECONDS="1.5") as running:
        server = running.processes.pop("serve")
        with half_sent(running.base_url) as request:
            began = time.monotonic()
            server.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            ready = httpx.get(f"{running.base_url}/readyz")
            live = httpx.get(f"{running.base_url}/livez")
            time.sleep(1.6)  # past the drain: the listener is closed
            status = request.finish()
            code = server.wait(10)

    assert (ready.status_code, ready.json(), live.status_code) == (503, {"status": "draining"}, 200)
    assert status == b"HTTP/1.1 202 Accepted"
    assert code == 0
    assert time.monotonic() - began < 8


def test_a_second_sigterm_ends_the_server_at_once(settings: Settings) -> None:
    with running_service(settings, DRAIN_SECONDS="20") as running:
        server = running.processes.pop("serve")
        workers = psutil.Process(server.pid).children(recursive=True)
        with half_sent(running.base_url):
            server.send_signal(signal.SIGTERM)
            time.sleep(0.7)
            was_running = server.poll() is None
            began = time.monotonic()
            server.send_signal(signal.SIGTERM)
            code = server.wait(5)
            took = time.monotonic() - began
            gone, left = psutil.wait_procs(workers, 3)

    assert was_running
    assert code != 0
    assert took < 2
    assert (len(gone), left) == (len(workers), [])


def test_a_stopping_worker_finishes_the_mail_under_way(settings: Settings) -> None:
    with with_mail(settings) as (running, box):
        box.hangs = True
        assert sign_up(running.base_url, "dana")
        assert box.began.wait(10)
        worker = running.processes.pop("work")
        worker.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        was_running = worker.poll() is None
        box.hangs = False
        code = worker.wait(10)

        assert (was_running, code) == (True, 0)
        assert [mail["To"] for mail in box.mails] == ["dana@example.org"]


def test_a_worker_that_cannot_finish_in_time_leaves_the_mail_to_another(
    settings: Settings,
) -> None:
    with with_mail(settings, SHUTDOWN_SECONDS="1") as (running, box):
        box.hangs = True
        assert sign_up(running.base_url, "dana")
        assert box.began.wait(10)
        worker = running.processes.pop("work")
        began = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(10)
        took = time.monotonic() - began

    assert code == 0
    assert 0.9 < took < 4


def test_a_second_sigterm_ends_the_worker_at_once(settings: Settings) -> None:
    with with_mail(settings) as (running, box):
        box.hangs = True
        assert sign_up(running.base_url, "dana")
        assert box.began.wait(10)
        worker = running.processes.pop("work")
        worker.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        began = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(5)

        assert code != 0
        assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    "sent", [b"G", b"GET / HTTP/1.1\r\nhost: localhost\r\n"], ids=["one letter", "half a head"]
)
def test_headers_that_do_not_come_are_not_waited_for_beyond_ten_seconds(
    running: Running, sent: bytes
) -> None:
    url = httpx.URL(running.base_url)
    with socket.create_connection((url.host, url.port or 80), timeout=20) as slow:
        began = time.monotonic()
        slow.sendall(sent)
        while slow.recv(65536):
            pass  # a 408 may come first
        took = time.monotonic() - began

    assert 5 < took < 13
