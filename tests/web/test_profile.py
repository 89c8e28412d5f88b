"""The page of one's profile: the picture by a plain form, and the pages that show it."""

import httpx
import pytest
from tests import pictures as sent
from tests.cast import Cast
from tests.pictures import a_picture
from tests.web.browsing import Browser

NAME, KIND = "me.png", "image/png"


@pytest.fixture
async def dana(cast: Cast, client: httpx.AsyncClient) -> Browser:
    """Dana, signed in at her browser."""
    await cast.a_user("Dana").registered()
    browser = Browser(client)
    answer = await browser.sign_in("dana@example.org")
    assert answer.headers["location"] == "/home"
    return browser


async def test_a_picture_is_sent_by_a_form_and_shown_on_every_page(dana: Browser) -> None:
    before = await dana.open("/profile")

    answer = await dana.send_file("/profile/picture", (NAME, a_picture(), KIND))

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/profile?notice=picture-saved",
    )
    after = await dana.open("/account/address")
    assert "/files/" not in before.text
    assert '/small" alt=""' in after.text
    url = after.text.split('src="/files/')[1].split('"')[0]
    assert (await dana.open(f"/files/{url}")).headers["content-type"] == "image/webp"


async def test_how_many_tips_somebody_wants_is_said_by_a_form(dana: Browser) -> None:
    before = await dana.open("/profile")
    await dana.send("/profile/tips", tips="off")
    answer = await dana.send("/profile/tips", tips="a great many")

    after = await dana.open("/profile")
    assert 'value="all" checked' in before.text
    assert answer.headers["location"] == "/profile?notice=saved"
    assert 'value="off" checked' in after.text
    told = await dana.client.get("/api/v1/guidance/preferences")
    assert told.json() == {"tips": "off"}


async def test_without_a_picture_the_initials_stand_for_a_person(dana: Browser) -> None:
    page = await dana.open("/profile")

    assert page.text.count(">DE</span>") == 2


async def test_it_is_removed_by_another_form(dana: Browser) -> None:
    await dana.send_file("/profile/picture", (NAME, a_picture(), KIND))

    answer = await dana.send("/profile/picture/remove")

    assert answer.headers["location"] == "/profile?notice=picture-removed"
    assert "/files/" not in (await dana.open("/profile")).text


@pytest.mark.parametrize(
    ("file", "status", "words"),
    [
        (b"<svg/>", 422, "Choose a PNG, JPEG, WebP or GIF picture."),
        (a_picture()[:-30], 422, "It may be damaged."),
        (sent.bomb(20_000, 20_000), 422, "more than 12 megapixels"),
        (b"\x89PNG\r\n\x1a\n" + bytes(10_600_000), 413, "It may have 10 MB at most."),
    ],
    ids=["SVG", "damaged", "too many pixels", "too large"],
)
async def test_what_is_wrong_with_a_picture_is_said_beside_it(
    dana: Browser, file: bytes, status: int, words: str
) -> None:
    answer = await dana.send_file("/profile/picture", (NAME, file, KIND))

    assert answer.status_code == status
    assert words in answer.text
    assert 'id="file-mistake"' in answer.text
    assert 'value="Dana"' in answer.text


async def test_no_choice_at_all_is_said_too(dana: Browser) -> None:
    answer = await dana.send_file("/profile/picture", ("", b"", "application/octet-stream"))

    assert answer.status_code == 422
    assert "Choose a file." in answer.text


async def test_too_many_pictures_are_answered_with_a_page(dana: Browser) -> None:
    for _ in range(10):
        await dana.send_file("/profile/picture", (NAME, b"no picture", KIND))

    answer = await dana.send_file("/profile/picture", (NAME, a_picture(), KIND))

    assert answer.status_code == 429
    assert "That was a little too often." in answer.text


@pytest.mark.asvs("3.5.1")
async def test_a_form_of_another_site_is_refused(dana: Browser) -> None:
    wrong = await dana.send_file("/profile/picture", (NAME, a_picture(), KIND), csrf="wrong")
    dana.client.headers["origin"] = "https://evil.example"
    elsewhere = await dana.send_file("/profile/picture", (NAME, a_picture(), KIND))
    del dana.client.headers["origin"]

    assert [wrong.status_code, elsewhere.status_code] == [403, 403]
    assert "/files/" not in (await dana.open("/profile")).text


async def test_a_plain_form_has_no_file(dana: Browser) -> None:
    answer = await dana.send("/profile/picture", file="me.png")

    assert answer.status_code == 400
    assert "This form cannot be read." in answer.text


async def test_a_visitor_signs_in_first(client: httpx.AsyncClient) -> None:
    browser = Browser(client)
    await browser.open("/sign-in")

    answer = await browser.send_file("/profile/picture", (NAME, a_picture(), KIND))

    assert answer.status_code == 401
