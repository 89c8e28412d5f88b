"""What a hostile provider, and hostile browsers around it, get out of the whole application."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from pydantic import SecretStr
from tests.cast import Cast
from tests.clock import MovedClock
from tests.conftest import settings_for
from tests.identity.hostile_provider import (
    CLIENT,
    SECRET,
    Handler,
    HostileProvider,
    hostile_provider,
)
from tests.identity.travelling import Traveller, notice_of, path_of

from firstmile.identity.social_settings import OidcProvider
from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection
from firstmile.settings import Settings


@pytest.fixture
def good() -> Iterator[HostileProvider]:
    with hostile_provider() as provider:
        yield provider


@pytest.fixture
def evil() -> Iterator[HostileProvider]:
    with hostile_provider() as provider:
        yield provider


@pytest.fixture
def settings(
    database_url: str, tmp_path: Path, good: HostileProvider, evil: HostileProvider
) -> Settings:
    """A good one, an evil one, and one that returns people by a form as Apple does."""

    def provider(key: str, issuer: str, **more: Any) -> OidcProvider:
        return OidcProvider(
            key=key,
            name=key.title(),
            issuer=issuer,
            client_id=CLIENT,
            client_secret=SecretStr(SECRET),
            **more,
        )

    three = (
        provider("good", good.issuer, trusts_email=True),
        provider("evil", evil.issuer),
        provider("posting", good.issuer, trusts_email=True, returns_by_form=True),
    )
    return settings_for(database_url, tmp_path, oidc_providers=three)


@pytest.fixture
def victim(client: httpx.AsyncClient) -> Traveller:
    return Traveller(client, "good")


async def people(db: Connection) -> list[tuple[str, bool]]:
    rows = await db.fetch("SELECT email, email_verified_at IS NOT NULL FROM users ORDER BY email")
    return [tuple(row) for row in rows]


async def connected(db: Connection) -> int:
    return int(await db.fetchval("SELECT count(*) FROM connected_accounts"))


async def test_the_good_one_signs_people_in(victim: Traveller, good: HostileProvider) -> None:
    """Without this every test below would prove nothing."""
    assert path_of(await victim.come_back(good.visit(await victim.leave()))) == "/home"
    assert await victim.session() is not None


class TestMixUp:
    @pytest.mark.asvs("10.2.2", "6.8.1")
    async def test_a_code_of_one_provider_is_nothing_at_the_address_of_another(
        self, victim: Traveller, good: HostileProvider, evil: HostileProvider
    ) -> None:
        """The evil provider sends the browser on to the good one, to be shown the good code."""
        departing = Traveller(victim.client, "evil")
        address = await departing.leave()
        answer = good.visit(address.replace(evil.issuer, good.issuer))

        assert notice_of(await victim.come_back(answer)) == "provider-refused"

        assert "/token" not in evil.asked
        assert await victim.session() is None

    async def test_a_departure_to_one_does_not_return_from_another(
        self, victim: Traveller, good: HostileProvider
    ) -> None:
        address = await victim.leave()
        answer = good.visit(address).replace("/with/good/", "/with/evil/")

        assert notice_of(await victim.come_back(answer)) == "sign-in-expired"
        assert await victim.session() is None

    async def test_a_subject_of_one_provider_is_nobody_at_another(
        self,
        victim: Traveller,
        good: HostileProvider,
        evil: HostileProvider,
        db: Connection,
    ) -> None:
        await victim.come_back(good.visit(await victim.leave()))
        await victim.post("/sign-out")
        attacker = Traveller(victim.client, "evil")

        answer = await attacker.come_back(evil.visit(await attacker.leave()))

        assert path_of(answer) == "/check-mail"
        assert await attacker.session() is None
        assert await connected(db) == 1


class TestAVictimsAddress:
    @pytest.mark.asvs("6.8.2")
    async def test_unverified_opens_nothing(
        self, victim: Traveller, good: HostileProvider, cast: Cast, db: Connection
    ) -> None:
        await cast.a_user("Dana").registered()
        good.claims = {"sub": "attacker", "email_verified": False}

        answer = await victim.come_back(good.visit(await victim.leave()))

        assert path_of(answer) == "/check-mail"
        assert await victim.session() is None
        assert await connected(db) == 0

    async def test_verified_by_a_provider_we_do_not_trust_opens_nothing(
        self, client: httpx.AsyncClient, evil: HostileProvider, cast: Cast, db: Connection
    ) -> None:
        await cast.a_user("Dana").registered()
        attacker = Traveller(client, "evil")

        answer = await attacker.come_back(evil.visit(await attacker.leave()))

        assert path_of(answer) == "/check-mail"
        assert await attacker.session() is None
        assert await connected(db) == 0

    @pytest.mark.parametrize(
        "spelled",
        ["DANA@EXAMPLE.ORG", "Dana@Example.Org", "dana@EXAMPLE.org", " dana@example.org "],
    )
    async def test_in_another_case_is_the_victims_all_the_same(
        self, spelled: str, victim: Traveller, good: HostileProvider, cast: Cast, db: Connection
    ) -> None:
        await cast.a_user("Dana").registered()
        good.claims = {"sub": "attacker", "email": spelled}

        await victim.come_back(good.visit(await victim.leave()))

        assert await victim.session() is None
        assert await people(db) == [("dana@example.org", True)]
        assert await connected(db) == 0

    @pytest.mark.parametrize(
        "spelled",
        [
            "dana@ｅxample.org",
            "dаna@example.org",
            "dana@exаmple.org",
            "dana@example.org\u200b",
            "dana@example。org",
            "ｄana@example.org",
        ],
    )
    async def test_in_look_alike_letters_opens_nothing_of_the_victims(
        self, spelled: str, victim: Traveller, good: HostileProvider, cast: Cast, db: Connection
    ) -> None:
        await cast.a_user("Dana").registered()
        good.claims = {"sub": "attacker", "email": spelled}

        await victim.come_back(good.visit(await victim.leave()))

        assert await victim.session() is None
        assert await connected(db) == 0

    async def test_changed_later_at_the_provider_changes_nothing_here(
        self, victim: Traveller, good: HostileProvider, cast: Cast, db: Connection
    ) -> None:
        """Who has an account here does not get another by renaming themselves there."""
        await cast.a_user("Bob").registered()
        await victim.come_back(good.visit(await victim.leave()))
        await victim.post("/sign-out")
        good.claims = {"email": "bob@example.org"}

        await victim.come_back(good.visit(await victim.leave()))

        user = await victim.session()
        assert user is not None
        assert user["email"] == "dana@example.org"
        assert await people(db) == [("bob@example.org", True), ("dana@example.org", True)]


class TestAPageOfOurs:
    SCRIPT = "<script>alert(1)</script>"

    async def test_never_shows_what_a_provider_says_in_an_error(
        self, victim: Traveller, good: HostileProvider
    ) -> None:
        address = good.visit(
            await victim.leave(), code=None, error=self.SCRIPT, error_description=self.SCRIPT
        )

        answer = await victim.come_back(address)

        page = await victim.client.get(answer.headers["location"])
        assert notice_of(answer) == "provider-refused"
        assert "alert(1)" not in answer.text + str(answer.headers) + page.text

    async def test_shows_names_and_addresses_as_text(
        self, victim: Traveller, good: HostileProvider
    ) -> None:
        good.left_out = {"email"}
        good.claims = {"given_name": self.SCRIPT, "preferred_username": self.SCRIPT}
        assert path_of(await victim.come_back(good.visit(await victim.leave()))) == (
            "/sign-in/address"
        )

        assert self.SCRIPT not in (await victim.client.get("/sign-in/address")).text

    async def test_sends_nobody_elsewhere_afterwards(
        self, victim: Traveller, good: HostileProvider
    ) -> None:
        address = await victim.leave(next="//evil.example/path")

        assert (await victim.come_back(good.visit(address))).headers["location"] == "/home"

    async def test_of_a_departure_is_only_had_by_a_form_of_ours(self, victim: Traveller) -> None:
        await victim.client.get("/sign-in")
        forged = await victim.client.post("/sign-in/with/good", data={"errand": "sign_in"})

        assert forged.status_code == 403
        assert (await victim.client.get("/sign-in/with/good")).status_code == 405

    async def test_tells_plainly_when_the_provider_is_away(
        self, victim: Traveller, good: HostileProvider
    ) -> None:
        address = good.visit(await victim.leave())
        good.answering["/token"] = lambda handler: handler.say({}, status=503)

        answer = await victim.come_back(address)

        assert notice_of(answer) == "provider-unavailable"
        assert "does not answer" in (await victim.client.get(answer.headers["location"])).text

    async def test_of_no_provider_is_not_there(self, victim: Traveller) -> None:
        nobody = Traveller(victim.client, "yahoo")

        assert (await nobody.post("/sign-in/with/yahoo")).status_code == 404
        assert (await nobody.client.get("/sign-in/with/yahoo/callback?state=x")).status_code in (
            303,
            404,
        )


OPEN = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%'
"""


