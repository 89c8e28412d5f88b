"""The service as a whole: what it keeps in memory, and how that stays true."""

from typing import Any

import pytest

from firstmile.kernel.database import Database
from firstmile.onboarding.catalogue import TOPIC
from firstmile.service import Service
from firstmile.settings import Settings
from tests.waiting import until


async def test_a_snapshot_that_could_not_be_loaded_is_tried_again_soon(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firstmile.outside.freshness.RETRY_SECONDS", 0.05)
    service, asked = Service(settings), list[Any]()
    load = service.catalogue.load

    async def sometimes(database: Database) -> None:
        asked.append(database)
        if len(asked) == 2:
            raise ConnectionRefusedError
        await load(database)

    monkeypatch.setattr(service.catalogue, "load", sometimes)
    await service.open()
    try:
        service._freshness._wake(TOPIC, "")
        await until(lambda: len(asked) == 3)
    finally:
        await service.close()
