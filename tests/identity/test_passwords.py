"""Hashing passwords: what fits, what is outdated, and what happens when too much is asked."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import ClassVar

import asyncpg
import bcrypt
import httpx
import pytest
from tests.cast import PASSWORD, Cast

from firstmile.identity.foreign_texts import read_hash
from firstmile.identity.hashing import Argon2id, Bcrypt, Scheme, chosen_scheme
from firstmile.identity.models import CONTESTED, NO_PASSWORD
from firstmile.identity.passwords import HashPool, Passwords
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.refusals import Unavailable
from firstmile.kernel.secrets import Vault
from firstmile.service import Service

OLD, NEW = "an old secret of the service", "a new secret of the service"
CHEAP = Bcrypt(4)
ARGON2 = Argon2id(64, passes=1, lanes=1)
# What Django keeps of "correct horse".
FOREIGN = "pbkdf2_sha256$10$salt$2UO8Z8W6jJMO0WeJKlt2jZnXbZRK7YVtHTVfUaRmlPI="


class Counted:
    """bcrypt that counts how often it was asked."""

    name: ClassVar[str] = CHEAP.name

    def __init__(self) -> None:
        self.checks = 0

    def hash(self, prepared: bytes) -> str:
        return CHEAP.hash(prepared)

    def fits(self, prepared: bytes, hashed: str) -> bool:
        self.checks += 1
        return CHEAP.fits(prepared, hashed)

    def is_cheaper(self, hashed: str) -> bool:
        return CHEAP.is_cheaper(hashed)

    def as_settings(self) -> str:
        return CHEAP.as_settings()


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
    passwords = Passwords(Vault([NEW]), pool, CHEAP)
    kept = await passwords.hash("correct horse")

    assert (await passwords.check("correct horse", kept)).fits
    assert not (await passwords.check("correct hors", kept)).fits
    assert not (await passwords.check("correct horse", None)).fits


async def test_a_nul_does_not_end_a_password(pool: HashPool) -> None:
    passwords = Passwords(Vault([NEW]), pool, CHEAP)
    kept = await passwords.hash("before\x00after")

    assert not (await passwords.check("before\x00other", kept)).fits


async def test_the_same_letters_typed_on_another_keyboard_fit(pool: HashPool) -> None:
    passwords = Passwords(Vault([NEW]), pool, CHEAP)
    kept = await passwords.hash("caf\u00e9 au lait")

    assert (await passwords.check("cafe\u0301 au lait", kept)).fits


async def test_two_hashes_of_one_password_differ(pool: HashPool) -> None:
    passwords = Passwords(Vault([NEW]), pool, CHEAP)

    assert await passwords.hash("correct horse") != await passwords.hash("correct horse")


@pytest.mark.parametrize(
    ("made_by", "wanted", "is_outdated"),
    [
        (Bcrypt(5), Bcrypt(5), False),
        (Bcrypt(5), Bcrypt(4), False),
        (Bcrypt(5), Bcrypt(6), True),
        (ARGON2, ARGON2, False),
        (ARGON2, Argon2id(32, passes=1, lanes=1), False),
        (ARGON2, Argon2id(128, passes=1, lanes=1), True),
        (ARGON2, Argon2id(64, passes=2, lanes=1), True),
        (Bcrypt(5), ARGON2, True),
        (ARGON2, Bcrypt(5), True),
    ],
    ids=[
        "bcrypt as it was made",
        "bcrypt dearer than wanted",
        "bcrypt cheaper than wanted",
        "argon2id as it was made",
        "argon2id dearer than wanted",
        "argon2id with less memory than wanted",
        "argon2id with fewer passes than wanted",
        "bcrypt where argon2id is wanted",
        "argon2id where bcrypt is wanted",
    ],
)
async def test_a_hash_of_another_kind_or_of_less_cost_is_outdated(
    pool: HashPool, made_by: Scheme, wanted: Scheme, is_outdated: bool
) -> None:
    kept = await Passwords(Vault([NEW]), pool, made_by).hash("correct horse")
    passwords = Passwords(Vault([NEW]), pool, wanted)

    check = await passwords.check("correct horse", kept)

    assert check.fits
    assert check.is_outdated is is_outdated
    assert not (await passwords.check("correct hors", kept)).fits


@pytest.mark.asvs("6.2.8", "11.4.2")
@pytest.mark.parametrize("scheme", [Bcrypt(4), ARGON2], ids=["bcrypt", "argon2id"])
async def test_no_two_long_passwords_are_the_same(pool: HashPool, scheme: Scheme) -> None:
    passwords = Passwords(Vault([NEW]), pool, scheme)
    kept = await passwords.hash("x" * 127 + "a")

    assert (await passwords.check("x" * 127 + "a", kept)).fits
    assert not (await passwords.check("x" * 127 + "b", kept)).fits


@pytest.mark.asvs("11.4.2")
def test_argon2id_by_setting_is_what_a_password_is_hashed_with() -> None:
    kept = chosen_scheme(IdentitySettings(password_hash="argon2id")).hash(b"prepared")

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert chosen_scheme(IdentitySettings()) == Bcrypt(12)


@pytest.mark.parametrize("kept", [None, CONTESTED, NO_PASSWORD])
async def test_without_a_password_none_fits_at_the_same_cost(
    pool: HashPool, kept: str | None
) -> None:
    counted = Counted()
    passwords = Passwords(Vault([NEW]), pool, counted)

    assert not (await passwords.check("correct horse", kept)).fits
    assert counted.checks == 1


async def test_a_foreign_hash_costs_our_own_work_too(pool: HashPool) -> None:
    counted = Counted()
    passwords = Passwords(Vault([NEW]), pool, counted)
    kept = passwords.adopt(read_hash(FOREIGN))

    checks = [await passwords.check(word, kept) for word in ("correct horse", "another")]

    assert [check.fits for check in checks] == [True, False]
    assert checks[0].is_outdated
    assert counted.checks == 2


async def test_what_is_kept_of_a_foreign_hash_tells_nothing_without_the_secret(
    pool: HashPool,
) -> None:
    kept = Passwords(Vault([OLD]), pool, CHEAP).adopt(read_hash(FOREIGN))

    assert FOREIGN.rpartition("$")[2] not in kept
    assert not (await Passwords(Vault([NEW]), pool, CHEAP).check("correct horse", kept)).fits
    assert (await Passwords(Vault([NEW, OLD]), pool, CHEAP).check("correct horse", kept)).fits


async def test_a_foreign_hash_is_replaced_by_our_own_at_the_first_sign_in(
    service: Service, cast: Cast, db: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await cast.dana()
    passwords = service.parts.get(Passwords)
    made = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    await db.execute("UPDATE users SET password_hash = $1", passwords.adopt(read_hash(made)))

    await cast.sign_in("Dana")

    kept = await db.fetchval("SELECT password_hash FROM users")
    assert kept.startswith("bcrypt-hmac-sha256:")
    await cast.sign_in("Dana")


async def test_a_hash_made_with_the_secret_before_fits_and_is_outdated(pool: HashPool) -> None:
    kept = await Passwords(Vault([OLD]), pool, CHEAP).hash("correct horse")

    check = await Passwords(Vault([NEW, OLD]), pool, CHEAP).check("correct horse", kept)

    assert check.fits
    assert check.is_outdated


async def test_without_the_secret_a_stolen_hash_does_not_fit_its_password(pool: HashPool) -> None:
    kept = await Passwords(Vault([OLD]), pool, CHEAP).hash("correct horse")

    assert not (await Passwords(Vault([NEW]), pool, CHEAP).check("correct horse", kept)).fits


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


@pytest.mark.parametrize(
    ("secrets", "scheme"),
    [([], Bcrypt(5)), ([], ARGON2), ([NEW], CHEAP)],
    ids=["cost", "scheme", "secret"],
)
async def test_an_outdated_hash_is_replaced_at_the_next_sign_in(
    service: Service,
    cast: Cast,
    db: "asyncpg.Connection[asyncpg.Record]",
    secrets: list[str],
    scheme: Scheme,
) -> None:
    await cast.dana()
    before = await db.fetchval("SELECT password_hash FROM users")
    passwords = service.parts.get(Passwords)
    vault = Vault([*secrets, *service.settings.secrets])
    Passwords.__init__(passwords, vault, service.hashing, scheme)

    await cast.sign_in("Dana")
    after = await db.fetchval("SELECT password_hash FROM users")
    await cast.sign_in("Dana")

    assert after != before
    assert not (await passwords.check(PASSWORD, after)).is_outdated
    assert await db.fetchval("SELECT password_hash FROM users") == after
