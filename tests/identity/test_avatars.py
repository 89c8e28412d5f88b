"""Pictures of people: sent by the API, drawn anew, kept apart, and seen by who may see them."""

import asyncio
import io
import os

import httpx
import pytest
from PIL import Image
from tests import pictures as sent
from tests.cast import Cast, Person
from tests.pictures import GREEN, a_picture, encoded, halves

from firstmile.identity.avatars import Avatars
from firstmile.kernel.database import Connection
from firstmile.kernel.refusals import Unavailable
from firstmile.outside.blobs import Blobs
from firstmile.protect.pictures import Pictures
from firstmile.service import Service
from firstmile.settings import Settings

PATH = "/api/v1/profile/avatar"


async def put(person: Person, file: bytes, name: str = "me.png") -> httpx.Response:
    files = {"file": (name, file, "application/octet-stream")}
    return await person.client.put(PATH, files=files, headers=person.headers)


async def url_of(person: Person) -> str | None:
    told = (await person.get("/api/v1/auth/me")).json()
    url: str | None = told["user"]["avatarUrl"]
    return url


def kept(settings: Settings) -> set[str]:
    folder = settings.uploads_folder
    return {file.name for file in folder.iterdir()} if folder.exists() else set()


async def test_a_picture_is_taken_drawn_anew_and_shown(cast: Cast) -> None:
    dana = await cast.dana()

    answer = await put(dana, encoded(halves(1200, 900), "JPEG"), "Été.jpg")

    assert answer.status_code == 200, answer.text
    url = answer.json()["user"]["avatarUrl"]
    assert url == await url_of(dana)
    large, small = await dana.get(url), await dana.get(f"{url}/small")
    assert Image.open(io.BytesIO(large.content)).size == (512, 512)
    assert Image.open(io.BytesIO(small.content)).size == (128, 128)


@pytest.mark.asvs("5.3.2")
async def test_a_new_picture_takes_the_place_of_the_old_one(cast: Cast, settings: Settings) -> None:
    dana = await cast.dana()
    old = (await put(dana, a_picture())).json()["user"]["avatarUrl"]

    new = (await put(dana, encoded(Image.new("RGB", (40, 40), GREEN), "PNG"))).json()
    await cast.work_off()

    url = new["user"]["avatarUrl"]
    assert (await dana.get(old)).status_code == 404
    assert (await dana.get(url)).status_code == 200
    assert kept(settings) == {f"{url.rpartition('/')[2]}.{one}" for one in ("whole", "small")}


async def test_who_removes_their_picture_has_none(cast: Cast, settings: Settings) -> None:
    dana = await cast.dana()
    await put(dana, a_picture())

    answers = [await dana.client.delete(PATH, headers=dana.headers) for _ in range(2)]
    await cast.work_off()

    assert [answer.status_code for answer in answers] == [204, 204]
    assert await url_of(dana) is None
    assert kept(settings) == set()


async def test_of_several_at_once_one_stays_and_the_others_leave_nothing(
    cast: Cast, settings: Settings
) -> None:
    dana = await cast.dana()

    answers = await asyncio.gather(*(put(dana, a_picture()) for _ in range(4)))
    await cast.work_off()

    assert [answer.status_code for answer in answers] == [200] * 4
    url = await url_of(dana)
    assert url is not None
    assert (await dana.get(url)).status_code == 200
    assert len(kept(settings)) == 2


