"""Who sits in the place of a person looks and changes nothing: every route is asked."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute
from tests.cast import Cast, Person

from firstmile.identity.cookies import Cookies
from firstmile.kernel.asgi import QUESTIONS, READS
from firstmile.kernel.database import Connection
from firstmile.main import _routes
from firstmile.service import Service

# What may be asked from any place: leaving it.
# Files, the mailbox, and what has no end.
NOT_LOOKED_AT = ("/static", "/dev", "/api/v1/embed/stream")
LEAVING = {
    "POST /api/v1/admin/impersonation/end",
    "POST /api/v1/auth/logout",
    "POST /impersonation/end",
    "POST /sign-out",
}
SOMETHING = "0192f0c1-7a5e-7000-8000-000000000001"
# Rows that a look leaves behind, and those by which a process says that it lives.
OF_LOOKING = {"sessions", "replicas"}


def routes(service: Service) -> Iterator[tuple[str, str, Any]]:
    """The method, the path and the handler of every route."""
    for route in _routes(service).routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in sorted(handler.http_methods - {"HEAD", "OPTIONS"}):
                    yield method, route.path_format, handler


def filled(path: str, **known: object) -> str:
    return re.sub(r"{(\w+)}", lambda part: str(known.get(part[1], SOMETHING)), path)


@pytest.fixture
async def alice(cast: Cast) -> Person:
    return await cast.alice()


@pytest.fixture
async def seat(cast: Cast, alice: Person) -> Person:
    """Sam in the place of Alice, who may do everything in her project."""
    sam = await cast.sam()
    path = f"/api/v1/admin/users/{alice.id}/impersonate"
    answer = await sam.post(path, {"reason": "To see what is refused"})
    return Person("Alice", alice.id, answer.json()["accessToken"], "", cast.client)


def test_only_leaving_is_open_from_any_place(service: Service) -> None:
    found = {
        f"{method} {path}"
        for method, path, handler in routes(service)
        if handler.opt.get("in_any_place")
    }

    assert found == LEAVING


async def test_every_change_is_refused_in_the_place_of_another(
    cast: Cast, service: Service, client: httpx.AsyncClient, alice: Person, seat: Person
) -> None:
    known = {"project_id": await cast.project_of(alice), "user_id": alice.id}
    changes = [
        (method, path)
        for method, path, _ in routes(service)
        if method not in READS and f"{method} {path}" not in LEAVING
        if not path.startswith(QUESTIONS)
    ]

    csrf = service.parts.get(Cookies).csrf.make("")
    client.cookies.set("csrf-token", csrf)

    told = {}
    for method, path in changes:
        form = None if path.startswith("/api/") else {"csrf": csrf}
        address = filled(path, **known)
        answer = await client.request(method, address, data=form, headers=seat.headers)
        told[f"{method} {path}"] = (answer.status_code, answer.json().get("error"))

    assert len(told) > 80
    assert {one for one, said in told.items() if said != (403, "not_while_impersonating")} == set()


async def test_no_look_changes_anything(
    cast: Cast,
    service: Service,
    client: httpx.AsyncClient,
    alice: Person,
    seat: Person,
    db: Connection,
) -> None:
    known = {"project_id": await cast.project_of(alice), "user_id": alice.id}
    await cast.work_off()
    before = await everything(db)

    statuses = set()
    for method, path, _ in routes(service):
        if method == "GET" and not path.startswith(NOT_LOOKED_AT):
            answer = await client.get(filled(path, **known), headers=seat.headers)
            statuses.add(answer.status_code)

    assert 200 in statuses
    assert max(statuses) < 500
    assert await everything(db) == before


async def everything(db: Connection) -> dict[str, str]:
    """What every table holds, as one number for each."""
    names = await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {
        name: await db.fetchval(
            f"SELECT coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '') FROM {name} AS t"
        )
        for (name,) in names
        if name not in OF_LOOKING
    }
