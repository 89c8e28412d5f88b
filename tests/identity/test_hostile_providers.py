"""What a hostile provider, and hostile browsers around it, get out of the whole application."""

import httpx
import psycopg
import pytest
from tests.cast import Cast
from tests.identity.hostile_provider import (
    Handler,
    HostileProvider,
)
from tests.identity.hostility import connected, evil, good, people, settings, victim
from tests.identity.travelling import Traveller, notice_of, path_of

from firstmile.kernel.database import Connection

__all__ = ["evil", "good", "settings", "victim"]


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
