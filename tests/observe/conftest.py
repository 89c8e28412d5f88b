"""The service's logs as lines, switched on for one test."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from firstmile.observe.logs import configure_logs

Lines = Callable[[str], Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Lines]:
    """Read what one of the files holds, `combined` for all of it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logs(level="info", folder=tmp_path / "log", role="web")
    structlog.configure(cache_logger_on_first_use=False)  # or it would last longer than the test

    async def read(name: str) -> list[dict[str, Any]]:
        await asyncio.sleep(0)  # lines are written at the end of a turn of the loop
        text = (tmp_path / "log" / f"{name}.log").read_bytes()
        return [msgspec.json.decode(line) for line in text.splitlines()]

    yield read
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
