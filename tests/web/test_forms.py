"""Where a form may send the browser on to."""

import pytest

from firstmile.web.forms import inside

ELSEWHERE = (
    "https://evil.example",
    "http:evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n//evil.example",
    "/ /evil.example\r\nLocation: https://evil.example",
    " //evil.example",
    "\x00//evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    "",
)


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_nobody_is_sent_to_somebody_elses_page(wanted: str) -> None:
    assert inside(wanted, "/home") == "/home"


@pytest.mark.parametrize("wanted", ["/", "/onboarding", "/oauth/authorize?client_id=x&state=a%2Fb"])
def test_a_page_of_our_own_is_gone_to(wanted: str) -> None:
    assert inside(wanted, "/home") == wanted
