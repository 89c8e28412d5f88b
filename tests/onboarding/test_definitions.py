"""Definitions that are read, and the line of everything that is wrong with others."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from firstmile.onboarding.files.definitions import (
    DefinitionsRefused,
    Mistake,
    parse_definitions,
    read_definitions,
)
from firstmile.onboarding.files.fields import FACTS
from firstmile.onboarding.gates import GatedRoute

HEAD = """\
steps:
  - key: first
    title: {en: First, fr: Premier}
    description: {en: One, fr: Un}
    verification: {by: person}
"""
# Where the lines of a second step begin.
SECOND = 6


def mistakes_in(text: str) -> list[tuple[int, str]]:
    with pytest.raises(DefinitionsRefused) as refused:
        parse_definitions(text)
    return [(mistake.line, mistake.message) for mistake in refused.value.mistakes]


def with_second(lines: str) -> str:
    """A file whose second step says `lines`, beside what every step needs."""
    given = dedent(lines).strip("\n")
    needed = {
        "key": "key: second",
        "title": "title: {en: Second}",
        "description": "description: {en: Two}",
        "verification": "verification: {by: person}",
    }
    rest = [line for name, line in needed.items() if f"{name}:" not in given]
    body = indent("\n".join([given, *rest]), "    ")
    return f"{HEAD}  - {body.lstrip()}\n"


def test_a_step_has_defaults_for_what_it_does_not_say() -> None:
    step = parse_definitions(HEAD).steps[0]

    assert (step.key, step.version, step.required, step.weight) == ("first", 1, True, 1)
    assert (step.roles, step.markets, step.requires) == (frozenset(), frozenset(), ())
    assert (step.fact, step.by_person, step.href) == (None, True, "/onboarding/first")


def test_a_step_says_everything_about_itself() -> None:
    text = with_second("""
        key: second
        version: 3
        required: false
        weight: 5
        roles: [owner, admin]
        markets: [CA, FR]
        requires: [first]
        verification: {by: fact, fact: email_verified}
        href: /settings/second
    """)

    step = parse_definitions(text).steps[1]

    assert (step.version, step.required, step.weight) == (3, False, 5)
    assert step.roles == {"owner", "admin"}
    assert step.markets == {"CA", "FR"}
    assert step.requires == ("first",)
    assert (step.fact, step.by_person) == ("email_verified", False)
    assert step.href == "/settings/second"


def test_a_route_waits_for_steps_and_roles() -> None:
    found = parse_definitions(f"{HEAD}routes:\n  - {{path: /x, needs: [first], roles: [owner]}}\n")

    assert found.routes == [GatedRoute("/x", ("first",), frozenset({"owner"}))]


@pytest.mark.parametrize("fact", FACTS)
def test_a_step_may_wait_for_each_fact_that_is_reported(fact: str) -> None:
    text = with_second(f"verification: {{by: fact, fact: {fact}}}")

    assert parse_definitions(text).steps[1].fact == fact


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        ("key: second\nkey: other", (SECOND + 1, "this is not YAML: 'key' stands twice")),
        ("key: first", (SECOND, "the key 'first' stands twice")),
        ("key: Second", (SECOND, "'Second' is not a key: use a-z, 0-9 and -")),
        ("key: s", (SECOND, "'s' is not a key: use a-z, 0-9 and -")),
        ("key: 7", (SECOND, "key must be text")),
        ("color: red", (SECOND, "'color' is not known here")),
        ("version: two", (SECOND, "version must be a whole number")),
        ("version: true", (SECOND, "version must be a whole number")),
        ("version: 0", (SECOND, "version is from 1 to 10000")),
        ("weight: 1.5", (SECOND, "weight must be a whole number")),
        ("weight: -1", (SECOND, "weight is from 1 to 10000")),
        ("required: maybe", (SECOND, "required must be true or false")),
        ("requires: first", (SECOND, "requires must be a list")),
        ("requires: [1]", (SECOND, "requires is a list of keys, and of `any:` with keys")),
        ("requires: [third]", (SECOND, "step 'second' requires 'third', which is no step")),
        ("roles: owner", (SECOND, "roles must be a list")),
        ("roles: 5", (SECOND, "roles must be a list")),
        (
            "roles: [boss]",
            (SECOND, "'boss' is not one of ('owner', 'admin', 'member', 'viewer')"),
        ),
        ("href: [x]", (SECOND, "href must be text")),
        ("title: Second", (SECOND, "title must be a mapping")),
        ("title: {fr: Second}", (SECOND, "title has no 'en'")),
        ("title:\n  en: Second\n  de: Zweiter", (SECOND + 2, "we do not speak 'de'")),
        ("title:\n  en: Second\n  fr: ' '", (SECOND + 2, "title in 'fr' is empty")),
        ("description:\n  en: 5", (SECOND + 1, "description in 'en' is empty")),
        ("verification: person", (SECOND, "verification must be a mapping")),
        (
            "verification: {by: magic}",
            (SECOND, "verification is by one of: person, fact, event, call"),
        ),
        ("verification: {by: fact}", (SECOND, "'fact' is missing")),
        (
            "verification:\n  by: fact\n  fact: moon_full",
            (SECOND + 2, f"the fact is one of: {', '.join(FACTS)}"),
        ),
        (
            "verification:\n  by: person\n  when: now",
            (SECOND + 2, "'when' is not known here"),
        ),
    ],
)
def test_a_mistake_in_a_step_is_told_with_its_line(lines: str, mistake: tuple[int, str]) -> None:
    assert mistakes_in(with_second(lines)) == [mistake]


@pytest.mark.parametrize("name", ["key", "title", "description", "verification"])
def test_a_step_needs_its_fields(name: str) -> None:
    lines = [line for line in HEAD.splitlines() if f"{name}:" not in line]
    text = "\n".join(["steps:", "  - required: true", *(x.replace("- ", "  ") for x in lines[1:])])

    assert mistakes_in(text) == [(2, f"'{name}' is missing")]


@pytest.mark.parametrize(
    ("route", "mistakes"),
    [
        ("needs: [first]", ["'path' is missing"]),
        ("path: /x", ["a route needs `needs:`, `roles:`, `markets:` or `when:`"]),
        ("{path: /x, needs: []}", ["a route needs `needs:`, `roles:`, `markets:` or `when:`"]),
        ("{path: /x, needs: [gone]}", ["route '/x' needs 'gone', which is no step"]),
        ("{path: x, needs: [first]}", ["a path is plain, like /billing/invoices"]),
        ("{path: /, needs: [first]}", ["a path is plain, like /billing/invoices"]),
        ("{path: /X, needs: [first]}", ["a path is plain, like /billing/invoices"]),
        ("{path: /x/, needs: [first]}", ["a path is plain, like /billing/invoices"]),
        ("{path: /a/../x, needs: [first]}", ["a path is plain, like /billing/invoices"]),
        ("{path: '/x?a=1', needs: [first]}", ["a path is plain, like /billing/invoices"]),
        ("{path: 7, needs: [first]}", ["path must be text"]),
        ("{path: /x, needs: first}", ["needs must be a list"]),
        ("{path: /x, needs: [first], who: me}", ["'who' is not known here"]),
        (
            "{path: /x, roles: [king]}",
            ["'king' is not one of ('owner', 'admin', 'member', 'viewer')"],
        ),
        ("just words", ["each of routes is a mapping"]),
    ],
)
def test_a_mistake_in_a_route_is_told_with_its_line(route: str, mistakes: list[str]) -> None:
    found = mistakes_in(f"{HEAD}routes:\n  - {route}\n")

    assert [message for _, message in found] == mistakes
    assert {line for line, _ in found} <= {6, 7}


def test_a_path_stands_once() -> None:
    twice = "routes:\n  - {path: /x, needs: [first]}\n  - {path: /x, roles: [owner]}\n"

    assert mistakes_in(HEAD + twice) == [(8, "the path '/x' stands twice")]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", (1, "a file holds `steps:` and, if you like, `routes:`")),
        ("- a\n- b", (1, "a file holds `steps:` and, if you like, `routes:`")),
        ("steps: 5", (1, "steps must be a list")),
        ("steps: words", (1, "steps must be a list")),
        ("steps: {a: 1}", (1, "steps must be a list")),
        ("steps: []\nsteps: []", (2, "this is not YAML: 'steps' stands twice")),
        ("steps: []\nextra: 1", (2, "'extra' is not known here")),
        ("steps:\n  - one", (1, "each of steps is a mapping")),
        ("steps: []\nroutes: 1", (2, "routes must be a list")),
        ("steps:\n  - key: a\n b", (3, "this is not YAML: ")),
        ("steps: &a [*a]", (1, "this is not YAML: write out what *a stands for")),
        ("steps:\n  - !!python/object:os.system {}", (2, "this is not YAML: could not determine")),
        ("steps:\n  - key: \x07", (2, "this is not YAML: special characters are not allowed")),
    ],
)
def test_a_file_that_is_something_else_is_told_with_its_line(
    text: str, mistake: tuple[int, str]
) -> None:
    (line, message), *_ = mistakes_in(text)

    assert line == mistake[0]
    assert message.startswith(mistake[1])


def test_every_mistake_is_told_at_once() -> None:
    lines = [line for line, _ in mistakes_in(with_second("version: 0\nweight: 0\ncolor: red"))]

    assert sorted(lines) == [SECOND, SECOND + 1, SECOND + 2]


@pytest.mark.parametrize(
    ("requires", "cycles"),
    [
        ({"aa": ["aa"]}, ["aa -> aa"]),
        ({"aa": ["bb"], "bb": ["aa"]}, ["aa -> bb -> aa"]),
        ({"aa": ["cc"], "bb": ["aa"], "cc": ["bb"]}, ["aa -> cc -> bb -> aa"]),
        ({"aa": ["bb"], "bb": ["cc"], "cc": ["bb"]}, ["bb -> cc -> bb"]),
        (
            {"aa": ["bb"], "bb": ["aa"], "cc": ["dd"], "dd": ["cc"]},
            ["aa -> bb -> aa", "cc -> dd -> cc"],
        ),
    ],
)
def test_steps_that_wait_for_each_other_are_named(
    requires: dict[str, list[str]], cycles: list[str]
) -> None:
    told = [message for _, message in mistakes_in(waiting(requires))]

    assert told == [f"steps wait for each other: {cycle}" for cycle in cycles]


def test_steps_may_meet_again_without_waiting_for_each_other() -> None:
    diamond = {"aa": [], "bb": ["aa"], "cc": ["aa"], "dd": ["bb", "cc"]}

    assert [step.key for step in parse_definitions(waiting(diamond)).steps] == list(diamond)


def waiting(requires: dict[str, list[str]]) -> str:
    """Steps that require each other as given."""
    steps = [
        f"  - {{key: {key}, title: {{en: T}}, description: {{en: D}},"
        f" verification: {{by: person}}, requires: [{', '.join(keys)}]}}"
        for key, keys in requires.items()
    ]
    return "\n".join(["steps:", *steps])


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    (tmp_path / "20-later.yaml").write_text(waiting({"later": ["sooner"]}))
    (tmp_path / "10-sooner.yaml").write_text(waiting({"sooner": []}))
    (tmp_path / "notes.txt").write_text("nothing of ours")

    assert [step.key for step in read_definitions(tmp_path).steps] == ["sooner", "later"]


def test_a_mistake_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(waiting({"aa": []}))
    (tmp_path / "b.yaml").write_text("\n" + waiting({"aa": [], "bb": ["zz"]}))

    with pytest.raises(DefinitionsRefused) as refused:
        read_definitions(tmp_path)

    assert refused.value.mistakes == [
        Mistake("b.yaml", 3, "the key 'aa' stands twice"),
        Mistake("b.yaml", 4, "step 'bb' requires 'zz', which is no step"),
    ]
    assert str(refused.value).splitlines()[0] == "b.yaml:3: the key 'aa' stands twice"


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionsRefused, match="there is no"):
        read_definitions(tmp_path)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "steps.yaml").write_bytes("steps: [é]".encode("latin-1"))

    with pytest.raises(DefinitionsRefused, match=r"steps\.yaml:0: this is not UTF-8"):
        read_definitions(tmp_path)
