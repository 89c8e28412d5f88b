"""Folders for servers of other users: pytest's own are closed to all but us."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def shelter() -> Iterator[Path]:
    """A folder everybody may enter; pytest's own are closed to all but us."""
    folder = Path(tempfile.mkdtemp(prefix="firstmile-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def folder(shelter: Path) -> Path:
    return shelter / "postgres"
