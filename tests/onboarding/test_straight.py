"""What is answered past the framework is what the route would have said."""

import httpx
import pytest
from tests.cast import Cast

from firstmile.settings import Settings

JOURNEY = "/api/v1/onboarding"
BY_THE_ROUTE = {"anything": "more"}  # what asks for more than the journey goes the long way
OF_THE_MOMENT = {"x-correlation-id", "ratelimit"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    settings.limit_default = "6 per minute"
    return settings


def said(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_MOMENT}
    return answer.status_code, headers, answer.content


async def test_both_ways_say_the_same(cast: Cast) -> None:
    dana = await cast.dana()

    straight, by_route = await dana.get(JOURNEY), await dana.get(JOURNEY, params=BY_THE_ROUTE)
    known = {"if-none-match": straight.headers["etag"]}
    again = await dana.get(JOURNEY, headers=known)
    again_by_route = await dana.get(JOURNEY, headers=known, params=BY_THE_ROUTE)

    assert straight.status_code == 200
    assert said(straight) == said(by_route)
    assert again.status_code == 304
    assert said(again) == said(again_by_route)


async def test_both_ways_refuse_alike_and_count_together(client: httpx.AsyncClient) -> None:
    ways = [None, BY_THE_ROUTE] * 4
    answers = [await client.get(JOURNEY, params=params) for params in ways]

    assert [one.status_code for one in answers] == [401] * 6 + [429] * 2
    for straight, by_route in ((answers[0], answers[1]), (answers[6], answers[7])):
        told, told_by_route = straight.json(), by_route.json()
        assert told.pop("correlationId") == straight.headers["x-correlation-id"]
        assert told_by_route.pop("correlationId") == by_route.headers["x-correlation-id"]
        assert told == told_by_route
    assert answers[6].json()["limit"] == "default"
