"""Every way in, times every state of the second factors: nobody gets in with less than is asked."""

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from itertools import chain, combinations, product
from typing import Any

import pytest
from tests.cast import PASSWORD, Cast
from tests.clock import MovedClock
from tests.identity.apps import AUTH
from tests.identity.ways_in import (
    BOTH,
    ELSEWHERE,
    FIRST_ALONE,
    OWNERS,
    Owner,
    an_app_and_a_passkey,
    trusting,
)

from firstmile.identity import store
from firstmile.identity.admission import DEVICE, Admission, Admitted, Challenged
from firstmile.identity.browsers import Browser
from firstmile.identity.models import User
from firstmile.identity.policy import Demands, Evidence, Method, Proof
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId, new_id, new_token
from firstmile.main import openapi_document
from firstmile.service import Service

HAS = tuple(one.name for one in fields(Demands) if one.name.startswith("has_"))
TRUST = ("not trusted", "trusted", "trust expired", "trusted before a change")
WHO = {"password", "social", "mail"}
AT_HAND = {"totp", "recovery_code", "passkey", "trusted_device"}

# How an account comes to have what `Demands` asks about: a new field has to say so here.
MAKES = {
    "has_totp": """
        INSERT INTO totp_factors (user_id, secret_sealed, created_at, confirmed_at)
        VALUES ($1, 'sealed', now(), now())
    """,
    "has_passkey": """
        INSERT INTO passkeys (user_id, id, public_key, sign_count, name, created_at)
        VALUES ($1, uuid_send($1), 'key', 0, 'a key', now())
    """,
    "has_recovery_codes": """
        INSERT INTO recovery_codes (user_id, code_hash, created_at)
        VALUES ($1, 'hash', now())
    """,
}
ASKS_FOR_TWO = {"has_totp", "has_passkey"}


def shows_two_things(proofs: list[dict[str, Any]]) -> bool:
    """Two factors, said in another way than the policy says it, of a row of `sessions`."""
    methods = {proof["method"] for proof in proofs}
    opened_key = any(proof["method"] == "passkey" and proof["knew_person"] for proof in proofs)
    return opened_key or bool(methods & WHO and methods & AT_HAND)


async def sessions_of(db: Connection, user_id: UserId) -> list[list[dict[str, Any]]]:
    """What was proved in each living session of a person; those of staff in their place apart."""
    rows = await db.fetch(
        "SELECT proofs FROM sessions"
        " WHERE user_id = $1 AND ended_at IS NULL AND impersonator_id IS NULL",
        user_id,
    )
    return [json.loads(row["proofs"]) for row in rows]


class TestTheDoor:
    """Whatever is proved, in whatever order, by an account in whatever state."""

    def test_every_demand_can_be_made(self) -> None:
        assert set(MAKES) == set(HAS)

    @pytest.mark.parametrize("trust", TRUST)
    @pytest.mark.asvs("6.3.3", "6.3.4")
    async def test_no_session_begins_with_less_than_is_asked(
        self, service: Service, db: Connection, trust: str
    ) -> None:
        begun, refused = 0, 0
        for has in states():
            account = await Account.made(service, db, has, trust)
            for evidence in offers(service):
                begun_here = await account.knock(*evidence)
                begun, refused = begun + begun_here, refused + (not begun_here)
            sessions = await sessions_of(db, account.id)
            if ASKS_FOR_TWO & has:
                assert [one for one in sessions if not shows_two_things(one)] == [], has
            assert len(sessions) > 0, has

        assert begun > 50
        assert refused > 50

    async def test_the_password_alone_opens_what_asks_for_nothing_else(
        self, service: Service, db: Connection
    ) -> None:
        """So that the tests above do not hold because nothing opens at all."""
        for has, trust in product(states(), TRUST):
            account = await Account.made(service, db, has, trust)
            alone = Proof(Method.PASSWORD, service.works.clock())

            is_open = await account.knock((alone,))

            assert is_open is (not ASKS_FOR_TWO & has or trust == "trusted"), (has, trust)

    async def test_staff_in_somebodys_place_are_marked_in_every_state(
        self, cast: Cast, service: Service, db: Connection
    ) -> None:
        sam = await cast.sam()
        for has in states():
            account = await Account.made(service, db, has, "not trusted")

            answer = await sam.post(
                f"/api/v1/admin/users/{account.id}/impersonate", {"reason": "Ticket 4711: looking"}
            )

            assert answer.status_code == 200, answer.text
            assert await sessions_of(db, account.id) == []
            await db.execute("UPDATE sessions SET ended_at = now() WHERE user_id = $1", account.id)


def states() -> Iterator[frozenset[str]]:
    """Every combination of what an account may have."""
    for taken in product((False, True), repeat=len(HAS)):
        yield frozenset(name for name, is_there in zip(HAS, taken, strict=True) if is_there)


def offers(service: Service) -> Iterator[tuple[Evidence, ...]]:
    """What somebody may prove: all at once, or one after the other."""
    now = service.works.clock()
    ways = [Proof(method, now) for method in Method if method is not Method.STAFF]
    ways.append(Proof(Method.PASSKEY, now, knew_person=True))
    for first, second in combinations(ways, 2):
        yield ((first, second),)
    for first, second in product(ways, repeat=2):
        yield ((first,), (second,))


