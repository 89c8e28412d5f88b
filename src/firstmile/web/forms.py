"""What the handlers of forms share: reading them, answering them, remembering an address."""

from typing import Any, cast
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import Cookie
from litestar.response import Redirect

from firstmile.identity.cookies import Cookies
from firstmile.kernel.asgi import Scope, cookies_of
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Malformed

AnyRequest = Request[Any, Any, Any]

ADDRESS_COOKIE = "address"
HALF_HOUR = 1800
MAX_FIELDS = 50
MAX_LENGTH = 1000  # of a field, as in the API
# An address may hold what an application asked; a passkey brings a key with its id.
LONGER = {"next": 4000, "credential": 32_768, "document": 60_000}
LONGER |= {"steps": 200_000, "moves": 20_000}
LONGER |= dict.fromkeys(("userWhitelist", "included", "excluded", "json", "kept"), 50_000)
LONGER |= dict.fromkeys(("values", "value"), 20_000)
LONGER |= {"body": 25_000, "contexts": 10_000}  # an article of 20,000 letters has lines besides


async def fields_of(request: AnyRequest, *, most: int = MAX_FIELDS) -> dict[str, str]:
    """The fields of a posted form, of which it has at most `most`."""
    try:
        body = (await request.body()).decode()
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=most)
    except ValueError as garbage:
        raise _unreadable() from garbage
    if any(len(value) > _longest(name) or "\0" in value for name, value in pairs):
        raise _unreadable()
    return {name: value for name, value in pairs if name != "csrf"}


def _longest(name: str) -> int:
    """Characters of a field; lists of people and JSON of a flag's form may be long."""
    return LONGER.get(name.rpartition(".")[2], MAX_LENGTH)


def _unreadable() -> Malformed:
    return Malformed(N_("This form cannot be read."), error="invalid_form")


def see(path: str, *cookies: Cookie) -> Redirect:
    """Send the browser on with GET (RFC 9110, section 15.4.4), so that a reload repeats nothing."""
    return Redirect(path, status_code=303, cookies=list(cookies))


def inside(path: str | None, default: str) -> str:
    """A path of our own to go to, never an address of somebody else's."""
    if path and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable():
        return path
    return default


def address_cookie(address: str, cookies: Cookies) -> Cookie:
    """Keeps the address for the next page, which then need not show it in its own."""
    return Cookie(
        ADDRESS_COOKIE,
        value=address.encode().hex(),
        max_age=HALF_HOUR,
        path="/",
        secure=cookies.over_tls,
        httponly=True,
        samesite="lax",
    )


def kept_address(request: AnyRequest) -> str:
    """The address the page before was about, or nothing."""
    try:
        return bytes.fromhex(
            cookies_of(cast(Scope, request.scope)).get(ADDRESS_COOKIE, "")
        ).decode()
    except ValueError:
        return ""
