"""GitHub, which is asked who somebody is instead of being told."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from tests.identity.hostile_provider import CLIENT, SECRET, HostileProvider, hostile_provider

from firstmile.identity.claims import Identity
from firstmile.identity.departures import Departures, Errand, Return, Way
from firstmile.identity.github_client import GitHubClient
from firstmile.identity.provider_door import ProviderDoor
from firstmile.identity.providers import providers_of
from firstmile.identity.social_settings import SocialSettings
from firstmile.kernel.refusals import Malformed, Unavailable
from firstmile.kernel.secrets import Vault

OWN = {"email": "dana@example.org", "primary": True, "verified": True}


def now() -> datetime:
    return datetime.now(UTC)


class GitHub:
    """An Enterprise server of ours, and our client of it."""

    def __init__(self, server: HostileProvider) -> None:
        settings = SocialSettings(
            github_client_id=CLIENT,
            github_client_secret=SecretStr(SECRET),
            github_url=server.issuer,
        )
        self.server = server
        self.provider = providers_of(settings).of("github")
        door = ProviderDoor(allows_plain=True, seconds=10)
        self.client = GitHubClient(door, now, with_test_domains=False)
        self.person: Any = {"id": 7, "login": "dana-x", "name": "Dana Lopez"}
        self.addresses: Any = [OWN]
        self.token: Any = {"access_token": "t", "token_type": "bearer"}
        self.asked_with: list[str | None] = []
        api = "/api/v3/user"
        server.answering = {
            "/login/oauth/access_token": lambda handler: handler.say(self.token),
            api: lambda handler: self._tell(handler, self.person),
            f"{api}/emails": lambda handler: self._tell(handler, self.addresses),
        }

    async def sign_in(self, **said: str | None) -> Identity:
        departures = Departures(Vault(["x" * 40]))
        departure = departures.prepare(
            self.provider, Errand.SIGN_IN, Way.PAGE, redirect_uri="https://a.example", now=now()
        )
        address = await self.client.address(self.provider, departure)
        query = httpx.URL(address).params
        assert query["code_challenge_method"] == "S256"
        assert query["scope"] == "read:user user:email"
        returned = Return.of(dict(httpx.URL(self.server.visit(address, iss=None, **said)).params))
        return await self.client.identify(self.provider, departure, returned)

    def _tell(self, handler: Any, told: Any) -> None:
        self.asked_with.append(handler.headers["authorization"])
        handler.say(told)


@pytest.fixture
def github() -> Iterator[GitHub]:
    with hostile_provider() as server:
        yield GitHub(server)


async def test_a_person_is_the_number_of_their_account(github: GitHub) -> None:
    identity = await github.sign_in()

    assert (identity.issuer, identity.subject) == (github.server.issuer, "7")
    assert (identity.first_name, identity.last_name) == ("Dana", "Lopez")
    assert (identity.email, identity.is_email_confirmed) == ("dana@example.org", True)
    assert github.asked_with == ["Bearer t"] * 2


@pytest.mark.parametrize(
    "addresses",
    [
        [],
        [{**OWN, "verified": False}],
        [{**OWN, "primary": False}],
        [{**OWN, "verified": "true"}],
        [{**OWN, "verified": 1}],
        [{"primary": True, "verified": True}],
        ["dana@example.org"],
        {"email": "dana@example.org"},
        None,
    ],
    ids=str,
)
async def test_only_a_verified_primary_address_counts(addresses: Any, github: GitHub) -> None:
    github.addresses = addresses

    identity = await github.sign_in()

    assert (identity.email, identity.is_email_confirmed) == (None, False)
    assert identity.label == "dana-x"


@pytest.mark.parametrize(
    "person", [{}, {"id": None}, {"id": "7"}, {"id": True}, {"id": 7.5}, [], None, "7"], ids=str
)
async def test_a_person_without_a_number_is_nobody(person: Any, github: GitHub) -> None:
    github.person = person

    with pytest.raises(Malformed) as refused:
        await github.sign_in()

    assert refused.value.error == "provider_refused"


@pytest.mark.parametrize(
    "token", [{"error": "bad_verification_code"}, {}, {"access_token": 7}, [], None], ids=str
)
async def test_a_code_that_is_worth_nothing_is_refused(token: Any, github: GitHub) -> None:
    github.token = token

    with pytest.raises(Malformed):
        await github.sign_in()


async def test_an_outage_is_told_as_one(github: GitHub) -> None:
    github.server.answering["/api/v3/user"] = lambda handler: handler.say({}, status=502)

    with pytest.raises(Unavailable):
        await github.sign_in()


async def test_a_token_that_opens_nothing_is_refused(github: GitHub) -> None:
    github.server.answering["/api/v3/user"] = lambda handler: handler.say({}, status=403)

    with pytest.raises(Malformed):
        await github.sign_in()


async def test_whoever_gives_up_is_told_so(github: GitHub) -> None:
    with pytest.raises(Malformed) as refused:
        await github.sign_in(code=None, error="access_denied")

    assert refused.value.error == "provider_cancelled"
