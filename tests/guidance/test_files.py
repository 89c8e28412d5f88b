"""A file of contents is read back as it was written, whatever stands in it."""

import string
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmile.guidance.files import ContentsBroken, planned, read, written
from firstmile.guidance.models import (
    Content,
    Delivery,
    Frequency,
    Kind,
    Needs,
    Step,
    Times,
    Wording,
)
from firstmile.targeting.conditions import Condition, Op

TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc"], whitelist_characters="\n"))
KEYS = st.text(string.ascii_lowercase, min_size=2, max_size=6)
WORDS = st.dictionaries(
    st.sampled_from(["en", "fr"]), st.builds(Wording, TEXTS, TEXTS, TEXTS), min_size=1
)
CONDITIONS = st.builds(
    Condition,
    attribute=st.sampled_from(["plan", "roles"]),
    op=st.sampled_from([Op.LESS, Op.MORE]),
    values=st.tuples(st.integers(0, 9)),
)
CONTENTS = st.builds(
    Content,
    KEYS,
    st.sampled_from(Kind),
    WORDS,
    delivery=st.sampled_from(Delivery),
    target=st.none() | KEYS,
    routes=st.lists(st.just("/projects/*"), max_size=2).map(tuple),
    when=st.none() | CONDITIONS,
    ends_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    frequency=st.builds(Frequency, st.sampled_from(Times), st.none() | st.integers(1, 30)),
    steps=st.lists(st.builds(Step, KEYS, WORDS), max_size=2).map(tuple),
    needs=st.none() | st.builds(Needs, st.just(("owner",))),
)


@settings(max_examples=150)
@given(st.lists(CONTENTS, max_size=4, unique_by=lambda one: one.key))
def test_what_is_exported_changes_nothing_when_it_is_applied(contents: list[Content]) -> None:
    found = read(written(contents))

    assert found == sorted(contents, key=lambda one: one.key)
    plan = planned(found, {one.key: one for one in contents})
    assert (plan.to_publish, list(plan.left)) == ([], [])


def test_what_is_not_in_the_file_is_left_and_the_rest_is_told_apart() -> None:
    words = {"en": Wording("Title")}
    one, two, three = [Content(key, Kind.TIP, words) for key in ("one", "two", "three")]
    changed = Content("two", Kind.TIP, {"en": Wording("Another")})

    plan = planned([one, changed, three], {"one": one, "two": two, "four": one})

    assert (plan.added, plan.changed, plan.same, plan.left) == (
        [three], [changed], ["one"], ["four"],
    )  # fmt: skip


def test_what_is_not_in_the_file_is_withdrawn_when_it_is_pruned() -> None:
    words = {"en": Wording("Title")}
    one, two = [Content(key, Kind.TIP, words) for key in ("one", "two")]
    in_force = {"one": one, "two": two}

    left, pruned = planned([one], in_force), planned([one], in_force, prune=True)

    assert (left.left, left.withdrawn, left.is_nothing) == (["two"], [], True)
    assert (pruned.left, pruned.withdrawn, pruned.is_nothing) == ([], ["two"], False)
    assert planned([one, two], in_force, prune=True).is_nothing


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("contents: [", "no YAML"),
        ("contents: [{key: a, kind: song, words: {}}]", "contents[0].kind"),
        ("contents: [{key: a, kind: tip, words: {}, colour: red}]", "colour"),
        ("contents: [{key: a, kind: tip, words: {}}, {key: a, kind: tip, words: {}}]", "Twice"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, told: str) -> None:
    with pytest.raises(ContentsBroken, match=told.replace("[", r"\[").replace("]", r"\]")):
        read(text)
