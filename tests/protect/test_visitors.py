"""Which browser a request came from is known to nobody whom it told not to."""

import pytest

from firstmile.kernel.asgi import Receive, Scope, Send
from firstmile.protect.visitors import VisitorCookie, Visitors, visiting_as

NUMBER = "v" * 43


async def known_as(*headers: tuple[bytes, bytes]) -> str | None:
    """The number that what happens in a request with these headers is told."""
    heard: list[str | None] = []

    async def app(_: Scope, __: Receive, ___: Send) -> None:
        heard.append(visiting_as.get())

    async def nothing(*_: object) -> None:
        return None

    scope: Scope = {"type": "http", "headers": list(headers)}
    await Visitors(app, VisitorCookie(over_tls=False))(scope, nothing, nothing)  # type: ignore[arg-type]
    return heard[0]


async def test_a_browser_is_known_by_the_number_it_was_given() -> None:
    assert await known_as((b"cookie", f"visitor={NUMBER}".encode())) == NUMBER
    assert await known_as() is None


@pytest.mark.parametrize(
    "said_no",
    [
        (b"sec-gpc", b"1"),
        (b"cookie", b"fm-consent="),
        (b"cookie", b"fm-consent=analytics"),
    ],
)
async def test_who_said_no_is_not_known(said_no: tuple[bytes, bytes]) -> None:
    assert await known_as((b"cookie", f"visitor={NUMBER}".encode()), said_no) is None
