"""Which routes are asked about, also when the path was written to be misread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstmile_client.paths import Paths, readings

BILLING = Paths(protect=["/billing/*"])


@pytest.mark.parametrize("path", ["/billing", "/billing/", "/billing/invoices/7"])
def test_a_folder_pattern_covers_the_folder_and_all_below(path: str) -> None:
    assert BILLING.to_ask(path) == (path.rstrip("/"),)


@pytest.mark.parametrize("path", ["/", "/bill", "/billings", "/public/billing", ""])
def test_other_paths_are_not_gated(path: str) -> None:
    assert BILLING.to_ask(path) == ()


@pytest.mark.parametrize(
    "path",
    [
        "//billing",
        "///billing//",
        "/./billing",
        "/public/../billing",
        "/public/%2e%2e/billing",
        "/public%2f..%2fbilling",
        "/public/%252e%252e/billing",
        "/public\\..\\billing",
        "/%62illing",
        "/billing%2f",
        "/billing/.",
        "/billing/x/..",
        "/../../billing",
    ],
)
def test_a_path_that_resolves_to_a_protected_one_is_asked_about(path: str) -> None:
    assert "/billing" in BILLING.to_ask(path)


def test_leaving_a_protected_folder_by_dots_is_asked_about_as_well() -> None:
    assert BILLING.to_ask("/billing/../public") == ("/billing/../public",)


def test_an_exception_does_not_carry_dots_out_of_its_folder() -> None:
    assert Paths().to_ask("/static/app.css") == ()
    assert Paths().to_ask("/static/../billing") == ("/billing",)
    assert Paths().to_ask("/static/%2e%2e/billing") == ("/billing",)


def test_everything_but_the_exceptions_is_gated_by_default() -> None:
    assert [Paths().to_ask(path) for path in ("/", "/a/b", "/livez", "/livez/x")] == [
        ("/",),
        ("/a/b",),
        (),
        ("/livez/x",),
    ]


def test_case_counts_unless_the_application_ignores_it() -> None:
    assert BILLING.to_ask("/Billing") == ()
    assert Paths(protect=["/Billing/*"], ignore_case=True).to_ask("/bILLING/7") == ("/billing/7",)


def test_many_paths_can_share_one_route() -> None:
    paths = Paths(protect=["/teams/*/billing/*"], routes={"/teams/*/billing/*": "/billing"})
    assert paths.to_ask("/teams/acme/billing/7") == ("/billing",)
    assert paths.to_ask("/teams/acme/members") == ()


def test_one_star_stays_in_its_segment_and_two_do_not() -> None:
    assert Paths(protect=["/*.pdf"]).to_ask("/a/b.pdf") == ()
    assert Paths(protect=["/**.pdf"]).to_ask("/a/b.pdf") == ("/a/b.pdf",)


def test_a_pattern_is_no_regular_expression() -> None:
    assert Paths(protect=["/a.b"]).to_ask("/axb") == ()


def test_a_pattern_without_a_slash_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="starts with a slash"):
        Paths(protect=["billing"])


noise = st.sampled_from(["/", "/./", "/x/../", "//", "/x/y/../../", "/%2e/", "\\", "/%2fx/%2e%2e/"])


@given(before=noise, middle=noise, after=st.sampled_from(["", "/", "/.", "//"]))
def test_no_spelling_of_a_protected_path_goes_unasked(before: str, middle: str, after: str) -> None:
    asked = Paths(protect=["/billing/*"]).to_ask(f"{before}billing{middle}pay{after}")
    assert "/billing/pay" in asked


@given(st.text())
def test_every_reading_is_a_path_and_there_are_at_most_two(path: str) -> None:
    assert 1 <= len(readings("/" + path)) <= 2
    assert all(reading.startswith("/") for reading in readings("/" + path))


@given(st.text(alphabet="abc/-_.~", max_size=30).filter(lambda path: "." not in path))
def test_a_plain_path_has_one_reading_that_is_itself(path: str) -> None:
    plain = "/" + "/".join(part for part in path.split("/") if part)
    assert readings(plain) == (plain,)
