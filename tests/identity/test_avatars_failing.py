"""A picture that cannot be kept leaves nothing behind."""

import os

import pytest
from tests.cast import Cast
from tests.identity.portraits import kept, put, url_of
from tests.pictures import a_picture

from firstmile.identity.avatars import Avatars
from firstmile.kernel.database import Connection
from firstmile.kernel.refusals import Unavailable
from firstmile.outside.blobs import Blobs
from firstmile.protect.pictures import Pictures
from firstmile.service import Service
from firstmile.settings import Settings


class TestWhenThingsFail:
    async def test_a_row_that_never_came_leaves_bytes_that_are_swept(
        self, cast: Cast, settings: Settings, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As when the process ends between the two."""
        dana = await cast.dana()
        kept_url = (await put(dana, a_picture())).json()["user"]["avatarUrl"]

        async def end_here(*_: object) -> None:
            raise ConnectionError("the power went")

        with monkeypatch.context() as patched:
            patched.setattr(Avatars, "put", end_here)
            failed = await put(dana, a_picture())
        (settings.uploads_folder / "of somebody else").write_bytes(b"leave me")
        orphans = {one for one in kept(settings) if kept_url.rpartition("/")[2] not in one}
        assert (failed.status_code, len(orphans)) == (500, 3)

        await _cleaned_up(cast, service)
        assert kept(settings) >= orphans  # they may still be of a request under way
        for name in kept(settings):
            os.utime(settings.uploads_folder / name, (0, 0))
        await _cleaned_up(cast, service)

        assert await url_of(dana) == kept_url
        assert (await dana.get(kept_url)).status_code == 200
        assert kept(settings) & orphans == {"of somebody else"}

    async def test_bytes_that_cannot_be_kept_leave_no_row(
        self, cast: Cast, db: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dana = await cast.dana()

        async def full(*_: object) -> None:
            raise Unavailable("Files cannot be reached now.", retry_after=5)

        monkeypatch.setattr(Blobs, "write", full)
        answer = await put(dana, a_picture())

        assert answer.status_code == 503
        assert await db.fetchval("SELECT count(*) FROM files") == 0

    async def test_a_picture_whose_bytes_are_lost_is_not_found(
        self, cast: Cast, settings: Settings
    ) -> None:
        dana = await cast.dana()
        url = (await put(dana, a_picture())).json()["user"]["avatarUrl"]
        for file in settings.uploads_folder.iterdir():
            file.unlink()

        assert (await dana.get(url)).status_code == 404

    async def test_no_transaction_is_open_while_a_picture_is_drawn(
        self, cast: Cast, db: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dana = await cast.dana()
        seen: list[int] = []
        drawn = Pictures.redrawn

        async def looking(self: Pictures, *given: object) -> list[bytes]:
            seen.append(await db.fetchval(OPEN_TRANSACTIONS))
            return await drawn(self, *given)  # type: ignore[arg-type]

        monkeypatch.setattr(Pictures, "redrawn", looking)
        answer = await put(dana, a_picture())

        assert answer.status_code == 200
        assert seen == [0]


OPEN_TRANSACTIONS = """
SELECT count(*)
FROM pg_stat_activity
WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
"""


async def _cleaned_up(cast: Cast, service: Service) -> None:
    async with service.works.begin() as work:
        await service.clean_up(work)
    await cast.work_off()
