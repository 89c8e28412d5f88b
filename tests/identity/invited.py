"""What an invited person does with the link they got."""

import httpx
from tests.cast import PASSWORD, Cast, Person
from tests.identity.teams import Team

ZOE = "zoe@example.org"
INVALID = (400, "token_invalid")


async def accepted(person: Person, token: str) -> httpx.Response:
    """Somebody with an account follows a link."""
    return await person.post("/api/v1/invitations/accept", {"token": token})


async def registered(cast: Cast, token: str, **more: str) -> httpx.Response:
    """Zoe makes an account by a link."""
    body = {"token": token, "password": PASSWORD, "firstName": "Zoe", "lastName": "Example"}
    answer = await cast.client.post("/api/v1/invitations/register", json=body | more)
    cast.client.cookies.clear()
    return answer


async def waiting(team: Team) -> list[dict[str, str]]:
    """The invitations of a team that nobody took up yet."""
    answer = await team.alice.get(f"{team.path}/invitations")
    items: list[dict[str, str]] = answer.json()["items"]
    return items