@dataclass
class Account:
    """An account that is there by its rows, and a browser that comes to it."""

    service: Service
    id: UserId
    browser: Browser

    @classmethod
    async def made(
        cls, service: Service, db: Connection, has: frozenset[str], trust: str
    ) -> "Account":
        now, user_id, secret = service.works.clock(), UserId(new_id()), new_token()
        user = User.registering(
            user_id, f"{user_id}@example.org", "none", names=("A", "B"), locale="en", now=now
        )
        await store.add_user(db, user)
        await store.verify_email(db, user_id, now)
        for name in has:
            await db.execute(MAKES[name], user_id)
        if trust != "not trusted":
            until = now + timedelta(days=-1 if trust == "trust expired" else 30)
            epoch = 0 if trust == "trusted before a change" else 1
            await db.execute(
                "INSERT INTO devices (user_id, id, secret_hash, name, trusted_until,"
                " trusted_epoch, first_used_at, last_used_at)"
                " VALUES ($1, $2, $3, 'curl', $4, $5, $6, $6)",
                *(user_id, new_id(), service.vault.digest(DEVICE, secret), until, epoch, now),
            )
        return cls(service, user_id, Browser("curl", "127.0.0.0/24", secret))

    async def knock(self, *steps: Evidence) -> bool:
        """Prove one step after the other; whether a session began."""
        admission, works = self.service.parts.get(Admission), self.service.works
        outcome: Admitted | Challenged | None = None
        for step in steps:
            if isinstance(outcome, Admitted):
                break
            async with works.begin() as work:
                if outcome is None:
                    outcome = await admission.admit(work, self.id, *step, browser=self.browser)
                else:
                    pending = admission.read(outcome.token, works.clock())
                    outcome = await admission.proceed(work, pending, *step, browser=self.browser)
        return isinstance(outcome, Admitted)


@pytest.mark.parametrize("owning", OWNERS, ids=lambda owning: owning.__name__)
@pytest.mark.asvs("6.3.3", "6.3.4", "6.4.3")
async def test_every_way_asks_for_the_second_factor(
    cast: Cast, clock: MovedClock, db: Connection, owning: Callable[..., Awaitable[Owner]]
) -> None:
    owner = await owning(cast, clock)
    walked = []
    for way in chain(FIRST_ALONE, BOTH):
        await db.execute("DELETE FROM sign_in_failures")
        before = len(await sessions_of(db, owner.person.id))
        owner.client.cookies.clear()

        answer = await way.walk(owner)

        owner.client.cookies.clear()
        sessions = await sessions_of(db, owner.person.id)
        if owner.asks_for_two:
            assert [one for one in sessions if not shows_two_things(one)] == [], way.name
        if answer is None and way in BOTH:
            continue  # what it takes is not there
        walked.append(way.name)
        is_in = len(sessions) > before or (answer is not None and answer.status_code == 200)
        if way in BOTH or not owner.asks_for_two:
            assert is_in or "touched" in way.name or "wrong" in way.name, (way.name, answer)
        else:
            assert len(sessions) <= before, (way.name, sessions)
    assert len(walked) >= len(FIRST_ALONE)


@pytest.mark.parametrize("owning", OWNERS[1:], ids=lambda owning: owning.__name__)
async def test_a_trusted_browser_stands_for_it_until_it_does_not(
    cast: Cast, clock: MovedClock, db: Connection, owning: Callable[..., Awaitable[Owner]]
) -> None:
    owner = await owning(cast, clock)
    trusted = await trusting(owner)

    async def is_let_in() -> bool:
        body = {"email": owner.person.email, "password": PASSWORD}
        answer = await owner.client.post(f"{AUTH}/login", json=body, headers=trusted)
        owner.client.cookies.clear()
        sessions = await sessions_of(db, owner.person.id)
        assert [one for one in sessions if not shows_two_things(one)] == []
        return answer.status_code == 200

    assert await is_let_in()
    await db.execute("UPDATE users SET factors_epoch = factors_epoch + 1")
    assert not await is_let_in()
    await db.execute("UPDATE users SET factors_epoch = factors_epoch - 1")
    assert await is_let_in()
    clock.pass_by(days=31)
    assert not await is_let_in()


async def test_a_step_up_leaves_no_session_with_less(
    cast: Cast, clock: MovedClock, db: Connection
) -> None:
    owner = await an_app_and_a_passkey(cast, clock)
    assert owner.app is not None
    for shown in ({"password": PASSWORD}, {"code": owner.app.next_code()}, {"code": "000000"}):
        answer = await owner.person.post(f"{AUTH}/step-up", shown)
        if answer.status_code == 200:
            owner.person.access_token = answer.json()["accessToken"]
        owner.client.cookies.clear()

        sessions = await sessions_of(db, owner.person.id)
        assert [shows_two_things(one) for one in sessions] == [True]


def test_every_route_that_gives_a_session_is_walked() -> None:
    """A new way in has to be added here, or say where it is walked."""
    document = openapi_document()
    shapes = document["components"]["schemas"]

    def gives(shape: object, above: frozenset[str] = frozenset()) -> bool:
        text = json.dumps(shape)
        if '/SignedInOut"' in text:
            return True
        # A shape may have itself within, as the rules of a flag do.
        named = [name for name in shapes.keys() - above if f'/{name}"' in text]
        return any(gives(shapes[name], above | {name}) for name in named)

    giving = {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for status, response in operation["responses"].items()
        if status.startswith("2") and gives(response.get("content", {}))
    }
    walked = set().union(*(way.routes for way in chain(FIRST_ALONE, BOTH)))

    assert giving == walked | set(ELSEWHERE)


def test_every_method_is_walked() -> None:
    proved = {Method(one) for one in WHO | AT_HAND}

    assert proved | {Method.STAFF} == set(Method)
