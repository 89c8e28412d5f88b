"""Nobody learns from us which addresses have an account: not by words, not by time."""

import itertools
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from tests.cast import PASSWORD, Cast
from tests.stories.probing import Group, Prober, Told, chance_of_less, differences

from firstmile.identity.models import key_of
from firstmile.identity.passwords import Check, Passwords
from firstmile.kernel.asgi import App
from firstmile.kernel.clock import system_clock
from firstmile.service import Service
from firstmile.settings import Settings

SAMPLES = 200
KNOWN, UNVERIFIED, LOCKED = "known@example.org", "await@example.org", "shuts@example.org"

Body = Callable[[str], dict[str, Any]]
PROBES: dict[str, tuple[str, Body]] = {
    "register": (
        "/api/v1/auth/register",
        lambda email: {
            "email": email,
            "password": "another good secret",
            "firstName": "Dana",
            "lastName": "Lopez",
        },
    ),
    "resend": ("/api/v1/auth/resend-verification", lambda email: {"email": email}),
    "forgot": ("/api/v1/auth/forgot-password", lambda email: {"email": email}),
    "login": ("/api/v1/auth/login", lambda email: {"email": email, "password": "not the password"}),
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A hash of 8 ms: at the cheapest cost it would weigh no more than reading a row does."""
    return settings.model_copy(update={"bcrypt_cost": 7})


@pytest.fixture
async def groups(
    cast: Cast, service: Service, db: "asyncpg.Connection[asyncpg.Record]"
) -> list[Group]:
    """Addresses without an account, with one, with one that waits, and with one that is locked."""
    await cast.a_user("Known").registered()
    await cast.a_user("Await").unverified().registered()
    await cast.a_user("Shuts").registered()
    numbers = itertools.count()

    async def tried_once(email: str) -> None:
        """Every address has been tried the same number of times, and only one is locked."""
        now = system_clock()
        is_locked = email == LOCKED
        await db.execute(
            "INSERT INTO sign_in_failures VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (subject_hash) DO UPDATE"
            " SET failures = $2, last_at = $3, locked_until = $4",
            service.vault.digest("sign_in", key_of(email)),
            9 if is_locked else 1,
            now,
            now + timedelta(days=1) if is_locked else None,
        )

    def nobody(_: int) -> str:
        return f"b{next(numbers):04}@example.org"

    return [
        Group("unknown", nobody, tried_once),
        Group("known", lambda _: KNOWN, tried_once),
        Group("unverified", lambda _: UNVERIFIED, tried_once),
        Group("locked", lambda _: LOCKED, tried_once),
    ]


@pytest.mark.parametrize("probe", PROBES)
async def test_no_answer_and_no_time_tells_who_has_an_account(
    app: App, groups: list[Group], probe: str
) -> None:
    prober = Prober(app, *PROBES[probe])

    await prober.probe(groups, SAMPLES)
    found = differences(groups)
    if found:  # a busy machine: look again, closer, before accusing
        await prober.probe(groups, 2 * SAMPLES)
        found = differences(groups)

    assert len(set[Told]().union(*(group.told for group in groups))) == 1
    assert found == {}


async def test_the_harness_notices_when_the_decoy_is_not_hashed(
    app: App, groups: list[Group], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = service.parts.get(Passwords)
    check = passwords.check

    async def check_without_decoy(password: str, kept: str | None) -> Check:
        return Check(fits=False) if kept is None else await check(password, kept)

    monkeypatch.setattr(passwords, "check", check_without_decoy)

    await Prober(app, *PROBES["login"]).probe(groups, SAMPLES)

    assert set(differences(groups)) == {"known", "unverified", "locked"}


def test_the_measure_of_difference_knows_alike_from_different() -> None:
    draw = random.Random(1947).gauss
    alike = [draw(10, 1) for _ in range(400)]

    assert chance_of_less([1, 2, 3], [4, 5, 6]) == 1
    assert chance_of_less([4, 5, 6], [1, 2, 3]) == 0
    assert chance_of_less([1, 1, 1], [1, 1]) == 0.5
    assert abs(chance_of_less(alike, [draw(10, 1) for _ in range(400)]) - 0.5) < 0.05
    assert chance_of_less(alike, [draw(10.5, 1) for _ in range(400)]) > 0.6


@pytest.mark.parametrize("path", ["/sign-up", "/sign-in", "/forgot-password"])
async def test_the_pages_say_the_same_to_everybody(
    client: httpx.AsyncClient, groups: list[Group], path: str
) -> None:
    said = set()
    for group in groups:
        address = group.address(0)
        await group.prepare(address)
        client.cookies.clear()
        csrf = (await client.get(path)).cookies["csrf-token"]
        form = {"email": address, "password": "not their password", "csrf": csrf}
        names = {"firstName": "Dana", "lastName": "Lopez"}
        answer = await client.post(path, data=form | names)
        nonce = answer.headers["content-security-policy"].partition("'nonce-")[2].partition("'")[0]
        own = [address, address.encode().hex(), csrf, answer.headers["x-correlation-id"], nonce]
        headers = [f"{name}: {value}" for name, value in answer.headers.multi_items()]
        said.add(_without(own, "\n".join([str(answer.status_code), *headers, answer.text])))

    assert len(said) == 1


async def test_only_who_knows_the_password_learns_that_an_address_waits(
    client: httpx.AsyncClient, groups: list[Group]
) -> None:
    for group in groups:
        await group.prepare(group.address(0))

    told = {}
    for email in ("nobody@example.org", KNOWN, UNVERIFIED, LOCKED):
        client.cookies.clear()
        body = {"email": email, "password": PASSWORD}
        told[email] = (await client.post("/api/v1/auth/login", json=body)).json().get("error")

    assert list(told.values()) == [
        "invalid_credentials",
        None,
        "email_not_verified",
        "invalid_credentials",
    ]


def _without(own: list[str], text: str) -> str:
    for value in own:
        if value:
            text = text.replace(value, "*")
    return text
