"""What is exported is read back as the same."""

from hypothesis import given
from hypothesis import strategies as st
from tests.onboarding.test_migrating import MIGRATIONS

from firstmile.onboarding.changing.migrating import Migration
from firstmile.onboarding.deadlines import After, Due
from firstmile.onboarding.files.definitions import Definitions, parse_definitions
from firstmile.onboarding.files.fields import FACTS, PROJECT_FACTS, ROLES
from firstmile.onboarding.files.reading_moves import read_moves
from firstmile.onboarding.files.writing import written, written_moves
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.models import Definition, Scope
from firstmile.onboarding.requirements import Fix, Need
from firstmile.onboarding.verifying import Called, Counted
from firstmile.targeting.conditions import Condition, Op

KEYS = ["one", "two", "three"]
# Whatever YAML might take for something else.
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda text: text.strip() != ""
) | st.sampled_from(["yes", "1e3", "2026-01-01", "null", "~", "a: b", "- c", "#d", "'", "{}", "é"])
TEXTS = st.fixed_dictionaries({"en": WORDS}, optional={"fr": WORDS})
HREF = st.sampled_from(["/elsewhere", "https://app.example.com/?a=b#c"])
NEEDS = st.builds(
    Need,
    st.lists(st.sampled_from(KEYS), min_size=1, max_size=3).map(tuple),
    st.just({}) | TEXTS,
    st.none() | st.builds(Fix, HREF),
)


def before(key: str) -> list[str]:
    return KEYS[: KEYS.index(key)]


CONDITIONS = st.sampled_from(
    [
        Condition(attribute="plan", values=("pro", "2026-12-24")),
        Condition(none_of=(Condition(attribute="seats", op=Op.MORE, values=(5,)),)),
    ]
)
DUES = st.builds(Due, st.integers(1, 90), st.sampled_from(After)) | st.builds(Due, on=st.dates())
COUNTED = st.builds(
    Counted,
    st.just("report_made"),
    st.integers(1, 9),
    st.none() | st.sampled_from([60, 3600, 5400, 86_400, 7 * 86_400]),
)


@st.composite
def steps(draw: st.DrawFn, key: str) -> Definition:
    fact = draw(st.none() | st.sampled_from(sorted(FACTS)))
    event = draw(st.none() | COUNTED)
    call = (
        None if event else draw(st.none() | st.builds(Called, st.none() | st.just("https://x/y")))
    )
    due = draw(st.none() | DUES)
    # What the members of a project can share.
    fits = not event and not call and fact in (None, *PROJECT_FACTS) and (not due or due.on)
    scope = draw(st.sampled_from(Scope)) if fits else Scope.USER
    of_earlier = NEEDS.filter(lambda need: {*need.any_of} <= {*before(key)})
    return Definition(
        key,
        draw(st.integers(1, 9)),
        draw(TEXTS),
        draw(TEXTS),
        draw(st.booleans()),
        draw(st.integers(1, 9)),
        draw(st.frozensets(st.sampled_from(ROLES))),
        draw(st.frozensets(st.sampled_from(["CA", "FR", "NO", "*"]))),
        tuple(draw(st.lists(st.sampled_from(before(key))))) if before(key) else (),
        fact,
        not (event or call) and (fact is None or draw(st.booleans())),
        draw(HREF | st.just(f"/onboarding/{key}")),
        tuple(draw(st.lists(of_earlier, max_size=1))) if before(key) else (),
        draw(st.none() | CONDITIONS),
        due,
        event,
        call,
        scope,
    )


ROUTES = st.lists(
    st.builds(
        GatedRoute,
        st.sampled_from(["/a", "/b", "/c/d"]),
        st.just(("one",)),
        st.frozensets(st.sampled_from(ROLES)),
        st.lists(NEEDS, max_size=1).map(tuple),
        st.frozensets(st.sampled_from(["CA", "FR"])),
        st.none() | CONDITIONS,
    ),
    unique_by=lambda route: route.path,
)
DEFINITIONS = st.builds(Definitions, st.tuples(*map(steps, KEYS)).map(list), ROUTES)


@given(DEFINITIONS)
def test_definitions_are_read_back_as_they_were_written(definitions: Definitions) -> None:
    assert parse_definitions(written(definitions)) == definitions


@given(MIGRATIONS)
def test_moves_are_read_back_as_they_were_written(migration: Migration) -> None:
    assert read_moves(written_moves(migration.moves), "a file") == migration.moves


def test_what_need_not_be_said_is_not_said() -> None:
    text = """\
steps:
  - key: tour
    title:
      en: Look around
      fr: Faites le tour
    description:
      en: Two minutes.
    requires: [one, two]
    verification: {by: person}
routes:
  - path: /reports
    needs: [tour]
"""
    x = "{en: x}"
    others = "".join(
        f"  - {{key: {key}, title: {x}, description: {x}, verification: {{by: person}}}}\n"
        for key in ("one", "two")
    )

    found = parse_definitions(text.replace("routes:", f"{others}routes:"))

    assert written(Definitions(found.steps[:1], found.routes)) == text
