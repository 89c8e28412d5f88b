"""What Prometheus is told, and who may read it."""

from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from tests.observe.conftest import Lines

from firstmile.main import create_app, declared_metrics
from firstmile.observe.metrics import Metrics
from firstmile.service import Service
from firstmile.settings import Settings, SettingsRefused, load_settings

TOKEN = "metrics-Vm3kQ8rT1yZ6wB0nL5xC9dH2"


def asking(settings: Settings) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_app(settings, Service(settings)))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")


def test_what_is_counted_is_told_as_prometheus_reads_it() -> None:
    metrics = Metrics()
    metrics.counter("letters_total", "Letters that were sent.", "kind").labels("welcome").inc(2)
    metrics.gauge("people", "People who are here.").set(3)
    metrics.histogram("wait_seconds", "How long they wait.", buckets=(0.1, 1)).observe(0.5)

    told = {
        sample.name: sample.value
        for family in text_string_to_metric_families(metrics.told().decode())
        for sample in family.samples
        if sample.labels.get("le") in (None, "1.0")
    }

    assert told == {
        "letters_total": 2,
        "people": 3,
        "wait_seconds_bucket": 1,
        "wait_seconds_count": 1,
        "wait_seconds_sum": 0.5,
    }


def test_two_parts_cannot_count_under_one_name() -> None:
    metrics = Metrics()
    metrics.counter("letters_total", "Letters that were sent.")

    with pytest.raises(ValueError, match="letters"):
        metrics.counter("letters_total", "Others.")


def test_every_metric_has_a_sentence_and_the_ending_of_its_kind() -> None:
    for one in declared_metrics():
        assert one.what.endswith("."), one
        assert one.name.endswith("_total") is (one.kind == "counter"), one


async def test_a_developer_reads_them_without_a_token(
    client: httpx.AsyncClient, lines: Lines
) -> None:
    answer = await client.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert await lines("combined") == []


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        (f"Basic {TOKEN}", 401),
        ("Bearer tür", 401),
        (f"Bearer {TOKEN}", 200),
    ],
)
async def test_where_there_is_a_token_it_is_asked_for(
    settings: Settings, authorization: str | None, status: int
) -> None:
    settings.metrics_token = SecretStr(TOKEN)
    told = (authorization or "").encode("latin-1")
    headers = {} if authorization is None else {b"authorization": told}

    async with asking(settings) as client:
        answer = await client.get("/metrics", headers=headers)

    assert answer.status_code == status


async def test_in_production_they_are_not_there_without_a_token(settings: Settings) -> None:
    settings.firstmile_env = "production"

    async with asking(settings) as client:
        answer = await client.get("/metrics", headers={"authorization": "Bearer None"})

    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_a_weak_token_is_refused_in_production(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="METRICS_TOKEN has 6 characters"):
        load_settings(
            firstmile_env="production",
            firstmile_home=tmp_path,
            metrics_token=SecretStr("secret"),
        )
