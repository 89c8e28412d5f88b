"""When PostgreSQL refuses the commit, or is gone: the caller hears of it and nothing is kept."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from tests.cast import PASSWORD
from tests.kernel.conftest import is_empty

from firstmile.kernel.database import Connection as Outside
from firstmile.kernel.work import Work

Action = Callable[[Work, bytes], Awaitable[None]]
REGISTRATION = {
    "email": "dana@example.org",
    "password": PASSWORD,
    "firstName": "Dana",
    "lastName": "Lopez",
}
FAILING = """
    CREATE SEQUENCE tries;
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('tries') < {succeeds_at} THEN
            {fails};
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER failing AFTER INSERT ON {table}
    {when} FOR EACH ROW EXECUTE FUNCTION fail();
"""
AT_COMMIT = "DEFERRABLE INITIALLY DEFERRED"
AT_ONCE = ""
REFUSES = "RAISE EXCEPTION 'no' USING ERRCODE = '23514'"
ENDS_THE_CONNECTION = "PERFORM pg_terminate_backend(pg_backend_pid())"
DEADLOCK, SERIALISATION = "40P01", "40001"


@pytest.mark.parametrize("fails", [REFUSES, ENDS_THE_CONNECTION])
@pytest.mark.parametrize("when", [AT_COMMIT, AT_ONCE])
async def test_a_registration_that_cannot_be_kept_is_not_acknowledged(
    client: httpx.AsyncClient, db: Outside, when: str, fails: str
) -> None:
    await db.execute(FAILING.format(succeeds_at=99, fails=fails, table="pgqueuer", when=when))

    answer = await client.post("/api/v1/auth/register", json=REGISTRATION)

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["error"] == "internal"
    assert await is_empty(db, "users", "one_time_tokens", "mails", "journeys", "pgqueuer")


async def test_after_a_failed_commit_the_next_request_succeeds(
    client: httpx.AsyncClient, db: Outside
) -> None:
    await db.execute(
        FAILING.format(succeeds_at=4, fails=ENDS_THE_CONNECTION, table="pgqueuer", when=AT_COMMIT)
    )

    statuses = [
        (await client.post("/api/v1/auth/register", json=REGISTRATION)).status_code
        for _ in range(4)
    ]

    assert statuses == [500, 500, 500, 202]
    assert await db.fetchval("SELECT count(*) FROM pgqueuer") == 1


async def test_a_failing_commit_forgets_the_idempotency_key_too(
    client: httpx.AsyncClient, db: Outside
) -> None:
    await db.execute(FAILING.format(succeeds_at=2, fails=REFUSES, table="pgqueuer", when=AT_COMMIT))
    headers = {"idempotency-key": "once-only"}

    first = await client.post("/api/v1/auth/register", json=REGISTRATION, headers=headers)
    second = await client.post("/api/v1/auth/register", json=REGISTRATION, headers=headers)

    assert (first.status_code, second.status_code) == (500, 202)
    assert "idempotency-replayed" not in second.headers
    assert await db.fetchval("SELECT count(*) FROM pgqueuer") == 1


@pytest.mark.parametrize("code", [DEADLOCK, SERIALISATION])
@pytest.mark.parametrize("when", [AT_COMMIT, AT_ONCE])
async def test_a_request_that_postgresql_wants_again_runs_again(
    client: httpx.AsyncClient, db: Outside, when: str, code: str
) -> None:
    fails = f"RAISE EXCEPTION 'again' USING ERRCODE = '{code}'"
    await db.execute(FAILING.format(succeeds_at=3, fails=fails, table="pgqueuer", when=when))

    answer = await client.post("/api/v1/auth/register", json=REGISTRATION)

    assert answer.status_code == 202
    assert await db.fetchval("SELECT count(*) FROM pgqueuer") == 1


@pytest.mark.parametrize("when", [AT_COMMIT, AT_ONCE])
async def test_after_three_tries_the_caller_is_told(
    client: httpx.AsyncClient, db: Outside, when: str
) -> None:
    fails = f"RAISE EXCEPTION 'again' USING ERRCODE = '{DEADLOCK}'"
    await db.execute(FAILING.format(succeeds_at=99, fails=fails, table="pgqueuer", when=when))

    answer = await client.post("/api/v1/auth/register", json=REGISTRATION)

    assert answer.status_code >= 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert await db.fetchval("SELECT last_value FROM tries") == 3
    assert await is_empty(db, "users", "mails", "pgqueuer")
