"""A provider that answers by a form which the browser posts, as Apple does."""

import json

import httpx
import pytest
from tests.clock import MovedClock
from tests.identity.hostile_provider import HostileProvider
from tests.identity.hostility import evil, good, people, settings, victim
from tests.identity.travelling import Traveller, notice_of, path_of

from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection

__all__ = ["evil", "good", "settings", "victim"]

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
