"""What is wrong with a content is told before anybody sees it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from firstmile.guidance.lint import Finding, Level, Surroundings, findings
from firstmile.guidance.models import Content
from firstmile.guidance.places import fitting
from firstmile.protect.places import place_of

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
AROUND = Surroundings(
    NOW,
    targets=frozenset({"invite-button"}),
    flags=frozenset({"reports"}),
    segments=frozenset({"beta"}),
    steps=frozenset({"verify-email"}),
    permissions=frozenset({"project.read"}),
)
WORDS = {"en": {"title": "Invite"}, "fr": {"title": "Inviter"}}


def content(**given: Any) -> Content:
    body = {"key": "a-tip", "kind": "tip", "target": "invite-button", "words": WORDS} | given
    return msgspec.convert(body, Content)


def found(**given: Any) -> set[tuple[str, str]]:
    return {(one.code, one.level) for one in findings(content(**given), AROUND)}


def step(number: int) -> dict[str, Any]:
    return {"key": f"step-{number}", "words": WORDS}


def tour(steps: int) -> list[Finding]:
    whole = content(kind="tour", target=None, steps=[step(number) for number in range(steps)])
    return findings(whole, AROUND)


def test_a_good_content_has_nothing_to_say() -> None:
    assert found() == set()
    assert tour(3) == []


def test_long_tours_warn_and_too_long_ones_need_a_reason() -> None:
    assert [(one.code, one.level) for one in tour(5)] == [("many_steps", Level.WARNING)]
    assert [(one.code, one.may_be_overridden) for one in tour(6)] == [("too_many_steps", True)]


@pytest.mark.parametrize(
    ("given", "code", "level"),
    [
        ({"key": "A tip"}, "key", "broken"),
        ({"words": {"en": {"title": "x", "body": "<b>y</b>"}}}, "text", "broken"),
        ({"words": {"en": {"title": "x"}, "xx": {}}}, "language", "broken"),
        ({"words": {"fr": {"title": "x"}}}, "title", "error"),
        ({"words": {"en": {"title": "x"}}}, "translation", "warning"),
        ({"target": None}, "target", "error"),
        ({"target": "gone"}, "target_unknown", "warning"),
        ({"routes": ["projects"]}, "route", "broken"),
        ({"href": "javascript:alert(1)"}, "href", "broken"),
        ({"frequency": {"times": "every"}}, "frequency", "broken"),
        ({"flag": "gone"}, "unreachable", "error"),
        ({"when": {"segment": "gone"}}, "segment", "error"),
        ({"when": {"attribute": "a", "op": "less", "values": ["x"]}}, "condition", "broken"),
        ({"when": {"attribute": "colour", "values": ["x"]}}, "attribute", "warning"),
        ({"endsAt": (NOW - timedelta(days=1)).isoformat()}, "unreachable", "error"),
        ({"kind": "gate"}, "needs", "error"),
        ({"kind": "gate", "needs": {"steps": ["gone"]}}, "unreachable", "error"),
        ({"kind": "tour"}, "steps", "error"),
        ({"steps": [step(1)]}, "steps", "broken"),
        ({"kind": "tour", "steps": [step(1), step(1)]}, "key_twice", "broken"),
        *(
            ({"kind": "tour", "steps": [{**step(1), "route": route}]}, "route", "broken")
            for route in ("//evil.example/x", "/\\evil.example", "!/orders", "/orders/*", "orders")
        ),
    ],
)
def test_each_mistake_is_found(given: dict[str, Any], code: str, level: str) -> None:
    assert (code, level) in found(**given)


@pytest.mark.parametrize(
    ("target", "routes", "is_elsewhere"),
    [
        ("invite-button", ["/projects/*"], True),
        ("invite-button", ["firstmile:/projects/*"], False),
        ("invite-button", ["/projects/*", "firstmile:/home"], False),
        ("invite-button", ["!/admin/*"], False),
        ("orders", ["firstmile:/home"], True),
        ("orders", ["/orders"], False),
        ("both", ["/orders"], False),
        ("gone", ["/orders"], False),
    ],
)
def test_a_target_that_only_pages_of_the_other_kind_have_is_warned_of(
    target: str, routes: list[str], *, is_elsewhere: bool
) -> None:
    ours, theirs = frozenset({"invite-button", "both"}), frozenset({"orders", "both"})
    around = replace(AROUND, targets=ours | theirs, targets_of={True: ours, False: theirs})
    step = {"key": "one", "words": WORDS, "target": target, "route": routes[0]}
    tip = findings(content(target=target, routes=routes), around)
    tour = findings(content(kind="tour", target=None, steps=[step]), around)

    assert ("target_elsewhere" in {one.code for one in tip}) is is_elsewhere
    if len(routes) == 1:
        assert ("target_elsewhere" in {one.code for one in tour}) is is_elsewhere


def a(attribute: str, op: str, *values: Any) -> dict[str, Any]:
    return {"attribute": attribute, "op": op, "values": list(values)}


@pytest.mark.parametrize(
    "when",
    [
        {"allOf": [a("market", "is", "CA"), a("market", "is", "FR")]},
        {"allOf": [a("market", "is", "CA"), a("market", "is_not", "CA", "FR")]},
        {"allOf": [a("daysSinceSignUp", "less", 3), a("daysSinceSignUp", "more", 7)]},
        {"allOf": [a("market", "absent"), a("market", "is", "CA")]},
        {"allOf": [{"segment": "beta"}, {"noneOf": [{"segment": "beta"}]}]},
        {"allOf": [a("locale", "is", "de")]},
        {"allOf": [a("roles", "is", "owner"), a("roles", "is_not", "owner")]},
        {"anyOf": []},
        {"allOf": [a("at", "before", "2026-01-01"), a("at", "after", "2026-02-01")]},
        {"share": {"salt": "s", "begin": 10, "end": 10}},
    ],
)
def test_what_nobody_can_meet_is_a_contradiction(when: dict[str, Any]) -> None:
    assert ("contradiction", "error") in found(when=when)


@pytest.mark.parametrize(
    "when",
    [
        {"allOf": [a("roles", "is", "owner"), a("roles", "is", "admin")]},
        {"allOf": [a("daysSinceSignUp", "more", 3), a("daysSinceSignUp", "less", 3.5)]},
        {"anyOf": [a("market", "is", "CA"), {"allOf": [a("known", "is", True)]}]},
        {"allOf": [a("market", "matches", "^C"), a("market", "matches", "^F")]},
        {"allOf": [a("plan", "is", "sso"), a("plan", "is", "scim")]},
    ],
)
def test_what_somebody_can_meet_is_none(when: dict[str, Any]) -> None:
    assert ("contradiction", "error") not in found(when=when)


@pytest.mark.parametrize(
    ("patterns", "route", "is_shown"),
    [
        ([], "/anything", True),
        (["/projects/*"], "/projects", True),
        (["/projects/*"], "/projects/1/keys?x=1#y", True),
        (["/projects/*"], "/projectsx", False),
        (["/projects/:id"], "/projects/1", True),
        (["/projects/:id"], "/projects/1/keys", False),
        (["/*", "!/console/*"], "/console/flags", False),
        (["!/console/*"], "/home", True),
        (["/"], "https://app.example/", True),
        (["/a.b"], "/axb", False),
        (["/home"], "firstmile:/home", False),
        (["firstmile:/home"], "/home", False),
        (["firstmile:/home"], "firstmile:/home/?x=1", True),
        (["firstmile:/projects/:id"], "firstmile:/projects/1", True),
        (["/home", "firstmile:/*"], "firstmile:/", True),
        ([], "firstmile:/home", True),
        (["!/console/*"], "firstmile:/console/flags", True),
        (["!firstmile:/*"], "firstmile:/home", False),
    ],
)
def test_routes_fit_their_patterns(patterns: list[str], route: str, is_shown: bool) -> None:
    assert fitting(patterns)(place_of(route)) is is_shown
