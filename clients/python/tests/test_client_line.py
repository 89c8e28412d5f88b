"""The line says why it got no answer, and closes what it opened."""

from collections.abc import Callable

import httpx
import pytest

from firstmile_client import Gate, Settings, TokenVerifier
from firstmile_client.line import AsyncLine, Line, Question, Silence
from firstmile_client.testing import FakeFirstmile

QUESTION = Question(key="gate", path="/api/v1/gate")


def refusing(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


async def test_a_refused_connection_is_silence() -> None:
    settings = Settings(transport=httpx.MockTransport(refusing))
    silence = Silence("ConnectError")
    assert Line("http://firstmile.test", settings).ask(QUESTION) == silence
    assert await AsyncLine("http://firstmile.test", settings).ask(QUESTION) == silence


async def test_an_answer_without_end_is_silence() -> None:
    def long(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b" " * 70_000)

    settings = Settings(transport=httpx.MockTransport(long))
    silence = Silence("too long")
    assert Line("http://firstmile.test", settings).ask(QUESTION) == silence
    assert await AsyncLine("http://firstmile.test", settings).ask(QUESTION) == silence


async def test_a_transport_of_the_other_side_is_a_mistake() -> None:
    threads = Settings(transport=httpx.HTTPTransport())
    loop = Settings(transport=httpx.AsyncHTTPTransport())
    with pytest.raises(TypeError, match="no asynchronous side"):
        await AsyncLine("http://firstmile.test", threads).ask(QUESTION)
    with pytest.raises(TypeError, match="no synchronous side"):
        Line("http://firstmile.test", loop).ask(QUESTION)


async def test_it_works_again_after_it_was_closed(
    fake: FakeFirstmile, settings: Callable[..., Settings]
) -> None:
    gate, verifier = Gate(fake.base_url, settings()), TokenVerifier(fake.base_url, settings())
    token = fake.token("alice")
    for _ in range(2):
        assert gate.ask(token, "/").is_allowed
        assert (await gate.aask(token, "/elsewhere")).is_allowed
        assert verifier.verify(token) == await verifier.averify(token)
        gate.close()
        verifier.close()
        await gate.aclose()
        await verifier.aclose()


def test_it_speaks_over_a_real_connection() -> None:
    served = FakeFirstmile()
    with served.serve() as url:
        gate = Gate(url)
        assert gate.ask(served.token("alice"), "/caf\u00e9?a&route=/free").is_allowed
        gate.close()
    assert served.asked == ["/caf\u00e9?a&route=/free"]
