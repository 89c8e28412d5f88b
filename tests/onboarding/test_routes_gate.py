"""The gate as proxies and applications ask it."""

from uuid import UUID, uuid4

import httpx
from tests.cast import Cast, Person
from tests.identity.teams import a_team
from tests.onboarding.test_routes import is_problem
from tests.onboarding.test_shared_steps import BANK, gated, settle

from firstmile.service import Service


async def gate(person: Person, route: str, **headers: str) -> httpx.Response:
    return await person.get("/api/v1/gate", params={"route": route}, headers=headers)


async def test_the_gate_lets_pass_whoever_did_the_steps(cast: Cast) -> None:
    dana = await cast.dana()

    opened, closed = await gate(dana, "/anything"), await gate(dana, "/projects/7")

    assert (opened.status_code, opened.json()) == (200, {"allowed": True})
    assert opened.headers["x-firstmile-user"] == str(dana.id)
    assert is_problem(closed, 409, "step_blocked")
    assert closed.json()["blockedBy"] == ["complete-profile"]
    assert closed.headers["x-firstmile-reason"] == "step_blocked"
    assert closed.headers["x-firstmile-next"] == "/onboarding/complete-profile"


async def test_the_gate_of_owners_is_closed_to_bob(cast: Cast) -> None:
    acme = await cast.project_of(await cast.alice())
    bob = await cast.bob(acme)

    closed = await gate(bob, "/billing/card")

    assert is_problem(closed, 403, "owner_required")
    assert (await gate(bob, "/projects")).status_code == 200


async def test_nginx_hears_every_refusal_as_403(cast: Cast) -> None:
    dana = await cast.dana()

    answer = await dana.get(
        "/api/v1/gate", params={"blocked": 403}, headers={"x-original-uri": "/billing?x=1"}
    )

    assert is_problem(answer, 403, "step_blocked")


async def test_the_gate_hears_the_route_from_a_proxy(cast: Cast) -> None:
    dana = await cast.dana()

    by_caddy = await dana.get("/api/v1/gate", headers={"x-forwarded-uri": "/projects"})
    by_envoy = await dana.get("/api/v1/gate/for/projects/7?route=/open")

    assert by_caddy.status_code == by_envoy.status_code == 409


async def test_the_gate_needs_a_route(cast: Cast) -> None:
    dana = await cast.dana()

    answer = await dana.get("/api/v1/gate")

    assert is_problem(answer, 422, "invalid")
    assert [one["field"] for one in answer.json()["details"]] == ["route"]


async def test_of_two_forwarded_addresses_both_must_be_free(cast: Cast) -> None:
    dana = await cast.dana()
    told = {"x-original-uri": "/billing", "x-forwarded-uri": "/public"}

    both = await dana.get("/api/v1/gate", headers=told)
    one = await dana.get("/api/v1/gate", headers={"x-forwarded-uri": "/public"})

    assert (both.status_code, one.status_code) == (409, 200)


async def test_a_proxy_may_put_the_gate_before_the_path(cast: Cast) -> None:
    dana = await cast.dana()

    gated = await dana.get("/api/v1/gate/for/billing/7?route=/public")
    free = await dana.get("/api/v1/gate/for/team")
    front = [await dana.get(f"/api/v1/gate/for{end}") for end in ("", "/")]

    assert (gated.status_code, free.status_code) == (409, 200)
    assert [one.status_code for one in front] == [200, 200]


async def test_a_proxy_names_the_project_by_its_own_header(cast: Cast, service: Service) -> None:
    team = await a_team(cast)
    await gated(service, BANK)
    made = await team.bob.post("/api/v1/projects", {"name": "Of Bob"})
    second = made.json()["id"]
    bob = await cast.sign_in("Bob")
    await settle(bob, "bank", "done", project=UUID(second))

    async def asked(*named: str, query: str = "") -> int:
        headers = [*bob.headers.items(), *(("X-Firstmile-Project", one) for one in named)]
        path = f"/api/v1/gate/for/billing/7{query}"
        return (await bob.client.get(path, headers=headers)).status_code

    assert await asked() == await asked(str(team.project)) == 409
    assert await asked(second) == 200
    assert await asked(query=f"?project={second}") == 409  # the query is the visitor's
    assert await asked(str(uuid4())) == 404
    for named in (["acme"], [second, str(team.project)], [f"{second}, {team.project}"]):
        assert await asked(*named) == 422
    # Elsewhere the project is in the address, and a visitor's header changes nothing.
    path, headers = "/api/v1/gate?route=/billing", {"X-Firstmile-Project": second}
    assert (await bob.get(path, headers=headers)).status_code == 409
