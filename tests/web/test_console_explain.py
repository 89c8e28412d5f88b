"""The console's page that tells why a step or a route is closed to somebody."""

from urllib.parse import urlencode
from uuid import UUID

from tests.cast import Cast
from tests.identity.teams import a_team
from tests.onboarding.test_actions import define
from tests.onboarding.test_shared_steps import settle
from tests.onboarding.test_sharing import shared
from tests.web.test_console import at_a_browser

from firstmile.kernel.clock import system_clock
from firstmile.service import Service

PATH = "/console/explain"


def asked(query: dict[str, str]) -> str:
    return f"{PATH}?{urlencode(query)}"


async def test_a_step_is_explained_leaf_by_leaf_with_what_to_do(cast: Cast) -> None:
    dana = await cast.dana()
    await cast.sam("support")
    sam = await at_a_browser(cast, "Sam")

    page = await sam.get(asked({"person": dana.email, "step": "payments"}))

    assert "is closed to Dana" in page.text
    assert "“Create your first project” is not settled" in page.text
    assert "step_blocked" in page.text
    assert 'href="/onboarding/create-project"' in page.text
    assert ">no</span>" in page.text


async def test_a_route_is_explained_as_the_gate_sees_it(cast: Cast) -> None:
    dana = await cast.dana()
    await cast.sam("support")
    sam = await at_a_browser(cast, "Sam")

    closed = await sam.get(asked({"person": str(dana.id), "route": "/x/../projects/7"}))
    free = await sam.get(asked({"person": str(dana.id), "route": "/help"}))

    assert "The gate over /projects is closed" in closed.text
    assert "No gate stands over this path." in free.text


async def test_what_cannot_be_answered_is_said_beside_its_field(cast: Cast) -> None:
    dana = await cast.dana()
    await cast.sam("support")
    sam = await at_a_browser(cast, "Sam")

    nobody = await sam.get(asked({"person": "nobody@example.org", "step": "payments"}))
    nothing = await sam.get(asked({"person": dana.email}))
    unread = await sam.get(asked({"person": dana.email, "route": f"/%{'25' * 9}2e"}))

    assert nobody.status_code == 422
    assert "There is nobody of this name or address." in nobody.text
    assert "Name a step or a route." in nothing.text
    assert "This route cannot be read." in unread.text


async def test_only_staff_come_in(cast: Cast) -> None:
    await cast.dana()
    dana = await at_a_browser(cast, "Dana")

    assert (await dana.get(PATH)).status_code == 403


async def test_a_moment_gone_by_can_be_asked_for(cast: Cast) -> None:
    dana = await cast.dana()
    await cast.sam("support")
    sam = await at_a_browser(cast, "Sam")

    old = await sam.get(asked({"person": dana.email, "step": "payments", "at": "2020-01-01T12:00"}))
    unread = await sam.get(asked({"person": dana.email, "step": "payments", "at": "yesterday"}))
    now = system_clock().strftime("%Y-%m-%dT%H:%M:%S.%f")
    known = await sam.get(asked({"person": dana.email, "step": "payments", "at": now}))

    assert (old.status_code, unread.status_code) == (409, 422)
    assert "Nothing is kept of this moment." in old.text
    assert "As it was on" in known.text
    assert "is closed to Dana" in known.text


async def test_a_shared_step_is_explained_in_a_project_of_theirs(
    cast: Cast, service: Service
) -> None:
    team = await a_team(cast)
    await define(service, shared("bank"))
    await settle(team.bob, "bank", "done")
    second = await team.bob.post("/api/v1/projects", {"name": "Of Bob"})
    await cast.sam("support")
    sam = await at_a_browser(cast, "Sam")
    query = {"person": team.bob.email, "step": "bank"}

    first = await sam.get(asked(query))
    other = await sam.get(asked({**query, "project": second.json()["id"]}))

    assert "The one they joined first" in first.text
    assert "It is a step of their project “Acme”" in first.text
    assert "It is a step of their project “Of Bob”" in other.text


async def test_a_moment_is_told_in_a_project_they_were_in_then(
    cast: Cast, service: Service
) -> None:
    team = await a_team(cast)
    await define(service, shared("bank"))
    second = await team.bob.post("/api/v1/projects", {"name": "Of Bob"})
    await settle(await cast.sign_in("Bob"), "bank", "done", project=UUID(second.json()["id"]))
    then = system_clock().strftime("%Y-%m-%dT%H:%M:%S.%f")
    await team.remove(team.alice, team.bob)
    await define(service, shared("vault"))
    await cast.sam("support")
    sam = await at_a_browser(cast, "Sam")
    query = {"person": team.bob.email, "step": "bank", "at": then}

    first = await sam.get(asked(query))
    left = await sam.get(asked({**query, "project": str(team.project)}))
    other = await sam.get(asked({**query, "project": second.json()["id"]}))

    assert "The one they joined first" in first.text
    for page in (first, left):
        assert '<option value="bank" selected>' in page.text  # it is no step any more
        assert "It is a step of their project “Acme”" in page.text
        assert "The step itself: to do." in page.text
    assert "It is a step of their project “Of Bob”" in other.text
    assert "The step itself: done." in other.text
