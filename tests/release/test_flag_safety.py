"""Changes of flags are looked at by two, shown before they are made, and tidied up after."""

import os
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from tests.cast import Cast, Person

from firstmile.kernel.database import Connection
from firstmile.service import Service
from firstmile.settings import Settings

AT = "/api/v1/admin/environments/production"


def a_flag(key: str = "new-checkout", **given: Any) -> dict[str, Any]:
    return {"key": key, "enabled": True, **given}


@pytest.fixture
async def sam(cast: Cast) -> Person:
    return await cast.sam()


@pytest.fixture
async def oona(cast: Cast) -> Person:
    return await cast.a_user("Oona").of_staff("operator").signed_in()


async def put(person: Person, flag: dict[str, Any], **given: Any) -> Any:
    body = {"flag": flag, "reason": "To try it", **given}
    return await person.client.put(f"{AT}/flags/{flag['key']}", json=body, headers=person.headers)


async def ask_for_two(person: Person, *, four_eyes: bool = True) -> Any:
    body = {"fourEyes": four_eyes, "reason": "We look twice here"}
    return await person.client.put(AT, json=body, headers=person.headers)


async def proposed(person: Person, flag: dict[str, Any], **given: Any) -> str:
    body = {"flag": flag, "reason": "Ready for everybody", **given}
    answer = await person.post(f"{AT}/proposals", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def history(person: Person) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await person.get(f"{AT}/history")).json()["items"]
    return items


async def test_where_four_eyes_are_asked_for_nobody_publishes_alone(sam: Person) -> None:
    await ask_for_two(sam)
    answer = await put(sam, a_flag())

    assert answer.status_code == 409
    assert answer.json()["error"] == "second_person_needed"
    assert (await sam.get(f"{AT}/flags")).json()["items"] == []


async def test_a_proposal_is_published_by_another_with_both_names(
    sam: Person, oona: Person
) -> None:
    await ask_for_two(sam)
    proposal = await proposed(sam, a_flag())
    own = await sam.post(f"{AT}/proposals/{proposal}/approve")
    other = await oona.post(f"{AT}/proposals/{proposal}/approve")
    again = await oona.post(f"{AT}/proposals/{proposal}/approve")

    assert (own.status_code, own.json()["error"]) == (403, "own_proposal")
    assert other.status_code == 204, other.text
    assert (again.status_code, again.json()["error"]) == (409, "already_decided")
    latest = (await history(sam))[0]
    assert latest["after"]["key"] == "new-checkout"
    assert (latest["authorId"], latest["approverId"]) == (str(sam.id), str(oona.id))


async def test_a_proposal_that_came_too_late_is_told_so(sam: Person, oona: Person) -> None:
    await put(sam, a_flag())
    late = await proposed(sam, a_flag(description="late"))
    await put(oona, a_flag(description="first"))

    answer = await oona.post(f"{AT}/proposals/{late}/approve")

    assert (answer.status_code, answer.json()["error"]) == (409, "stale")


async def test_a_proposal_is_turned_down_with_a_reason(sam: Person, oona: Person) -> None:
    proposal = await proposed(sam, a_flag())
    silent = await oona.post(f"{AT}/proposals/{proposal}/decline", {"reason": " "})
    answer = await oona.post(f"{AT}/proposals/{proposal}/decline", {"reason": "Not on a Friday"})
    (kept,) = (await sam.get(f"{AT}/proposals", params={"decided": "true"})).json()["items"]

    assert silent.status_code == 422
    assert answer.status_code == 204
    assert (kept["state"], kept["deciderReason"]) == ("declined", "Not on a Friday")
    assert (await sam.get(f"{AT}/proposals")).json()["items"] == []


async def test_four_eyes_are_closed_by_two_only(sam: Person, oona: Person) -> None:
    await ask_for_two(sam)
    alone = await ask_for_two(sam, four_eyes=False)
    asked = await sam.post(f"{AT}/proposals", {"fourEyes": False, "reason": "We are two"})
    answer = await oona.post(f"{AT}/proposals/{asked.json()['id']}/approve")

    assert alone.json()["error"] == "second_person_needed"
    assert answer.status_code == 204
    environments = (await sam.get("/api/v1/admin/environments")).json()["items"]
    assert environments[0]["fourEyes"] is False


