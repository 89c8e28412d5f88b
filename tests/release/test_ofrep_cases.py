"""OFREP 0.3 over HTTP, case by case, from a file that any server can be held against."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.release.asking import FLAGS, a_key, put_flags

from firstmile.service import Service

CASES = json.loads(Path(__file__).with_name("ofrep_cases.json").read_text())
REASONS = {"STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "DISABLED", "STALE", "CACHED"}


@pytest.fixture
async def key(service: Service) -> str:
    await put_flags(service, *CASES["flags"])
    return await a_key(service)


def content(case: dict[str, Any]) -> bytes:
    if "deep" in case:
        deep = int(case["deep"])
        return b'{"context":{"a":' + b"[" * deep + b"]" * deep + b"}}"
    text: str = case["raw"] if "raw" in case else json.dumps(case["body"])
    return text.encode()


async def answered(client: httpx.AsyncClient, key: str, case: dict[str, Any]) -> httpx.Response:
    path = f"{FLAGS}/{case['flag']}" if "flag" in case else FLAGS
    kind = case.get("kind", "application/json")
    headers = {"authorization": f"Bearer {key}", "content-type": kind}
    return await client.post(path, content=content(case), headers=headers)


def assert_as_expected(answer: httpx.Response, case: dict[str, Any]) -> None:
    assert answer.status_code == case["status"], answer.text
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert told == told | case["expect"]
    assert set(case.get("absent", ())) & set(told) == set()
    assert case.get("text", "") in answer.text
    if case.get("details"):
        assert told["errorDetails"]
        assert set(told) <= {"key", "errorCode", "errorDetails"}
    else:
        assert told["reason"] in REASONS
        assert told["variant"]
        assert all(isinstance(one, str | bool | int | float) for one in told["metadata"].values())


@pytest.mark.parametrize("case", CASES["single"], ids=lambda case: case["name"])
async def test_one_flag(client: httpx.AsyncClient, key: str, case: dict[str, Any]) -> None:
    assert_as_expected(await answered(client, key, case), case)


@pytest.mark.parametrize("case", CASES["bulk_failures"], ids=lambda case: case["name"])
async def test_all_flags_at_once(client: httpx.AsyncClient, key: str, case: dict[str, Any]) -> None:
    assert_as_expected(await answered(client, key, case), case)


async def test_a_bulk_answer_says_of_each_flag_what_it_says_alone(
    client: httpx.AsyncClient, key: str
) -> None:
    headers = {"authorization": f"Bearer {key}"}
    for context in ({}, {"targetingKey": "dana", "country": "CA"}):
        bulk = await client.post(FLAGS, json={"context": context}, headers=headers)
        told = {one["key"]: one for one in bulk.json()["flags"]}

        assert set(told) == {flag["key"] for flag in CASES["flags"]}
        for flag, said in told.items():
            alone = await client.post(f"{FLAGS}/{flag}", json={"context": context}, headers=headers)
            assert alone.json() == said
