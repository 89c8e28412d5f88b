"""What is no picture, or comes too often, is refused before it costs anything."""

import asyncio

import httpx
import pytest
from tests import pictures as sent
from tests.cast import Cast
from tests.identity.portraits import PATH, kept, put, url_of
from tests.pictures import a_picture

from firstmile.settings import Settings


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