async def test_a_flag_is_switched_off_at_once_and_the_history_says_so(sam: Person) -> None:
    await put(sam, a_flag())
    await ask_for_two(sam)
    more = await put(sam, a_flag(enabled=False, description="and this"))
    off = await put(sam, a_flag(enabled=False))
    on = await put(sam, a_flag())

    assert more.status_code == 409
    assert off.status_code == 200
    assert on.status_code == 409
    latest = (await history(sam))[0]
    assert (latest["isEmergency"], latest["approverId"]) == (True, None)


async def test_a_preview_tells_who_would_change_and_what_follows(
    sam: Person, service: Service
) -> None:
    await put(sam, a_flag(serve={"variant": "on", "rolloutPercentage": 0}))
    await put(sam, a_flag("upper", prerequisites=[{"flag": "new-checkout", "variants": ["on"]}]))
    await service.releasing.flags.load(service.database)
    for number in range(400):
        market = "CA" if number % 2 else "FR"
        context = {"targetingKey": f"u{number}", "market": market, "name": "not kept"}
        service.releasing.flags.evaluate("new-checkout", context)
    kept = service.releasing.flags.recent.contexts("production")

    answer = await sam.post(
        f"{AT}/preview", {"flag": a_flag(serve={"variant": "on", "rolloutPercentage": 50})}
    )
    said = answer.json()

    assert all(set(context) == {"targetingKey", "market"} for context in kept)
    assert answer.status_code == 200, answer.text
    assert said["seen"] == len(kept) == 400
    assert said["others"] == ["upper"]
    assert said["changing"] == sum(turn["count"] for turn in said["turns"])
    own, follower = said["turns"]
    assert (own["flag"], follower["flag"]) == ("new-checkout", "upper")
    assert (own["before"], own["after"]) == ("off", "on")
    assert 150 < own["count"] < 250
    assert set(own["markets"]) == {"CA", "FR"}
    assert follower["count"] == own["count"] == sum(own["markets"].values())


async def test_what_flags_serve_is_counted_and_so_are_keys_that_are_none(
    sam: Person, service: Service, db: Connection
) -> None:
    await put(sam, a_flag())
    await service.releasing.flags.load(service.database)
    for _ in range(3):
        service.releasing.flags.evaluate("new-checkout", {"targetingKey": "dana"})
        service.releasing.flags.evaluate("gone", {"targetingKey": "dana"})
    service.releasing.flags.evaluate_all({"targetingKey": "dana"})
    await service.gathering.write()
    service.releasing.flags.evaluate("new-checkout", {"targetingKey": "dana"})
    await service.gathering.write()

    row = await db.fetchrow("SELECT flag, variant, count FROM flag_servings")
    assert row is not None
    assert tuple(row) == ("new-checkout", "on", 5)
    (unknown,) = (await sam.get(f"{AT}/debt")).json()["unknown"]
    assert (unknown["key"], unknown["count"]) == ("gone", 3)


async def test_flags_that_nobody_needs_are_found(sam: Person, db: Connection) -> None:
    for key in ("idle", "one-sided", "old", "fresh"):
        await put(sam, a_flag(key))
    await put(sam, a_flag("past", expiresOn="2020-01-01"))
    month = timedelta(days=20)
    await db.execute(
        "UPDATE flags SET created_at = created_at - $1::interval,"
        " updated_at = updated_at - $1::interval"
        " WHERE key NOT IN ('fresh', 'old')",
        month,
    )
    await db.execute(
        "UPDATE flags SET created_at = created_at - $1::interval WHERE key = 'old'", 3 * month
    )
    today = date.today()  # noqa: DTZ011
    await db.executemany(
        "INSERT INTO flag_servings (environment, flag, variant, day, count)"
        " VALUES ('production', $1, 'on', $2, 7)",
        [("one-sided", today), ("fresh", today - month)],
    )

    found = (await sam.get(f"{AT}/debt")).json()["flags"]

    assert {one["key"]: one["sign"] for one in found} == {
        "idle": "not_asked",
        "one-sided": "one_variant",
        "old": "too_old",
        "past": "expired",
    }


def test_the_command_lists_what_to_tidy_up(settings: Settings) -> None:
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO flag_strangers VALUES ('production', 'gone', 3, now(), now())"
        )
    ran = subprocess.run(
        [sys.executable, "-m", "firstmile", "flags", "stale"],
        env={
            **os.environ,
            "DATABASE_URL": url,
            "FIRSTMILE_ENV": "development",
            "SECRET_KEY": "x" * 40,
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 1, ran.stderr
    assert ran.stdout.startswith("gone  unknown  asked 3 times")
