"""Visitors in an experiment: by their consent only, and counted once when they become people."""

from typing import Any

import httpx
import pytest
from tests.cast import PASSWORD, Cast, Person
from tests.release.experimenting import OF_VISITORS, SIGN_UP, sam, visitors
from tests.release.laboratory import (
    CONSENT,
    a_flag,
    a_person,
    exposures,
    put_flag,
    read_out,
    running,
    shown_to,
)

from firstmile.kernel.ids import UserId
from firstmile.release.experiments import Asker
from firstmile.service import Service

__all__ = ["sam"]


async def test_without_consent_a_visitor_gets_the_control_no_cookie_and_is_only_counted(
    sam: Person, service: Service, client: httpx.AsyncClient
) -> None:
    one = await running(sam, service, {"plain": 1, "warm": 10**6}, **OF_VISITORS)
    page = await client.get("/sign-up")
    await service.gathering.write()

    assert "You can stop after any step" not in page.text
    assert "visitor" not in page.cookies
    assert await exposures(service) == []
    assert (await read_out(sam, one))["results"]["unasked"] == 1


async def test_with_consent_a_visitor_is_known_again(
    sam: Person, service: Service, client: httpx.AsyncClient
) -> None:
    await running(sam, service, {"plain": 1, "warm": 10**6}, **OF_VISITORS)
    client.cookies.set("fm-consent", "analytics.experiments")
    first = await client.get("/sign-up")
    again = await client.get("/sign-up")

    assert "You can stop after any step" in first.text
    assert "visitor" in first.cookies
    assert "visitor" not in again.cookies
    cookie = next(one for one in first.headers.get_list("set-cookie") if "visitor=" in one)
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert len(await exposures(service)) == 1


async def test_global_privacy_control_is_a_no(
    sam: Person, service: Service, client: httpx.AsyncClient
) -> None:
    await running(sam, service, {"plain": 1, "warm": 10**6}, **OF_VISITORS)
    page = await client.get("/sign-up", headers=CONSENT | {"sec-gpc": "1"})

    assert "You can stop after any step" not in page.text
    assert await exposures(service) == []


async def test_no_cookie_is_given_before_an_experiment_runs(
    sam: Person, service: Service, client: httpx.AsyncClient
) -> None:
    await put_flag(sam, service, a_flag(key=SIGN_UP))
    page = await client.get("/sign-up", headers=CONSENT)

    assert "visitor" not in page.cookies


async def signed_up(cast: Cast, name: str, browser: httpx.AsyncClient) -> UserId:
    """Somebody who registers and signs in with this browser, by the pages."""
    await cast.a_user(name).registered()
    page = await browser.get("/sign-in")
    form = {"email": f"{name.lower()}@example.org", "password": PASSWORD}
    token = page.text.split('name="csrf" value="')[1].split('"')[0]
    answer = await browser.post(
        "/sign-in", data={**form, "csrf": token}, headers={"origin": "http://localhost:8000"}
    )
    assert answer.status_code == 303, answer.text
    return UserId((await cast.user(name)).id)


@pytest.fixture
async def browser(cast: Cast) -> Any:
    transport = cast.client._transport
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as one:
        one.cookies.set("fm-consent", "experiments")
        yield one


async def test_the_variant_follows_from_visitor_to_person_and_counts_once(
    sam: Person, service: Service, cast: Cast, browser: httpx.AsyncClient
) -> None:
    one = await running(sam, service, **OF_VISITORS)
    await browser.get("/sign-up")
    before = (await exposures(service))[0]
    user_id = await signed_up(cast, "Dana", browser)
    await browser.get("/sign-up")

    after = await exposures(service)
    assert [(row["user_id"], row["variant"]) for row in after] == [(user_id, before["variant"])]
    assert after[0]["first_at"] == before["first_at"]
    elsewhere = await shown_to(service, Asker(user_id=user_id, agrees=True), SIGN_UP)
    assert elsewhere == before["variant"]
    assert sum((await read_out(sam, one))["results"]["exposed"].values()) == 1


async def test_a_browser_shared_by_two_stays_with_the_first(
    sam: Person, service: Service, cast: Cast, browser: httpx.AsyncClient
) -> None:
    await running(sam, service, **OF_VISITORS)
    await browser.get("/sign-up")
    dana = await signed_up(cast, "Dana", browser)
    for name in ("session", "csrf-token"):
        browser.cookies.delete(name)
    bob = await signed_up(cast, "Bob", browser)
    await browser.get("/sign-up")

    assert [row["user_id"] for row in await exposures(service)] == [dana, bob]


async def test_a_unit_with_two_variants_is_mixed_and_left_out(
    sam: Person, service: Service, cast: Cast
) -> None:
    one = await running(sam, service, **OF_VISITORS)
    dana = await cast.dana()
    own = await shown_to(service, a_person(dana, agrees=True), SIGN_UP)
    for asker in visitors(40):
        if await shown_to(service, asker, SIGN_UP) != own:
            break
    async with service.works.begin() as work:
        await service.experiments.follow(work, dana.id, asker.visitor)

    mine = [row for row in await exposures(service) if row["user_id"] == dana.id]
    assert len(mine) == 1
    assert mine[0]["mixed_at"] is not None
    assert (await read_out(sam, one))["results"]["mixed"] == 1


async def test_two_browsers_with_one_variant_are_one_exposure_from_the_first(
    sam: Person, service: Service, cast: Cast
) -> None:
    await running(sam, service, **OF_VISITORS)
    dana = await cast.dana()
    seen = {asker.visitor: await shown_to(service, asker, SIGN_UP) for asker in visitors(6)}
    alike = [name for name, variant in seen.items() if variant == seen["browser-0"]]
    async with service.works.begin() as work:
        for name in reversed(alike):
            await service.experiments.follow(work, dana.id, name)

    kept = await exposures(service)
    mine = [row for row in kept if row["user_id"] == dana.id]
    assert len(alike) > 1
    assert [(row["mixed_at"], row["first_at"]) for row in mine] == [(None, kept[0]["first_at"])]
    assert len(kept) == 6 - len(alike) + 1
