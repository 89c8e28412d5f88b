"""Who comes over from another system has what they had there, once."""

import re
from pathlib import Path

import httpx
import pytest
from tests.conftest import ROOT
from tests.identity.exports import EXPORTS, HASH, KRATOS, OWN, WORD
from tests.identity.taking_over import dana, imported, written

from firstmile.identity.passwords import Passwords
from firstmile.kernel.database import Connection
from firstmile.onboarding import store as onboarding
from firstmile.service import Service


@pytest.mark.parametrize("form", EXPORTS)
async def test_a_person_comes_over_with_address_names_password_and_age(
    service: Service, tmp_path: Path, form: str
) -> None:
    content = EXPORTS[form]
    path = written(tmp_path, content if isinstance(content, list | str) else [content])

    report = await imported(service, form, path)

    row = await dana(service)
    assert (report.refused, report.with_password) == (0, 1)
    assert (row["first_name"], row["last_name"]) == ("Dana", "Lopez")
    assert row["email_verified_at"] is not None
    assert row["created_at"].year == 2024
    assert (await service.parts.get(Passwords).check(WORD, row["password_hash"])).fits
    assert HASH not in row["password_hash"]


async def test_the_person_signs_in_with_the_password_they_had(
    service: Service, tmp_path: Path, client: httpx.AsyncClient
) -> None:
    await imported(service, "kratos", written(tmp_path, [KRATOS]))

    answer = await client.post(
        "/api/v1/auth/login", json={"email": "dana@example.org", "password": WORD}
    )

    assert answer.status_code == 200
    assert (await dana(service))["password_hash"].startswith("bcrypt-hmac-sha256:")


async def test_who_comes_over_begins_the_journey_and_nobody_is_mailed(
    service: Service, tmp_path: Path, db: Connection
) -> None:
    await imported(service, "json", written(tmp_path, [OWN]))

    user_id = (await dana(service))["id"]
    async with service.works.begin() as work:
        traveller = await onboarding.lock_traveller(work.db, user_id)
    assert traveller is not None
    assert {"email_verified", "profile_completed"} <= set(traveller.facts)
    assert traveller.market == "CA"
    assert await db.fetchval("SELECT count(*) FROM mails") == 0
    assert await db.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint LIKE '%mail%'") == 0


async def test_an_address_that_was_not_verified_is_not_verified_here(
    service: Service, tmp_path: Path
) -> None:
    report = await imported(service, "json", written(tmp_path, [OWN | {"emailVerified": False}]))

    assert report.unverified == 1
    assert (await dana(service))["email_verified_at"] is None


async def test_a_dry_run_says_the_same_and_writes_nothing(
    service: Service, tmp_path: Path, db: Connection
) -> None:
    path = written(tmp_path, [KRATOS, KRATOS, {"traits": {}}, 5])

    dry = await imported(service, "kratos", path, is_dry=True)
    counts = [await db.fetchval(f"SELECT count(*) FROM {t}") for t in ("users", "journeys")]
    real = await imported(service, "kratos", path)

    assert counts == [0, 0]
    assert list(dry.lines(is_dry=False)) == list(real.lines(is_dry=False))
    assert (real.added, real.refused) == (1, 3)
    assert next(dry.lines(is_dry=True)) == "Dry run: nothing was written."


async def test_importing_again_changes_nothing(
    service: Service, tmp_path: Path, db: Connection
) -> None:
    path = written(tmp_path, [OWN, OWN | {"email": "bob@example.org"}])
    await imported(service, "json", path)
    before = await db.fetch("SELECT * FROM users ORDER BY id")

    again = await imported(service, "json", path)

    assert (again.added, again.skipped, again.refused) == (0, 2, 0)
    assert await db.fetch("SELECT * FROM users ORDER BY id") == before


async def test_an_account_of_ours_is_never_touched(service: Service, tmp_path: Path) -> None:
    await imported(service, "json", written(tmp_path, [OWN | {"emailVerified": False}]))
    before = await dana(service)

    other = OWN | {"email": "DANA@example.org", "firstName": "Mallory", "passwordHash": None}
    report = await imported(service, "json", written(tmp_path, [other]))

    assert report.skipped == 1
    assert await dana(service) == before


async def test_more_than_a_batch_comes_over(
    service: Service, tmp_path: Path, db: Connection
) -> None:
    people = [OWN | {"email": f"dana{n}@example.org"} for n in range(450)]

    report = await imported(service, "json", written(tmp_path, people, lines=True))

    assert report.added == 450
    assert await db.fetchval("SELECT count(*) FROM journeys") == 450


async def test_the_example_of_the_how_to_is_taken_over_whole(
    service: Service, tmp_path: Path
) -> None:
    text = (ROOT / "docs/how-to/import-users.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)

    report = await imported(service, "json", written(tmp_path, example))

    assert (report.added, report.with_password, report.left) == (1, 1, {})
    assert (await dana(service))["market"] == "CA"
