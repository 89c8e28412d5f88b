"""What a step asks for: others before it, whose word counts, whom it is for and until when."""

from datetime import date

import pytest
from tests.onboarding.test_definitions import HEAD, SECOND, mistakes_in, with_second

from firstmile.onboarding.deadlines import After, Due
from firstmile.onboarding.files.definitions import DefinitionsRefused, parse_definitions
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.requirements import Fix, Need
from firstmile.onboarding.verifying import Called, Counted
from firstmile.targeting.conditions import Condition, Op


def test_a_requirement_may_be_any_of_several_steps_with_its_reason_and_fix() -> None:
    text = with_second("""
        key: second
        requires:
          - first
          - any: [first, third]
            reason: {en: We need to know you., fr: Il faut vous connaître.}
            fix: {href: /hello, step: third}
    """)
    third = "  - {key: third, title: {en: T}, description: {en: D}, verification: {by: person}}\n"

    step = parse_definitions(text + third).steps[1]

    assert step.requires == ("first",)
    assert step.requires_any == (
        Need(
            ("first", "third"),
            {"en": "We need to know you.", "fr": "Il faut vous connaître."},
            Fix("/hello", "third"),
        ),
    )


@pytest.mark.parametrize(
    ("requires", "line", "message"),
    [
        ("[{any: [nowhere]}]", 0, "step 'second' requires 'nowhere', which is no step"),
        ("[{any: []}]", 1, "any is a list of one step or more"),
        ("[{all: [first]}]", 1, "'all' is not known here"),
        (
            "[{any: [first], fix: {href: 'javascript:alert(1)'}}]",
            1,
            "href is a path, or an http or https address",
        ),
        (
            "[{any: [first], fix: {href: //elsewhere.example/}}]",
            1,
            "href is a path, or an http or https address",
        ),
        ("[{any: [first], fix: {step: second}}]", 1, "the step of a fix is one of `any:`"),
        ("[{any: [first], reason: {fr: Oui}}]", 1, "reason is a text by language, with 'en'"),
        ("[7]", 1, "requires is a list of keys, and of `any:` with keys"),
        ("[{any: [second, first]}]", 0, "steps wait for each other: second -> second"),
    ],
)
def test_a_group_that_makes_no_sense_is_refused_with_its_line(
    requires: str, line: int, message: str
) -> None:
    text = with_second(f"key: second\nrequires: {requires}")

    assert (SECOND + line, message) in mistakes_in(text)


def test_a_route_may_wait_for_any_of_several_steps() -> None:
    found = parse_definitions(f"{HEAD}routes:\n  - {{path: /x, needs: [{{any: [first]}}]}}\n")

    assert found.routes == [GatedRoute("/x", needs_any=(Need(("first",)),))]


def test_a_step_says_who_verifies_it_for_whom_it_is_and_until_when() -> None:
    text = with_second("""
        key: second
        when: {allOf: [{attribute: plan, values: [pro]}, {attribute: seats, op: more, values: [5]}]}
        due: {days: 14, after: open}
        verification: {by: event, event: report_made, count: 3, within: 7 days}
    """)

    step = parse_definitions(text).steps[1]

    assert step.when == Condition(
        all_of=(
            Condition(attribute="plan", values=("pro",)),
            Condition(attribute="seats", op=Op.MORE, values=(5,)),
        )
    )
    assert step.due == Due(14, After.OPEN)
    assert step.event == Counted("report_made", 3, 7 * 86_400)
    assert (step.verified_by, step.by_person, step.call) == ("event", False, None)


def test_a_step_is_verified_by_a_server_at_an_address_and_due_on_a_date() -> None:
    text = with_second("""
        key: second
        due: {date: 2026-12-24}
        verification: {by: call, url: https://shop.example.com/verify}
    """)

    step = parse_definitions(text).steps[1]

    assert step.due == Due(on=date(2026, 12, 24))
    assert step.call == Called("https://shop.example.com/verify")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("verification: {by: event}", "'event' is missing"),
        ("verification: {by: event, event: e, count: 0}", "count is from 1 to 1000"),
        (
            "verification: {by: event, event: e, within: soon}",
            "within is a time such as `7 days`, a year at most",
        ),
        ("verification: {by: person, count: 2}", "count is for a step by `event`"),
        ("verification: {by: call, url: ftp://x}", "url is an https address"),
        ("verification: {by: call, url: 'https://x:99999/'}", "url is an https address"),
        ("verification: {by: call, url: 'https://[x/'}", "url is an https address"),
        ("due: {}", "due has either `days:` or `date:`"),
        ("due: {days: 3, date: 2026-12-24}", "due has either `days:` or `date:`"),
        ("due: {days: 3, after: lunch}", "days count after `start` or after `open`"),
        ("due: {date: tomorrow}", "date must be a date"),
        ("when: {segment: friends}", "when asks for attributes; segments and shares are for flags"),
        ("when: {attribute: seats, op: more, values: [many]}", "when.values is no number"),
        ("when: {plan: pro}", "when is no condition: Object contains unknown field `plan`"),
    ],
)
def test_what_makes_no_sense_of_a_step_is_refused(lines: str, message: str) -> None:
    assert message in [told for _, told in mistakes_in(with_second(f"key: second\n{lines}"))]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            """when: {allOf: [
              {attribute: seats, op: less, values: [5]},
              {attribute: seats, op: more, values: [9]}]}""",
            "nobody can meet this `when:`, whatever their seats",
        ),
        ("when: {attribute: roles, values: [boss]}", "whatever their roles"),
        ("when: {attribute: facts, values: [paid]}", "whatever their facts"),
        ("when: {anyOf: []}", "nobody can meet this `when:`"),
        (
            "markets: [FR]\nwhen: {attribute: market, values: [CA]}",
            "nobody can meet `when:` and `markets:` together",
        ),
    ],
)
def test_a_condition_that_nobody_can_meet_is_a_mistake(lines: str, told: str) -> None:
    with pytest.raises(DefinitionsRefused) as refused:
        parse_definitions(with_second(lines))

    (mistake,) = refused.value.mistakes
    line = next(n for n, one in enumerate(lines.splitlines()) if one.startswith("when:"))
    assert (mistake.line, mistake.code) == (SECOND + line, "when_nobody")
    assert str(mistake).endswith(f"{told} [when_nobody]")


def test_a_route_that_nobody_can_pass_is_a_mistake() -> None:
    text = f"{HEAD}routes:\n  - {{path: /x, when: {{attribute: roles, values: [boss]}}}}\n"

    assert [line for line, _ in mistakes_in(text)] == [7]


def test_two_things_that_a_list_can_hold_are_no_mistake() -> None:
    both = "{allOf: [{attribute: plan, values: [sso]}, {attribute: plan, values: [scim]}]}"

    assert parse_definitions(with_second(f"when: {both}")).steps[1].when is not None
