"""Hashing passwords: what fits, what is outdated, and what happens when too much is asked."""

import asyncio
import threading
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from tests.cast import PASSWORD, Cast

from firstmile.identity.passwords import HashPool, Passwords
from firstmile.kernel.refusals import Unavailable
from firstmile.kernel.secrets import Vault
from firstmile.service import Service

OLD, NEW = "an old secret of the service", "a new secret of the service"


@pytest.fixture
async def pool() -> AsyncIterator[HashPool]:
    pool = HashPool(threads=1, queue=2)
    yield pool
    pool.close()


class Occupied:
    """Holds every place of a pool until it is told to let go."""

    def __init__(self, pool: HashPool, places: int) -> None:
        self._go = threading.Event()
        self._tasks = [asyncio.create_task(pool.run(self._go.wait)) for _ in range(places)]

    async def __aenter__(self) -> None:
        await asyncio.sleep(0)

    async def __aexit__(self, *_: object) -> None:
        self._go.set()
        await asyncio.gather(*self._tasks)


async def test_a_password_fits_its_own_hash_only(pool: HashPool) -> None:
    passwords = Passwords(Vault([NEW]), pool, cost=4)
    kept = await passwords.hash("correct horse")

    assert (await passwords.check("correct horse", kept)).fits
    assert not (await passwords.check("correct hors", kept)).fits
    assert not (await passwords.check("correct horse", None)).fits


async def test_every_byte_of_a_long_password_counts(pool: HashPool) -> None:
    passwords = Passwords(Vault([NEW]), pool, cost=4)
    kept = await passwords.hash("x" * 127 + "a")

    assert not (await passwords.check("x" * 127 + "b", kept)).fits


async def test_a_nul_does_not_end_a_password(pool: HashPool) -> None:
    passwords = Passwords(Vault([NEW]), pool, cost=4)
    kept = await passwords.hash("before\x00after")

    assert not (await passwords.check("before\x00other", kept)).fits


async def test_the_same_letters_typed_on_another_keyboard_fit(pool: HashPool) -> None:
    passwords = Passwords(Vault([NEW]), pool, cost=4)
    kept = await passwords.hash("caf\u00e9 au lait")

    assert (await passwords.check("cafe\u0301 au lait", kept)).fits


async def test_two_hashes_of_one_password_differ(pool: HashPool) -> None:
    passwords = Passwords(Vault([NEW]), pool, cost=4)

    assert await passwords.hash("correct horse") != await passwords.hash("correct horse")


@pytest.mark.parametrize(
    ("secrets", "cost", "is_outdated"),
    [([NEW], 5, False), ([NEW], 4, False), ([NEW], 6, True)],
    ids=["as it was made", "dearer than wanted", "cheaper than wanted"],
)
async def test_a_hash_that_costs_less_than_wanted_is_outdated(
    pool: HashPool, secrets: list[str], cost: int, is_outdated: bool
) -> None:
    kept = await Passwords(Vault([NEW]), pool, cost=5).hash("correct horse")

    check = await Passwords(Vault(secrets), pool, cost=cost).check("correct horse", kept)

    assert check.fits
    assert check.is_outdated is is_outdated


async def test_a_hash_made_with_the_secret_before_fits_and_is_outdated(pool: HashPool) -> None:
    kept = await Passwords(Vault([OLD]), pool, cost=4).hash("correct horse")

    check = await Passwords(Vault([NEW, OLD]), pool, cost=4).check("correct horse", kept)

    assert check.fits
    assert check.is_outdated


async def test_without_the_secret_a_stolen_hash_does_not_fit_its_password(pool: HashPool) -> None:
    kept = await Passwords(Vault([OLD]), pool, cost=4).hash("correct horse")

    assert not (await Passwords(Vault([NEW]), pool, cost=4).check("correct horse", kept)).fits


async def test_a_full_pool_refuses_and_has_room_again_afterwards(pool: HashPool) -> None:
    async with Occupied(pool, places=3):
        with pytest.raises(Unavailable) as refused:
            await pool.run(lambda: None)

    assert refused.value.retry_after is not None
    assert await pool.run(lambda: "room") == "room"


async def test_a_failure_in_the_pool_gives_its_place_back(pool: HashPool) -> None:
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            await pool.run(lambda: 1 // 0)

    assert await pool.run(lambda: "room") == "room"


async def test_a_full_pool_is_told_and_starves_nobody_else(
    service: Service, client: httpx.AsyncClient, cast: Cast
) -> None:
    dana = await cast.dana()
    places = service.hashing._room

    async with Occupied(service.hashing, places):
        refused = await client.post(
            "/api/v1/auth/login", json={"email": dana.email, "password": PASSWORD}
        )
        others = await asyncio.gather(*(dana.get("/api/v1/onboarding") for _ in range(50)))

    assert refused.status_code == 503
    assert refused.json()["error"] == "unavailable"
    assert int(refused.headers["retry-after"]) == refused.json()["retryAfter"] > 0
    assert {answer.status_code for answer in others} == {200}


async def test_a_full_pool_holds_no_connection_of_the_database(
    service: Service, client: httpx.AsyncClient
) -> None:
    connections = service.settings.database_connections
    places = service.hashing._room

    async with Occupied(service.hashing, places - connections - 1):
        waiting = [
            asyncio.create_task(
                client.post(
                    "/api/v1/auth/login", json={"email": f"{n}@example.org", "password": "x"}
                )
            )
            for n in range(connections + 1)
        ]
        await asyncio.sleep(0.2)
        meanwhile = await client.get("/readyz")

    assert meanwhile.status_code == 200
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {401}


@pytest.mark.parametrize("change", ["cost", "secret"])
async def test_an_outdated_hash_is_replaced_at_the_next_sign_in(
    service: Service,
    cast: Cast,
    db: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
    change: str,
) -> None:
    await cast.dana()
    before = await db.fetchval("SELECT password_hash FROM users")
    passwords = service.parts.get(Passwords)
    if change == "cost":
        monkeypatch.setattr(passwords, "_cost", 5)
    else:
        monkeypatch.setattr(passwords, "_vault", Vault([NEW, *service.settings.secrets]))

    await cast.sign_in("Dana")
    after = await db.fetchval("SELECT password_hash FROM users")
    await cast.sign_in("Dana")

    assert after != before
    assert not (await passwords.check(PASSWORD, after)).is_outdated
    assert await db.fetchval("SELECT password_hash FROM users") == after
