"""Files in a folder and in a bucket: the same to whoever keeps them, and a no when they fail."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.outside.bucket import Bucket, a_bucket
from tests.running import free_port

from firstmile.kernel.refusals import Unavailable
from firstmile.outside import blobs as module
from firstmile.outside.blobs import Blobs
from firstmile.outside.settings import OutsideSettings

KEY = "0192f0c1-7a5e-7000-8000-000000000001.whole"
OTHER = "0192f0c1-7a5e-7000-8000-000000000002.whole"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with a_bucket() as bucket:
        for name, value in bucket.environment.items():
            monkeypatch.setenv(name, value)
        yield bucket


@pytest.fixture(params=["folder", "folder by its address", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """Each place there is."""
    if request.param == "bucket":
        request.getfixturevalue("bucket")
        return Blobs("s3://bucket/of ours", folder=tmp_path)
    url = None if request.param == "folder" else f"file://{tmp_path}/of%20ours"
    return Blobs(url, folder=tmp_path / "uploads")


async def keys(blobs: Blobs, before: datetime) -> set[str]:
    return {key async for found in blobs.older_than(before) for key in found}


async def test_what_was_kept_is_found_until_it_is_removed(blobs: Blobs) -> None:
    content = bytes(range(256)) * 100

    await blobs.write(KEY, content)

    assert await blobs.read(KEY) == content
    await blobs.remove(KEY)
    assert await blobs.read(KEY) is None


async def test_what_is_not_there_is_none_and_removing_it_is_nothing(blobs: Blobs) -> None:
    await blobs.remove(KEY)

    assert await blobs.read(KEY) is None


async def test_the_keys_of_an_age_are_told(blobs: Blobs) -> None:
    now = datetime.now(UTC)
    assert await keys(blobs, now + timedelta(hours=1)) == set()

    await blobs.write(KEY, b"one")
    await blobs.write(OTHER, b"two")

    assert await keys(blobs, now + timedelta(hours=1)) == {KEY, OTHER}
    assert await keys(blobs, now - timedelta(hours=1)) == set()


async def test_the_folder_is_made_for_us_alone_and_only_when_it_is_needed(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "uploads"
    blobs = Blobs(None, folder=folder)
    assert not folder.exists()

    await blobs.write(KEY, b"one")

    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / KEY).read_bytes() == b"one"


async def test_a_folder_that_cannot_be_written_is_told_as_unavailable(tmp_path: Path) -> None:
    (tmp_path / "uploads").write_text("a file in the place of the folder")
    blobs = Blobs(None, folder=tmp_path / "uploads")

    with pytest.raises(Unavailable) as refused:
        await blobs.write(KEY, b"one")

    assert refused.value.retry_after


async def test_a_bucket_is_asked_with_a_signature_and_in_its_own_folder(bucket: Bucket) -> None:
    await Blobs("s3://bucket/uploads", folder=Path()).write(KEY, b"one")

    assert list(bucket.held) == [f"uploads/{KEY}"]
    assert all(bucket.signed)


async def test_a_bucket_that_is_ill_is_told_as_unavailable(bucket: Bucket) -> None:
    bucket.is_ill = True
    blobs = Blobs("s3://bucket", folder=Path())

    with pytest.raises(Unavailable):
        await blobs.write(KEY, b"one")
    with pytest.raises(Unavailable):
        await blobs.read(KEY)


async def test_a_bucket_that_is_away_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.5)
    for name, value in Bucket(f"http://127.0.0.1:{free_port()}").environment.items():
        monkeypatch.setenv(name, value)
    blobs = Blobs("s3://bucket", folder=Path())
    began = time.monotonic()

    with pytest.raises(Unavailable):
        await blobs.read(KEY)

    assert time.monotonic() - began < 5
    assert os.environ["AWS_ENDPOINT_URL"]


@pytest.mark.parametrize("url", ["uploads", "ftp://host/x", "http://host/x", "memory:///", "s3:x"])
def test_no_other_place_is_taken_for_one(url: str) -> None:
    with pytest.raises(ValidationError):
        OutsideSettings(uploads_url=url)