class TestWhoMaySeeIt:
    async def test_whoever_is_signed_in_may(self, cast: Cast) -> None:
        dana = await cast.dana()
        url = (await put(dana, a_picture())).json()["user"]["avatarUrl"]
        charlie = await cast.a_user("Charlie").signed_in()

        assert (await charlie.get(url)).status_code == 200
        assert (await charlie.get(f"{url}/small")).status_code == 200

    async def test_a_stranger_may_not(self, cast: Cast, client: httpx.AsyncClient) -> None:
        dana = await cast.dana()
        url = (await put(dana, a_picture())).json()["user"]["avatarUrl"]
        client.cookies.clear()

        answers = [await client.get(one) for one in (url, f"{url}/small")]

        assert [answer.status_code for answer in answers] == [401, 401]

    @pytest.mark.parametrize("end", ["", "/small", "/other", "/whole/../small", "/%2e%2e"])
    async def test_what_is_not_there_is_not_found(self, cast: Cast, end: str) -> None:
        dana = await cast.dana()
        path = f"/files/0192f0c1-7a5e-7000-8000-000000000001{end}"

        assert (await dana.get(path)).status_code == 404

    @pytest.mark.asvs("5.4.1", "5.4.2")
    async def test_a_file_is_served_so_that_nothing_in_it_runs(self, cast: Cast) -> None:
        dana = await cast.dana()
        url = (await put(dana, a_picture(), 'a"b\r\nx: <script>.png')).json()["user"]["avatarUrl"]

        headers = (await dana.get(url)).headers

        assert headers["content-type"] == "image/webp"
        assert headers["content-security-policy"] == (
            "sandbox; default-src 'none'; frame-ancestors 'none'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "private, max-age=31536000, immutable"
        assert headers["content-disposition"] == (
            "inline; filename=\"a bx script.webp\"; filename*=UTF-8''a%20bx%20script.webp"
        )


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("file", "error", "status"),
        [
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported_file", 422),
            (sent.a_pdf(), "unsupported_file", 422),
            (b"<html><script>alert(1)</script>", "unsupported_file", 422),
            (a_picture()[:-30], "picture_unreadable", 422),
            (sent.bomb(20_000, 20_000), "picture_too_large", 422),
            (b"", "invalid", 422),
            (b"\x89PNG\r\n\x1a\n" + b"x" * 10_500_000, "file_too_large", 413),
        ],
        ids=["SVG", "PDF", "HTML", "cut short", "a bomb", "empty", "too large"],
    )
    async def test_it_is_told_beside_the_field(
        self, cast: Cast, settings: Settings, file: bytes, error: str, status: int
    ) -> None:
        dana = await cast.dana()

        answer = await put(dana, file)

        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert answer.json()["details"][0]["field"] == "file"
        assert "{" not in answer.json()["details"][0]["message"]
        assert await url_of(dana) is None
        assert kept(settings) == set()

    @pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "text/plain"])
    async def test_another_kind_of_content_is_no_form(self, cast: Cast, kind: str) -> None:
        dana = await cast.dana()

        answer = await dana.client.put(
            PATH, content=b"{}", headers=dana.headers | {"content-type": kind}
        )

        assert answer.status_code in (400, 415)

    async def test_a_form_with_a_file_is_taken_nowhere_else(self, cast: Cast) -> None:
        dana = await cast.dana()
        files = {"file": ("me.png", a_picture(), "image/png")}

        answers = [
            await dana.client.request(method, path, files=files, headers=dana.headers)
            for method, path in (
                ("PATCH", "/api/v1/profile"),
                ("POST", PATH),
                ("POST", "/api/v1/projects"),
                ("PUT", f"{PATH}/"),
            )
        ]

        assert {answer.status_code for answer in answers} == {415}

    async def test_a_stranger_is_refused_before_the_file_is_read(
        self, client: httpx.AsyncClient, settings: Settings
    ) -> None:
        files = {"file": ("me.png", a_picture(), "image/png")}

        answer = await client.put(PATH, files=files)

        assert answer.status_code == 401
        assert kept(settings) == set()

    async def test_a_cookie_alone_is_not_enough(
        self, cast: Cast, client: httpx.AsyncClient
    ) -> None:
        """Another site can make a browser post a form with a file."""
        await cast.a_user("Dana").registered()
        body = {"email": "dana@example.org", "password": "correct horse 9 battery"}
        await client.post("/api/v1/auth/login", json=body)
        token = client.cookies["csrf-token"]
        files = {"file": ("me.png", a_picture(), "image/png")}

        bare = await client.put(PATH, files=files)
        wrong = await client.put(PATH, files=files, data={"csrf": "wrong"})
        late = await client.put(PATH, files=[*files.items(), ("csrf", (None, token))])
        by_header = await client.put(PATH, files=files, headers={"x-csrf-token": token})
        by_field = await client.put(PATH, files=files, data={"csrf": token})

        assert [bare.status_code, wrong.status_code, late.status_code] == [403, 403, 403]
        assert [by_header.status_code, by_field.status_code] == [200, 200]


class TestHowOften:
    async def test_ten_an_hour_and_no_more(self, cast: Cast) -> None:
        dana = await cast.dana()
        bad = b"no picture"

        first = [(await put(dana, bad)).status_code for _ in range(10)]
        over = await put(dana, a_picture())

        assert set(first) == {422}
        assert (over.status_code, over.json()["error"]) == (429, "rate_limited")
        assert 3500 < over.json()["retryAfter"] <= 3601

    async def test_many_at_once_are_all_counted(self, cast: Cast) -> None:
        dana = await cast.dana()

        answers = await asyncio.gather(*(put(dana, b"no picture") for _ in range(16)))

        statuses = [answer.status_code for answer in answers]
        assert statuses.count(422) == 10
        assert statuses.count(429) == 6

    async def test_what_one_person_sends_is_nothing_to_another(self, cast: Cast) -> None:
        dana, charlie = await cast.dana(), await cast.a_user("Charlie").signed_in()
        for _ in range(11):
            await put(dana, b"no picture")

        assert (await put(charlie, a_picture())).status_code == 200


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
