"""A provider whose answer fails or never comes is away, and no answer is too much for us."""

import gzip
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.identity.hostile_provider import (
    Handler,
    be_silent,
    drip,
    gush,
)
from tests.identity.test_oidc_client import Relying, hostile, relying

__all__ = ["hostile", "relying"]

SOON = 0.3  # seconds until we stop waiting, where a test waits for it
BOMB = gzip.compress(b" " * 50_000_000)


CONFIGURATION = "/.well-known/openid-configuration"


def a_heap(handler: Handler) -> None:
    handler.say({"filler": "x" * 400_000})


def squeezed(handler: Handler) -> None:
    handler.send(BOMB, content_encoding="gzip")


def no_json(handler: Handler) -> None:
    handler.send(b"<html>")


def no_text(handler: Handler) -> None:
    handler.send(b'"\xff"')


def a_deep_well(handler: Handler) -> None:
    handler.send(b"[" * 200_000)


def out_of_order(handler: Handler) -> None:
    handler.say({}, status=500)


def too_busy(handler: Handler) -> None:
    handler.say({}, status=429)


def send_on(handler: Handler) -> None:
    handler.send(b"", status=302, location="http://169.254.169.254/latest/meta-data")


FAILING: dict[Callable[[Handler], None], str] = {
    gush: "too_large",
    a_heap: "too_large",
    squeezed: "compressed",
    no_json: "no_json",
    no_text: "no_json",
    a_deep_well: "no_json",
    out_of_order: "status_500",
    too_busy: "status_429",
    send_on: "status_302",
}


@pytest.mark.asvs("15.3.2", "12.3.2")
@pytest.mark.parametrize("path", [CONFIGURATION, "/jwks", "/token"])
@pytest.mark.parametrize("answer", FAILING, ids=lambda answer: str(answer.__name__))
async def test_it_is_away_when_its_answer_is(
    answer: Callable[[Handler], None], path: str, relying: Relying
) -> None:
    relying.hostile.answering[path] = answer

    assert await relying.failure() == FAILING[answer]


@pytest.mark.parametrize("path", [CONFIGURATION, "/jwks", "/token"])
@pytest.mark.parametrize("answer", [drip, be_silent], ids=["drip", "silence"])
async def test_it_is_away_when_its_answer_takes_too_long(
    answer: Callable[[Handler], None], path: str, relying: Relying
) -> None:
    relying.hostile.answering[path] = answer

    assert await replace(relying, seconds=SOON).failure() == "TimeoutError"
