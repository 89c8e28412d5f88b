"""Why a step or a route is open: the gate and what is told of it are one decision."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cast import Cast
from tests.onboarding.journeys import DANA, a_journey, a_step, done
from tests.onboarding.test_actions import define

from firstmile.kernel.refusals import Malformed, NotFound, Refusal
from firstmile.onboarding.explaining.decisions import (
    Explanation,
    Finding,
    What,
    explained_route,
    explained_step,
)
from firstmile.onboarding.explaining.schemas import ExplanationOut
from firstmile.onboarding.gates import GatedRoute, check_gate
from firstmile.onboarding.models import Definition, Journey, State, Status, Traveller
from firstmile.onboarding.reasons import Reasoned
from firstmile.onboarding.requirements import Need
from firstmile.onboarding.step_models import Attributes
from firstmile.service import Service
from firstmile.targeting.conditions import Condition, Op

KEYS = ("a", "b", "c", "d", "e")
ROLES = st.sets(st.sampled_from(["owner", "admin", "member"]), max_size=2).map(frozenset)
MARKETS = st.sets(st.sampled_from(["FR", "DE", "*"]), max_size=2).map(frozenset)
LEAVES = st.sampled_from(
    [
        Condition(attribute="plan", values=("pro",)),
        Condition(attribute="plan", op=Op.IS_NOT, values=("free",)),
        Condition(attribute="seats", op=Op.MORE, values=(3,)),
        Condition(attribute="company.size", op=Op.PRESENT),
        Condition(attribute="roles", values=("owner",)),
    ]
)


def brackets(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    some = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        some.map(lambda found: Condition(all_of=found)),
        some.map(lambda found: Condition(any_of=found)),
        some.map(lambda found: Condition(none_of=found)),
    )


CONDITIONS = st.none() | st.recursive(LEAVES, brackets, max_leaves=5)
NEEDS = st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True).map(
    lambda keys: Need(tuple(keys))
)


@st.composite
def definitions(draw: st.DrawFn) -> tuple[Definition, ...]:
    """Steps, each of which waits for earlier ones alone."""
    found = []
    for place, key in enumerate(KEYS):
        before = KEYS[:place]
        some = st.lists(st.sampled_from(before), max_size=2, unique=True) if before else st.just([])
        groups = (
            st.lists(st.sampled_from(before), min_size=1, max_size=2, unique=True).map(
                lambda keys: (Need(tuple(keys)),)
            )
            if before
            else st.just(())
        )
        found.append(
            a_step(
                key,
                *draw(some),
                required=draw(st.booleans()),
                roles=draw(ROLES),
                markets=draw(MARKETS),
                when=draw(CONDITIONS),
                requires_any=draw(st.just(()) | groups),
            )
        )
    return tuple(found)


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    attributes = draw(
        st.sampled_from(["{}", '{"plan":"pro","seats":5}', '{"plan":"free","company":{"size":2}}'])
    )
    who = Traveller(
        DANA,
        draw(ROLES),
        draw(st.sampled_from([None, "FR", "DE"])),
        attributes=Attributes(attributes),
    )
    statuses = st.sampled_from([one for one in Status if one is not Status.LOCKED])
    states = draw(st.dictionaries(st.sampled_from(KEYS), statuses, max_size=5))
    return a_journey(*draw(definitions()), who=who, **states)


GATES = st.builds(
    GatedRoute,
    path=st.sampled_from(["/billing", "/billing/invoices", "/reports"]),
    needs=st.lists(st.sampled_from(KEYS), max_size=2, unique=True).map(tuple),
    roles=ROLES,
    needs_any=st.lists(NEEDS, max_size=2).map(tuple),
    markets=MARKETS,
    when=CONDITIONS,
)
PATHS = st.sampled_from(
    ["/billing", "/billing/invoices/7", "/billing/invoices/../card", "/reports?x=1", "/open"]
)


def holds(finding: Finding) -> bool:
    """Whether a finding holds by its leaves alone."""
    if not finding.parts:
        return finding.holds
    found = [holds(part) for part in finding.parts]
    if finding.what is What.ANY:
        return any(found)
    return not any(found) if finding.what is What.NONE else all(found)


def told_alike(one: Refusal | None, other: Refusal | None) -> bool:
    def told(refusal: Refusal | None) -> Any:
        reasons = refusal.reasons if isinstance(refusal, Reasoned) else ()
        return refusal and (type(refusal), refusal.error, refusal.facts, refusal.details, reasons)

    return bool(told(one) == told(other))


@given(journeys(), st.lists(GATES, max_size=3, unique_by=lambda gate: gate.path), PATHS)
def test_what_is_explained_of_a_route_is_what_the_gate_decides(
    journey: Journey, routes: Sequence[GatedRoute], path: str
) -> None:
    try:
        check_gate(journey, routes, path)
        refusal = None
    except Refusal as refused:
        refusal = refused

    told = explained_route(journey, routes, path)

    assert told_alike(told.refusal, refusal)
    assert told.is_open == told.finding.holds == holds(told.finding) == (refusal is None)


@given(journeys(), st.sampled_from(KEYS))
def test_what_is_explained_of_a_step_is_what_happens_to_who_takes_it(
    journey: Journey, key: str
) -> None:
    state = journey.states.get(key, State())
    other = Status.TODO if state.status is Status.IN_PROGRESS else Status.IN_PROGRESS
    try:
        journey.settle(key, other, seen=state.row_version)
        refusal = None
    except Refusal as refused:
        refusal = None if refused.error == "step_done" else refused

    told = explained_step(journey, key)

    assert told_alike(told.refusal, refusal)
    assert told.is_open == told.finding.holds == holds(told.finding) == (refusal is None)


def leaves(told: Explanation) -> list[tuple[str, bool, tuple[Any, ...], tuple[Any, ...]]]:
    return [
        (str(one.what), one.holds, tuple(one.asked), tuple(one.has)) for one in told.finding.parts
    ]


def test_each_leaf_says_what_is_asked_what_the_person_has_and_what_to_do() -> None:
    step = a_step(
        "pay",
        "profile",
        roles=frozenset({"owner"}),
        when=Condition(attribute="plan", values=("pro",)),
    )
    who = Traveller(DANA, frozenset({"member"}), attributes=Attributes('{"plan": "free"}'))
    journey = a_journey(a_step("profile"), step, who=who)

    told = explained_step(journey, "pay")

    assert leaves(told) == [
        ("role", False, ("owner",), ("member",)),
        ("attribute", False, ("pro",), ("free",)),
        ("step", False, ("done", "skipped"), ("todo",)),
    ]
    out = ExplanationOut.of(told, journey, "en")
    assert (out.allowed, out.error, out.step) == (False, "owner_required", None)
    fix = out.finding.parts[2].fix
    assert fix is not None
    assert (fix.href, fix.step) == ("/onboarding/profile", "profile")


def test_a_path_that_can_be_read_in_two_ways_is_explained_in_both() -> None:
    routes = [GatedRoute("/billing", ("a",)), GatedRoute("/billing/invoices", ("b",))]
    journey = a_journey(a_step("a"), a_step("b"), a=done())

    told = explained_route(journey, routes, "/billing/invoices/../card")

    assert told.paths == ("/billing/card", "/billing/invoices/../card")
    assert [(one.name, one.holds) for one in told.finding.parts] == [
        ("/billing", True),
        ("/billing/invoices", False),
    ]


def test_while_gating_is_off_a_route_is_open_whatever_is_asked() -> None:
    journey = a_journey(a_step("a"))

    told = explained_route(journey, [GatedRoute("/x", ("a",))], "/x", is_off=True)

    assert told.is_open
    assert not told.finding.holds


def test_a_step_nobody_defined_and_a_path_nobody_can_read_are_refused() -> None:
    with pytest.raises(NotFound):
        explained_step(a_journey(a_step("a")), "b")
    with pytest.raises(Malformed):
        explained_route(a_journey(), [], f"/%{'25' * 9}2e")


async def test_dana_is_told_why_as_the_gate_tells_her(cast: Cast) -> None:
    dana = await cast.dana()

    gate = await dana.get("/api/v1/gate", params={"route": "/projects/7"})
    told = (await dana.get("/api/v1/onboarding/explain", params={"route": "/projects/7"})).json()

    assert gate.status_code == 409
    assert (told["allowed"], told["off"], told["error"]) == (False, False, gate.json()["error"])
    assert (told["blockedBy"], told["nextStep"]) == (
        gate.json()["blockedBy"],
        gate.json()["nextStep"],
    )
    (route,) = told["finding"]["parts"]
    assert (route["what"], route["holds"]) == ("route", False)
    assert {one["holds"] for one in route["parts"]} >= {False}


async def test_one_asks_for_a_step_or_for_a_route(cast: Cast) -> None:
    dana = await cast.dana()

    neither = await dana.get("/api/v1/onboarding/explain")
    both = await dana.get("/api/v1/onboarding/explain", params={"step": "payments", "route": "/x"})
    other = await dana.get("/api/v1/onboarding/explain", params={"step": "nothing"})

    assert [one.status_code for one in (neither, both, other)] == [422, 422, 404]


async def test_staff_ask_for_others_and_others_do_not(cast: Cast) -> None:
    dana = await cast.dana()
    sam = await cast.sam("support")
    path = f"/api/v1/admin/journeys/{dana.id}/explain"

    told = await sam.get(path, params={"step": "payments"})

    assert told.json()["blockedBy"] == ["create-project"]
    assert told.json()["step"]["status"] == "locked"
    assert (await dana.get(path, params={"step": "payments"})).status_code == 403
    nobody = path.replace(str(dana.id), "0192f0c1-7a5e-7000-8000-0000000000ff")
    assert (await sam.get(nobody, params={"step": "payments"})).status_code == 404


async def test_one_is_told_which_attribute_a_condition_asks_and_staff_for_what(
    service: Service, cast: Cast
) -> None:
    beta = Condition(attribute="company", values=("Initech",))
    await define(service, a_step("pay", when=Condition(any_of=(beta,))), a_step("hello"))
    service.catalogue.definitions.routes.append(GatedRoute("/beta", when=beta))
    dana, sam = await cast.dana(), await cast.sam("support")

    own = await dana.get("/api/v1/onboarding/explain", params={"route": "/beta"})
    step = await dana.get("/api/v1/onboarding/explain", params={"step": "pay"})
    told = await sam.get(f"/api/v1/admin/journeys/{dana.id}/explain", params={"route": "/beta"})

    (leaf,) = own.json()["finding"]["parts"][0]["parts"]
    assert (leaf["what"], leaf["holds"], leaf["name"]) == ("attribute", False, "company")
    assert leaf.keys() == {"what", "holds", "name", "message"}
    assert step.status_code == 404
    assert ("Initech" in told.text, "Initech" in own.text) == (True, False)
