"""The pages that set an app up, show its recovery codes, and take it away."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.apps import App
from tests.identity.conftest import clock, service
from tests.web.owners import APP, CODES, SECURITY, Owner, an_owner, codes_of, secret_of, with_app

__all__ = ["clock", "service"]  # its clock can be put forward


@pytest.fixture
async def dana(cast: Cast) -> Owner:
    return await an_owner(cast)


async def begun(dana: Owner, clock: MovedClock) -> App:
    assert (await dana.send(APP)).headers["location"] == APP
    return App(secret_of((await dana.open(APP)).text), clock)


async def test_looking_at_the_page_makes_no_secret(dana: Owner) -> None:
    page = await dana.open(APP)

    assert 'class="secret"' not in page.text


async def test_the_picture_and_the_letters_hold_one_secret(dana: Owner, clock: MovedClock) -> None:
    app = await begun(dana, clock)
    page = await dana.open(APP)

    picture = re.search(r'src="data:image/svg\+xml;charset=utf-8,([^"]+)"', page.text)
    link = re.search(r'href="(otpauth:[^"]+)"', page.text)
    assert picture is not None
    assert unquote(picture[1]).startswith("<svg")
    assert link is not None
    address = link[1].replace("&amp;", "&")
    assert parse_qs(urlsplit(address).query)["secret"] == [app.secret]


async def test_a_reload_shows_the_same_secret_and_beginning_anew_another(
    dana: Owner, clock: MovedClock
) -> None:
    app = await begun(dana, clock)

    reloaded = secret_of((await dana.open(APP)).text)
    anew = await begun(dana, clock)

    assert reloaded == app.secret
    assert anew.secret != app.secret


async def test_the_first_code_turns_it_on_and_the_codes_are_shown(
    dana: Owner, clock: MovedClock
) -> None:
    app = await begun(dana, clock)
    session = dana.client.cookies["session"]

    answer = await dana.send(f"{APP}/confirm", code=app.code)

    assert answer.headers["location"] == CODES
    assert dana.client.cookies["session"] != session
    assert len(codes_of((await dana.open(CODES)).text)) == 10
    assert "Signing in takes two steps." in (await dana.open(SECURITY)).text


async def test_a_wrong_code_is_told_beside_its_field_and_the_secret_stays(
    dana: Owner, clock: MovedClock
) -> None:
    app = await begun(dana, clock)

    answer = await dana.send(f"{APP}/confirm", code=app.wrong_code())

    assert answer.status_code == 422
    assert 'id="code-mistake"' in answer.text
    assert secret_of(answer.text) == app.secret


async def test_codes_are_shown_until_they_are_saved_and_then_never_again(
    dana: Owner, clock: MovedClock
) -> None:
    app = await begun(dana, clock)
    await dana.send(f"{APP}/confirm", code=app.code)
    first, reloaded = await dana.open(CODES), await dana.open(CODES)
    assert "not saved yet" in (await dana.open(SECURITY)).text

    saved = await dana.send(f"{CODES}/saved")

    assert codes_of(first.text) == codes_of(reloaded.text) != []
    assert saved.headers["location"] == f"{SECURITY}?notice=codes-saved"
    assert (await dana.open(CODES)).headers["location"] == SECURITY
    assert "not saved yet" not in (await dana.open(SECURITY)).text


async def test_codes_are_not_shown_after_ten_minutes_nor_to_another_person(
    cast: Cast, dana: Owner, clock: MovedClock
) -> None:
    app = await begun(dana, clock)
    await dana.send(f"{APP}/confirm", code=app.code)
    kept = dana.client.cookies["recovery-codes"]
    dana.client.cookies.clear()
    await cast.a_user("Charlie").registered()
    await dana.sign_in("charlie@example.org")
    dana.client.cookies.set("recovery-codes", kept)

    of_another = await dana.open(CODES)
    clock.pass_by(minutes=10)
    late = await dana.open(CODES)

    assert of_another.headers["location"] == late.headers["location"] == SECURITY


async def test_the_file_to_download_holds_every_code_and_needs_no_script(
    dana: Owner, clock: MovedClock
) -> None:
    app = await begun(dana, clock)
    await dana.send(f"{APP}/confirm", code=app.code)
    page = (await dana.open(CODES)).text

    file = re.search(r'href="data:text/plain;charset=utf-8,([^"]+)" download="([^"]+)"', page)

    assert file is not None
    text = unquote(file[1])
    assert [code for code in codes_of(page) if code not in text] == []
    assert "dana@example.org" in text
    assert file[2] == "recovery-codes.txt"


async def test_new_codes_and_the_end_of_the_app_ask_for_a_credential(
    cast: Cast, clock: MovedClock
) -> None:
    dana = await with_app(cast, clock)
    clock.pass_by(minutes=11)

    for path in (CODES, f"{APP}/remove", APP, f"{APP}/confirm"):
        answer = await dana.send(path, code="123456")
        assert answer.headers["location"].startswith("/confirm?next="), path


async def test_new_codes_take_the_place_of_the_old_ones(cast: Cast, clock: MovedClock) -> None:
    dana = await with_app(cast, clock)
    assert dana.app

    answer = await dana.send(CODES)
    new = codes_of((await dana.open(CODES)).text)

    assert answer.headers["location"] == CODES
    assert len(new) == 10
    assert not {*new} & {*dana.app.recovery_codes}


async def test_the_app_is_removed_and_the_password_alone_opens(
    cast: Cast, clock: MovedClock
) -> None:
    dana = await with_app(cast, clock)

    removed = await dana.send(f"{APP}/remove")
    again = await dana.send(f"{APP}/remove")

    assert removed.headers["location"] == f"{SECURITY}?notice=app-removed"
    assert again.headers["location"] == SECURITY
    assert (await dana.sign_in("dana@example.org")).headers["location"] == "/home"
