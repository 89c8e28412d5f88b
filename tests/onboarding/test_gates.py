"""Which routes wait for which steps, however they are spelled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.onboarding.journeys import a_journey, a_step, done, in_role

from firstmile.kernel.refusals import Forbidden, Malformed
from firstmile.onboarding.gates import GatedRoute, check_gate, gates_over, normal_path
from firstmile.onboarding.models import StepBlockedNow

BILLING = GatedRoute("/billing", ("profile",), frozenset({"owner"}))
INVOICES = GatedRoute("/billing/invoices", ("payments",))
PROJECTS = GatedRoute("/projects", ("profile",))
STAFF = GatedRoute("/staff", (), frozenset({"admin", "owner"}))
ROUTES = [BILLING, INVOICES, PROJECTS, STAFF]
STEPS = (a_step("email"), a_step("profile", "email"), a_step("payments", "profile"))

SPELLINGS = [
    "/billing",
    "billing",
    "/billing/",
    "//billing",
    "///billing",
    "/billing//",
    "/./billing",
    "/billing/.",
    "/x/../billing",
    "/../billing",
    "/billing/x/..",
    "/projects/../billing",
    "/BILLING",
    "/Billing",
    "/b%69lling",
    "/%62%69%6c%6c%69%6e%67",
    "/b%2569lling",
    "/b%252569lling",
    "/%2e/billing",
    "/x/%2e%2e/billing",
    "/x/%2E%2E/billing",
    "/x/%252e%252e/billing",
    "/x%2f..%2fbilling",
    "/%2fbilling",
    "\\billing",
    "/x\\..\\billing",
    "/x%5c..%5cbilling",
    "/billing;v=1",
    "/billing;jsessionid=1/",
    "/;x/billing",
    "/billing%3bv=1",
    "/billing?next=/projects",
    "/billing#part",
    "/billing?",
    "/billing;",
    "/billing/../public",
    "/billing/%2e%2e/public",
    "/billing%2f..%2fx",
    "/billing%00",
    "/billing%00.png",
    "/billing%20",
    "/billing.",
    "/billing%3Fx",
    "http://host/billing",
    "/billing%09",
    "/billing.%20.",
    "/public%3F/../billing",
    "/public%23/../billing",
    "/public%00/../billing",
    "/public%253F/../billing",
    "/public%3F/..;/billing",
    "/public/..;x=1/billing",
    "/public/..%3b/billing",
    "/public/..%20/billing",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_a_gated_path_escapes_its_gate(spelling: str) -> None:
    assert BILLING in gates_over(ROUTES, spelling)


@pytest.mark.parametrize(
    "route",
    [
        *("/billings", "/bill", "/", "", "/x/billing", "/billing-old"),
        *("/help?next=/billing", "/help?/../billing", "/help#/../billing"),
    ],
)
def test_another_path_is_not_gated(route: str) -> None:
    assert gates_over(ROUTES, route) == []


@pytest.mark.parametrize(
    ("route", "gate"),
    [
        ("/billing/card", BILLING),
        ("/billing/invoices", INVOICES),
        ("/billing/invoices/2026/1.pdf", INVOICES),
        ("/billing/invoices-old", BILLING),
    ],
)
def test_the_most_specific_gate_decides(route: str, gate: GatedRoute) -> None:
    assert gates_over(ROUTES, route) == [gate]
    assert gates_over(ROUTES[::-1], route) == [gate]


def test_a_route_that_can_be_read_in_two_ways_is_gated_in_both() -> None:
    assert gates_over(ROUTES, "/billing/invoices/../card") == [BILLING, INVOICES]


def test_a_route_wrapped_without_end_is_refused() -> None:
    with pytest.raises(Malformed):
        gates_over(ROUTES, f"/%{'25' * 9}2e")


@given(st.text(max_size=60))
def test_a_normal_path_is_absolute_plain_and_its_own_normal_form(route: str) -> None:
    try:
        path = normal_path(route)
    except Malformed:
        return

    assert path.startswith("/")
    assert "\\" not in path
    assert ";" not in path
    assert ".." not in path.split("/")
    assert path == path.casefold()


@given(st.lists(st.sampled_from(["/", ".", "..", "%2e", "%2f", "\\", ";a", "x"]), max_size=12))
def test_whatever_is_put_before_a_way_back_to_it_a_gated_path_is_found(parts: list[str]) -> None:
    depth = len(parts) + 2
    route = "/".join([*parts, *[".."] * depth, "billing"])

    assert BILLING in gates_over(ROUTES, f"/{route}")


def test_a_route_waits_for_its_steps_and_says_what_to_do_now() -> None:
    with pytest.raises(StepBlockedNow) as refusal:
        check_gate(a_journey(*STEPS), ROUTES, "/billing/invoices/1")

    assert refusal.value.blocked_by == ["payments"]
    assert refusal.value.next_step == "email"


def test_a_route_opens_when_its_steps_are_done() -> None:
    journey = a_journey(*STEPS, email=done(), profile=done())

    check_gate(journey, ROUTES, "/projects/7")
    with pytest.raises(StepBlockedNow):
        check_gate(journey, ROUTES, "/billing/invoices")


def test_a_route_of_owners_is_closed_to_a_member() -> None:
    journey = a_journey(*STEPS, who=in_role("member"), email=done(), profile=done())

    with pytest.raises(Forbidden) as refusal:
        check_gate(journey, ROUTES, "/billing")

    assert refusal.value.error == "owner_required"


def test_whoever_has_no_role_yet_is_led_to_the_step_that_gives_one() -> None:
    with pytest.raises(StepBlockedNow):
        check_gate(a_journey(*STEPS), ROUTES, "/billing")


def test_a_route_for_a_role_alone_is_closed_to_whoever_has_none() -> None:
    with pytest.raises(Forbidden) as refusal:
        check_gate(a_journey(*STEPS), ROUTES, "/staff")

    assert refusal.value.error == "role_required"


def test_a_step_that_is_not_for_the_person_does_not_close_a_route() -> None:
    steps = (a_step("profile"), a_step("payments", roles=frozenset({"owner"})))
    bob = a_journey(*steps, who=in_role("member"), profile=done())

    check_gate(bob, [GatedRoute("/reports", ("payments", "profile"))], "/reports")
