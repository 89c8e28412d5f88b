"""Pictures of people: drawn anew, one at a time, and seen by who may see them."""

import asyncio
import io

import httpx
import pytest
from PIL import Image
from tests.cast import Cast
from tests.identity.portraits import PATH, kept, put, url_of
from tests.pictures import GREEN, a_picture, encoded, halves

from firstmile.settings import Settings


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
