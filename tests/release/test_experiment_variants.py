"""Who gets which variant of an experiment, and when that counts."""

import asyncio
from typing import Any

from tests.cast import Cast, Person
from tests.release.experimenting import OF_VISITORS, SIGN_UP, checklist, sam, visitors
from tests.release.laboratory import (
    a_flag,
    a_person,
    exposures,
    moved,
    put_flag,
    read_out,
    refreshed,
    running,
    shown_to,
)
from tests.release.switching import switched_off

from firstmile.kernel.ids import UserId, new_id
from firstmile.release.experiments import Asker
from firstmile.service import Service

__all__ = ["sam"]


async def test_the_exposure_is_kept_when_the_page_is_shown_and_only_once(
    sam: Person, service: Service, cast: Cast
) -> None:
    dana = await cast.dana()
    one = await running(sam, service)
    for _ in range(3):
        await checklist(dana)

    kept = await exposures(service)
    assert [(row["user_id"], row["mixed_at"]) for row in kept] == [(dana.id, None)]
    assert (await read_out(sam, one))["results"]["exposed"][kept[0]["variant"]] == 1


async def test_the_page_shows_the_variant(sam: Person, service: Service, cast: Cast) -> None:
    dana = await cast.dana()
    await running(sam, service, {"plain": 1, "warm": 10**6, "other": 1})
    warm = await checklist(dana)

    assert "encouragement" in warm.text
    assert [row["variant"] for row in await exposures(service)] == ["warm"]


async def test_without_the_flag_nothing_is_shown_and_nothing_kept(
    service: Service, cast: Cast
) -> None:
    page = await checklist(await cast.dana())

    assert "encouragement" not in page.text
    assert await exposures(service) == []


async def test_sixteen_at_once_are_one_exposure(sam: Person, service: Service, cast: Cast) -> None:
    dana = await cast.dana()
    await running(sam, service)
    seen = await asyncio.gather(*(shown_to(service, a_person(dana)) for _ in range(16)))
    browsers = Asker(visitor="one browser")
    await running(sam, service, flagKey=SIGN_UP, unit="visitor", needsConsent=False)
    alike = await asyncio.gather(*(shown_to(service, browsers, SIGN_UP) for _ in range(16)))

    assert len(set(seen)) == len(set(alike)) == 1
    assert len(await exposures(service)) == 2


async def test_the_first_variant_stays_when_weights_change(sam: Person, service: Service) -> None:
    one = await running(sam, service, **OF_VISITORS)
    before = [await shown_to(service, asker, SIGN_UP) for asker in visitors(40)]
    await put_flag(sam, service, a_flag({"plain": 0, "warm": 100}, key=SIGN_UP))
    after = [await shown_to(service, asker, SIGN_UP) for asker in visitors(40)]
    service.experiments._variants.clear()  # as in another process
    elsewhere = [await shown_to(service, asker, SIGN_UP) for asker in visitors(40)]

    assert set(before) == {"plain", "warm"}
    assert before == after == elsewhere
    assert await shown_to(service, Asker(visitor="new", agrees=True), SIGN_UP) == "warm"
    told = await read_out(sam, one)
    assert [phase["number"] for phase in told["experiment"]["phases"]] == [1, 2]
    assert told["history"][0]["what"] == "reweighted"
    assert told["results"]["splitAtEveryLook"]["misplaced"] == {}


async def test_once_it_is_stopped_nobody_new_comes_in(sam: Person, service: Service) -> None:
    one = await running(sam, service, **OF_VISITORS)
    before = [await shown_to(service, asker, SIGN_UP) for asker in visitors(20)]
    await moved(sam, one, "stop")
    await refreshed(service)
    after = [await shown_to(service, asker, SIGN_UP) for asker in visitors(40)]

    assert after[:20] == before
    assert set(after[20:]) == {"plain"}
    assert len(await exposures(service)) == 20


async def test_who_is_served_by_a_rule_is_no_part(sam: Person, service: Service) -> None:
    await running(sam, service)
    canada = {"attribute": "market", "op": "is", "values": ["CA"]}
    rule = {"when": canada, "serve": {"variant": "warm"}}
    await put_flag(sam, service, a_flag(rules=[rule], userWhitelist=["0192f0c1-listed"]))

    assert await shown_to(service, Asker(user_id=UserId(new_id()), market="CA")) == "warm"
    assert await exposures(service) == []


async def test_switched_off_everybody_gets_the_control_and_nothing_is_kept(
    cast: Cast, sam: Person, service: Service
) -> None:
    await running(sam, service, {"plain": 1, "warm": 10**6})
    await switched_off(cast, sam, "experiments")

    assert await shown_to(service, Asker(user_id=UserId(new_id()))) == "plain"
    assert await exposures(service) == []


async def test_staff_in_somebodys_place_are_no_exposure(
    cast: Cast, sam: Person, service: Service
) -> None:
    dana = await cast.dana()
    await running(sam, service, {"plain": 1, "warm": 10**6})
    answer = await sam.post(
        f"/api/v1/admin/users/{dana.id}/impersonate", {"reason": "They asked for help, no. 7"}
    )
    assert answer.status_code in {200, 201}, answer.text
    token = answer.json()["accessToken"]
    page = await sam.client.get("/onboarding", headers={"authorization": f"Bearer {token}"})

    assert page.status_code == 200
    assert await exposures(service) == []


async def test_erasing_a_person_erases_their_exposure_and_moments(
    sam: Person, service: Service, cast: Cast, db: Any
) -> None:
    one = await running(sam, service)
    dana = await cast.dana()
    await checklist(dana)
    async with service.works.begin() as work:
        await work.db.execute("DELETE FROM users WHERE id = $1", dana.id)

    assert await exposures(service) == []
    assert sum((await read_out(sam, one))["results"]["exposed"].values()) == 0
    left = """
        SELECT count(*)
        FROM experiment_moments
        LEFT JOIN experiment_units ON id = unit_id
        WHERE user_id = $1 OR id IS NULL
    """
    assert await db.fetchval(left, dana.id) == 0


async def test_after_a_year_nothing_is_left_of_exposures_and_visitors(
    sam: Person, service: Service, db: Any
) -> None:
    await running(sam, service, **OF_VISITORS)
    for asker in visitors(3):
        await shown_to(service, asker, SIGN_UP)
    await db.execute("UPDATE experiment_exposures SET first_at = first_at - interval '366 days'")
    await db.execute("UPDATE experiment_units SET created_at = created_at - interval '366 days'")
    async with service.works.begin() as work:
        removed = await service.clean_up(work)

    assert removed["exposures"] == 3
    assert await exposures(service) == []
    assert await db.fetchval("SELECT count(*) FROM experiment_unit_names") == 0


async def test_the_database_away_shows_the_control(sam: Person, service: Service) -> None:
    await running(sam, service, {"plain": 1, "warm": 10**6})
    await service.database.close()
    service.database.size = 0

    assert await shown_to(service, Asker(user_id=UserId(new_id()))) == "plain"
