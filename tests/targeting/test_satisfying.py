"""The search for somebody who meets a condition says what trying everybody says."""

import sys
from collections.abc import Sequence
from itertools import combinations, product
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmile.targeting.compiling import compiled_condition
from firstmile.targeting.conditions import Condition, Op, Share
from firstmile.targeting.satisfying import can_be_met, contradicted, is_met_by_all
from firstmile.targeting.worlds import Kind, World

WORLDS = {
    "roles": World(Kind.LIST, ("owner", "member"), is_always=True),
    "seats": World(Kind.NUMBER),
    "known": World(Kind.YES_NO, is_always=True),
    "locale": World(Kind.TEXT, ("en", "fr")),
}
THINGS = ("a", "A", 1, 2, True)
LISTS = [list(some) for size in range(6) for some in combinations((*THINGS, "another"), size)]
DATES = ("2026-01-01", "2026-02-01")
# All that can make a difference to comparisons with THINGS and DATES: what they are, what is
# between and beside them as a number, a text and a moment, and lists.
EVERYTHING: dict[str, Sequence[Any]] = {
    "roles": [[], ["owner"], ["member"], ["owner", "member"]],
    "seats": [None, 0, 1, 1.5, 2, 3, 1_768_000_000, 4_000_000_000],
    "known": [True, False],
    "locale": [None, "en", "fr"],
    "plan": [
        *(None, True, False, 0, 1, 1.5, 2, 3, 1_768_000_000, 4_000_000_000, "1", "2", "true"),
        *("a", "A", "ab", "another", "1999-01-01", "2026-01-15", "2027-01-01", *DATES),
        *LISTS,
    ],
}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "roles": st.sampled_from(["owner", "member", "boss"]),
    "seats": st.sampled_from([1, 2]),
    "known": st.booleans(),
    "locale": st.sampled_from(["en", "fr", "de"]),
    "plan": st.sampled_from(THINGS),
}
ONE_NUMBER = (Op.LESS, Op.LESS_OR_EQUAL, Op.MORE, Op.MORE_OR_EQUAL)
TEXTS = (Op.STARTS_WITH, Op.ENDS_WITH, Op.CONTAINS, Op.MATCHES)


def compared(attribute: str) -> st.SearchStrategy[Condition]:
    """Comparisons that the search understands."""

    def by(ops: Sequence[Op], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
        return st.builds(
            Condition, attribute=st.just(attribute), op=st.sampled_from(ops), values=values
        )

    return st.one_of(
        by((Op.IS, Op.IS_NOT), st.lists(VALUES[attribute], min_size=1, max_size=3).map(tuple)),
        by((Op.PRESENT, Op.ABSENT), st.just(())),
        by(ONE_NUMBER, st.sampled_from([(1,), (2,)])),
        by((Op.BEFORE, Op.AFTER), st.sampled_from([(date,) for date in DATES])),
    )


def not_understood(attribute: str) -> st.SearchStrategy[Condition]:
    texts = st.builds(
        Condition,
        attribute=st.just(attribute),
        op=st.sampled_from(TEXTS),
        values=st.sampled_from([("a",), ("b",)]),
        ignore_case=st.booleans(),
    )
    lax = st.builds(
        msgspec.structs.replace, compared(attribute), ignore_case=st.booleans(), loose=st.booleans()
    )
    return texts | lax


def combined(comparisons: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return st.recursive(
        comparisons,
        lambda parts: st.builds(
            lambda name, within: msgspec.structs.replace(Condition(), **{name: tuple(within)}),
            st.sampled_from(["all_of", "any_of", "none_of"]),
            st.lists(parts, max_size=3),
        ),
        max_leaves=6,
    )


def everybody(condition: Condition, *attributes: str) -> list[bool]:
    """What a condition says of everybody there is."""
    holds = compiled_condition(condition, {})
    people = product(*(EVERYTHING[one] for one in attributes))
    return [holds(dict(zip(attributes, person, strict=True))) for person in people]


@settings(max_examples=200)
@given(combined(compared("plan")))
def test_of_an_attribute_nothing_is_known_of(condition: Condition) -> None:
    found = everybody(condition, "plan")

    assert can_be_met(condition, WORLDS) is any(found)
    assert is_met_by_all(condition, WORLDS) is all(found)


@settings(max_examples=200)
@given(combined(st.one_of(*(compared(one) for one in WORLDS))))
def test_of_attributes_whose_values_are_known(condition: Condition) -> None:
    found = everybody(condition, *WORLDS)

    assert can_be_met(condition, WORLDS) is any(found)
    assert is_met_by_all(condition, WORLDS) is all(found)


@settings(max_examples=200)
@given(combined(not_understood("plan") | compared("plan")))
def test_what_is_not_understood_is_never_called_impossible(condition: Condition) -> None:
    found = everybody(condition, "plan")

    assert can_be_met(condition, WORLDS) or not any(found)
    assert not is_met_by_all(condition, WORLDS) or all(found)


def a(attribute: str, *values: Any, op: Op = Op.IS) -> Condition:
    return Condition(attribute=attribute, op=op, values=values)


def both(*parts: Condition) -> Condition:
    return Condition(all_of=parts)


def test_it_names_the_attributes_that_stand_in_the_way() -> None:
    seats = both(a("seats", 5, op=Op.LESS), a("seats", 5, op=Op.MORE))
    roles = both(a("roles", "owner"), a("roles", "boss"))

    assert contradicted(both(a("plan", "pro"), seats), WORLDS) == ("seats",)
    assert contradicted(Condition(any_of=(seats, roles)), WORLDS) == ("roles", "seats")
    assert contradicted(Condition(any_of=()), WORLDS) == ()
    assert contradicted(a("plan", "pro"), WORLDS) is None


def test_a_text_that_is_named_is_held_against_every_other_comparison() -> None:
    starts = a("locale", "f", op=Op.STARTS_WITH)

    assert can_be_met(both(a("plan", "fr", "en"), a("plan", "f", op=Op.STARTS_WITH)), WORLDS)
    assert not can_be_met(both(a("plan", "en"), a("plan", "f", op=Op.STARTS_WITH)), WORLDS)
    assert not can_be_met(both(starts, a("locale", "fr", op=Op.IS_NOT)), WORLDS)


@pytest.mark.parametrize("large", [2**60, 1e300, sys.float_info.max, 10**400])
def test_there_is_room_beside_large_numbers(large: float) -> None:
    assert can_be_met(both(a("x", large, op=Op.LESS), a("x", large - 10, op=Op.IS_NOT)), {})
    assert not can_be_met(both(a("x", large, op=Op.LESS), a("x", large, op=Op.MORE)), {})


def test_a_segment_is_met_or_not_and_an_empty_share_by_nobody() -> None:
    beta = Condition(segment="beta")
    nobody = Condition(share=Share("salt", 10, 10))

    assert contradicted(both(beta, Condition(none_of=(beta,))), {}) == ()
    assert can_be_met(both(beta, Condition(share=Share("salt", 0, 10))), {})
    assert not can_be_met(nobody, {})


def test_more_than_is_worth_looking_at_counts_as_possible() -> None:
    many = both(*(Condition(any_of=(a(f"x{n}", 1), a(f"y{n}", 1))) for n in range(20)))
    long = both(*(a("x", *map(str, range(10_000)), op=Op.IS_NOT) for _ in range(50)))

    assert can_be_met(both(many, Condition(any_of=())), {})
    assert can_be_met(long, {})