async def test_nothing_is_open_in_the_database_while_a_provider_is_asked(
    victim: Traveller, good: HostileProvider, database_url: str
) -> None:
    seen = []

    def look(handler: Handler) -> None:
        with psycopg.connect(database_url, autocommit=True) as own:
            seen.append(own.execute(OPEN).fetchone())
        handler.say(good.redeem(handler.form))

    good.answering["/token"] = look

    assert path_of(await victim.come_back(good.visit(await victim.leave()))) == "/home"

    assert seen == [(0,)]


CALLBACK = "/sign-in/with/posting/callback"
FROM_ELSEWHERE = {
    "origin": "https://appleid.apple.com",
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
}


class TestAReturnByForm:
    """Apple posts from its own site: the form brings no cookie, and a visit must follow."""

    @pytest.fixture
    def person(self, client: httpx.AsyncClient) -> Traveller:
        return Traveller(client, "posting")

    async def post(
        self, traveller: Traveller, address: str, path: str = CALLBACK, **more: str
    ) -> httpx.Response:
        """As the browser posts it: for another site, and without our cookies."""
        kept = dict(traveller.client.cookies)
        traveller.client.cookies.clear()
        fields = {**httpx.URL(address).params, **more}
        answer = await traveller.client.post(path, data=fields, headers=FROM_ELSEWHERE)
        for name, value in kept.items():
            traveller.client.cookies.set(name, value)
        return answer

    async def test_ends_in_a_session(
        self, person: Traveller, good: HostileProvider, db: Connection
    ) -> None:
        good.left_out = {"given_name", "family_name"}
        address = await person.leave()
        assert httpx.URL(address).params["response_mode"] == "form_post"
        user = json.dumps({"name": {"firstName": "Zoë", "lastName": "Lopez"}})

        handed = await self.post(person, good.visit(address), user=user)
        assert path_of(handed) == CALLBACK
        assert not handed.headers.get_list("set-cookie")
        answer = await person.come_back(handed.headers["location"])

        assert path_of(answer) == "/home"
        session = await person.session()
        assert session is not None
        assert (session["firstName"], session["lastName"]) == ("Zoë", "Lopez")

    async def test_stands_in_no_address_as_it_was_sent(
        self, person: Traveller, good: HostileProvider
    ) -> None:
        address = good.visit(await person.leave())

        handed = await self.post(person, address, user="Zoë Lopez")

        for part in ("Zo%C3", "Zoë", "Lopez", httpx.URL(address).params["code"]):
            assert part not in handed.headers["location"]

    async def test_does_nothing_by_itself(
        self, person: Traveller, good: HostileProvider, db: Connection
    ) -> None:
        await self.post(person, good.visit(await person.leave()))

        assert await people(db) == []

    async def test_in_the_browser_of_somebody_else_signs_nobody_in(
        self, person: Traveller, good: HostileProvider, app: App
    ) -> None:
        handed = await self.post(person, good.visit(await person.leave()))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost:8000"
        ) as client:
            answer = await Traveller(client).come_back(handed.headers["location"])

        assert notice_of(answer) == "sign-in-expired"

    async def test_waits_a_minute_for_its_visit(
        self, person: Traveller, good: HostileProvider, clock: MovedClock
    ) -> None:
        handed = await self.post(person, good.visit(await person.leave()))
        clock.pass_by(seconds=60)

        answer = await person.come_back(handed.headers["location"])

        assert notice_of(answer) == "sign-in-expired"

    @pytest.mark.parametrize(
        "body", [b"\xff", b"code=" + b"x" * 5000, b"&".join([b"a=b"] * 50), b"state=\0"]
    )
    async def test_that_is_no_form_ends_where_it_came(self, body: bytes, person: Traveller) -> None:
        headers = {**FROM_ELSEWHERE, "content-type": "application/x-www-form-urlencoded"}

        answer = await person.client.post(CALLBACK, content=body, headers=headers)

        assert answer.status_code == 303

    @pytest.mark.parametrize("answer", ["", "x", "AAAA", "é", "%00"])
    async def test_cannot_be_made_up(self, answer: str, person: Traveller) -> None:
        await person.leave()

        made_up = await person.client.get(CALLBACK, params={"answer": answer})

        assert notice_of(made_up) == "sign-in-expired"

    @pytest.mark.asvs("3.5.1")
    @pytest.mark.parametrize(
        "path", ["/sign-in/with/good/callback", "/sign-in/with/posting", "/sign-in"]
    )
    async def test_is_taken_nowhere_else(
        self, path: str, person: Traveller, good: HostileProvider
    ) -> None:
        address = good.visit(await person.leave())

        assert (await self.post(person, address, path)).status_code == 403
