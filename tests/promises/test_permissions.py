"""Every right is asked for where it is meant, and every route of a project or of staff asks."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.handlers import BaseRouteHandler

from firstmile.identity.guards import InProject
from firstmile.identity.models import Role
from firstmile.kernel.access import StaffRole
from firstmile.main import described, routes_by_permission
from firstmile.protect.guards import AsStaff
from firstmile.rights import PERMISSIONS

# What is asked for by a command, and by no route: whoever holds the machine is asked by it.
BY_COMMAND = {"staff.grant"}
OF_PROJECTS = ("/api/v1/projects/{project_id", "/projects/{project_id")
OF_STAFF = ("/api/v1/admin/", "/console")
# Whoever sits in another's place is no staff there, and gets out of it all the same.
OPEN_TO_ALL = {"POST /api/v1/admin/impersonation/end"}


def routes() -> Iterator[tuple[str, BaseRouteHandler]]:
    for route in described().routes:
        for handler in getattr(route, "route_handlers", ()):
            methods: set[Any] = getattr(handler, "http_methods", set())
            for method in sorted(methods - {"OPTIONS"}):
                yield f"{method} {route.path_format}", handler


ROUTES = dict(routes())


def guards_of(name: str, kind: type[object]) -> list[object]:
    return [guard for guard in ROUTES[name].resolve_guards() if isinstance(guard, kind)]


def under(*beginnings: str) -> list[str]:
    return sorted(name for name in ROUTES if name.partition(" ")[2].startswith(beginnings))


def test_there_are_routes_of_projects_and_of_staff() -> None:
    assert len(under(*OF_PROJECTS)) > 30
    assert under(*OF_STAFF)


@pytest.mark.asvs("8.1.1")
@pytest.mark.parametrize("name", under(*OF_PROJECTS))
def test_every_route_of_a_project_asks_for_one_right_in_it(name: str) -> None:
    assert len(guards_of(name, InProject)) == 1


@pytest.mark.asvs("8.1.1")
@pytest.mark.parametrize("name", [one for one in under(*OF_STAFF) if one not in OPEN_TO_ALL])
def test_every_route_of_staff_asks_for_a_right_of_staff(name: str) -> None:
    assert guards_of(name, AsStaff)


def test_every_right_is_asked_for() -> None:
    unasked = {one.name for one, asking in routes_by_permission().items() if not asking}

    assert unasked == BY_COMMAND


def test_every_right_that_keys_may_have_opens_a_route_to_them() -> None:
    opened = {
        guard.permission
        for name in ROUTES
        for guard in guards_of(name, InProject)
        if isinstance(guard, InProject) and guard.by_key
    }

    assert opened == {one for one in PERMISSIONS if one.is_for_keys}


def test_a_right_has_a_name_of_its_own_and_roles_of_its_side() -> None:
    assert len({one.name for one in PERMISSIONS}) == len(PERMISSIONS)
    for one in PERMISSIONS:
        assert one.roles
        assert one.roles <= frozenset[str](StaffRole if one.is_of_staff else Role)


def test_the_highest_role_has_every_right_of_its_side() -> None:
    for one in PERMISSIONS:
        assert (StaffRole.ADMIN if one.is_of_staff else Role.OWNER) in one.roles
