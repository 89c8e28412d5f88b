"""One place lets people in: the policy says yes, the door begins, and every route asks the door."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.promises.source import Function, functions, trees

# What a route may ask for a session, each of which asks the policy (`Admission`, `Sessions`).
DOOR = {"admit", "proceed", "step_up", "impersonate", "refresh"}
# What puts a session into somebody's hands: tokens, or cookies.
GIVES = {
    "identity/routes_session.py:tokens_of",
    "identity/entering.py:cookies_after",
    "identity/entering.py:session_cookies",
    "web/impersonating.py:seat_cookies",
}
# Who gives a cookie of a session that began before, and why.
GIVES_BACK = {
    "web/impersonating.py:leave": "one's own session, which waited while one sat in another's",
}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    """The last word of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def callers(name: str) -> set[str]:
    """The files that call something by this name."""
    return {path for path, tree in trees().items() if name in map(name_of, calls(tree))}


def is_route(function: Function) -> bool:
    verbs = {"get", "post", "put", "patch", "delete"}
    return any(
        isinstance(one, ast.Call) and ast.unparse(one.func) in verbs
        for one in function.decorator_list
    )


def imports(tree: ast.Module) -> dict[str, str]:
    """Where the names of a file come from: the path of another, and the name in it."""
    return {
        alias.asname or alias.name: f"{node.module.removeprefix('firstmile.').replace('.', '/')}.py"
        f":{alias.name}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("firstmile.")
        for alias in node.names
        if node.module
    }


def part_of(value: ast.expr) -> str | None:
    """`SecondFactors` of `visit.part(SecondFactors)`; None of anything else."""
    is_part = isinstance(value, ast.Call) and name_of(value) == "part"
    return ast.unparse(value.args[0]) if is_part and isinstance(value, ast.Call) else None


def named_parts(function: Function) -> dict[str, str]:
    """The parts that a function gives names to: `works` of `works = visit.part(Works)`."""
    found: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=True))
            found |= {ast.unparse(name): kind for name, one in pairs if (kind := part_of(one))}
    return found


def asked(call: ast.Call, parts: dict[str, str]) -> str:
    """`SecondFactors.confirm` for a method of a part, else the name as it is written."""
    called = call.func
    if isinstance(called, ast.Attribute):
        kind = part_of(called.value) or parts.get(ast.unparse(called.value))
        if kind is not None:
            return f"{kind}.{called.attr}"
    return ast.unparse(called)


@cache
def led_to() -> dict[str, set[str]]:
    """What every function and method calls, by place: its own file, or the one it imports from."""
    found: dict[str, set[str]] = {}
    for path, tree in trees().items():
        known = imports(tree)
        for inside, function in defined(tree):
            parts = named_parts(function)
            found[f"{path}:{inside}{function.name}"] = {
                _place(path, known, asked(call, parts)) for call in calls(function)
            }
    return found


def defined(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Every function of a file, and every method after the name of its class."""
    yield from (("", node) for node in tree.body if isinstance(node, Function))
    for owner in tree.body:
        if isinstance(owner, ast.ClassDef):
            yield from ((f"{owner.name}.", one) for one in owner.body if isinstance(one, Function))


def _place(path: str, known: dict[str, str], called: str) -> str:
    first, dot, rest = called.partition(".")
    return f"{known[first]}{dot}{rest}" if first in known else f"{path}:{called}"


def reached(place: str) -> set[str]:
    """Every place that a function leads to, and that those lead to in turn."""
    found: set[str] = set()
    waiting = {place}
    while waiting:
        found |= waiting
        waiting = {inner for one in waiting for inner in led_to().get(one, ())} - found
    return found


def routes() -> list[str]:
    """Every route and page, by its place."""
    return [
        f"{path}:{function.name}"
        for path, tree in trees().items()
        for function in functions(tree)
        if is_route(function)
    ]


def is_of(places: set[str], wanted: set[str]) -> bool:
    """Whether one of these names is called, as a function or as a method of whatever."""
    return bool({re.split(r"[.:]", place)[-1] for place in places} & wanted)


def test_only_the_policy_says_yes() -> None:
    assert callers("Allowed") == {"identity/policy.py"}


def test_sessions_begin_at_the_door_alone() -> None:
    """`Sessions.begin` and `renew` take an `Allowed`, which only the policy makes."""
    begun = {
        path
        for path, tree in trees().items()
        for call in calls(tree)
        if name_of(call) in ("begin", "renew") and "sessions" in ast.unparse(call.func).lower()
    }

    assert begun == {"identity/admission.py"}


def test_a_row_of_a_session_is_written_in_one_place() -> None:
    assert callers("add_session") == {"identity/sessions.py"}


def test_a_session_becomes_a_cookie_in_two_places() -> None:
    given = {
        path
        for path, tree in trees().items()
        for call in calls(tree)
        if name_of(call) == "begin" and "cookies" in ast.unparse(call.func).lower()
    }

    assert given == {"identity/entering.py", "web/impersonating.py"}


def test_the_proof_of_staff_is_made_where_they_take_a_seat() -> None:
    """Such a session is marked with who sits in it; made elsewhere it would be a way around."""
    making = {
        path
        for path, tree in trees().items()
        for call in calls(tree)
        if name_of(call) in ("Proof", "proof")
        and any(ast.unparse(given) == "Method.STAFF" for given in call.args)
    }

    assert making == {"identity/admission.py"}


def test_every_route_that_gives_a_session_asks_the_door() -> None:
    leading = {place: reached(place) for place in routes()}
    giving = {place: places for place, places in leading.items() if places & GIVES}
    others = leading.keys() - giving.keys()

    assert len(giving) > 15
    assert {place for place, places in giving.items() if not is_of(places, DOOR)} == set()
    assert len([place for place in others if is_of(leading[place], DOOR)]) < 5  # it tells apart


def test_every_route_that_takes_a_cookie_off_the_shelf_is_known() -> None:
    """`Cookies.begin` is called by no route but through `entering`, save for these."""
    direct = {
        f"{path}:{function.name}"
        for path, tree in trees().items()
        for function in functions(tree)
        if is_route(function)
        and any(
            name_of(call) == "begin" and ast.unparse(call.func).startswith("cookies")
            for call in calls(function)
        )
    }

    assert direct == set(GIVES_BACK)
