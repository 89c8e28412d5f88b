"""Forged requests: which of them a browser may bring, and which are refused."""

from dataclasses import dataclass

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cast import PASSWORD, Cast

from firstmile.kernel.asgi import cookies_of
from firstmile.kernel.secrets import Vault
from firstmile.main import create_app
from firstmile.protect.csrf import CsrfTokens
from firstmile.service import Service

OURS, ELSEWHERE = "http://localhost:8000", "https://evil.example"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def tokens() -> CsrfTokens:
    return CsrfTokens(Vault(["a secret of the service"]))


def test_a_token_fits_the_session_it_was_made_for_and_no_other(tokens: CsrfTokens) -> None:
    token = tokens.make("the session cookie")

    assert tokens.fits(token, "the session cookie")
    assert not tokens.fits(token, "another session cookie")
    assert not tokens.fits(token, "")
    assert not CsrfTokens(Vault(["another secret"])).fits(token, "the session cookie")


def test_a_token_made_with_the_secret_before_still_fits(tokens: CsrfTokens) -> None:
    later = CsrfTokens(Vault(["a new secret", "a secret of the service"]))

    assert later.fits(tokens.make("session"), "session")


@given(st.text())
def test_any_other_text_is_no_token(garbage: str) -> None:
    tokens = CsrfTokens(Vault(["a secret of the service"]))

    assert not tokens.fits(garbage, "session")


@given(st.lists(st.binary(), max_size=3))
def test_any_cookie_header_is_read_without_failing(lines: list[bytes]) -> None:
    assert isinstance(cookies_of({"headers": [(b"cookie", line) for line in lines]}), dict)


@pytest.mark.parametrize(
    "lines",
    [
        [b'a={"x":1}; session=S'],
        [b"path=1; session=S"],
        [b"a=hello world; session=S"],
        [b"session=S", b"language=en"],
        [b"language=en", b"session=S; session=other"],
    ],
)
def test_our_cookie_is_found_whatever_stands_beside_it(lines: list[bytes]) -> None:
    found = cookies_of({"headers": [(b"cookie", line) for line in lines]})

    assert found["session"] == "S"


@dataclass
class Browser:
    """A session of Alice, one of Charlie, and the tokens that belong to each."""

    client: httpx.AsyncClient
    session: str
    token: str
    foreign_session: str
    foreign_token: str
    bearer: str

    async def is_let_in(
        self,
        method: str,
        who: str,
        token: str,
        origin: str | None = None,
        site: str | None = None,
    ) -> bool:
        """Send a change of the profile; whether it got past the check for forgery."""
        headers = {"origin": origin, "sec-fetch-site": site}
        cookies = {}
        if "cookie" in who:
            cookies["session"] = self.session
        if "bearer" in who:
            headers["authorization"] = f"Bearer {self.bearer}"
        cookie, header = {
            "none": (None, None),
            "both": (self.token, self.token),
            "cookie only": (self.token, None),
            "header only": (None, self.token),
            "foreign": (self.foreign_token, self.foreign_token),
            "foreign header": (self.token, self.foreign_token),
            "cut": (self.token[:-1], self.token[:-1]),
            "not ascii": ("é", "é"),
            "empty": ("", ""),
        }[token]
        headers["x-csrf-token"] = header
        if cookie is not None:
            cookies["csrf-token"] = cookie
        if cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        raw = [(k.encode(), v.encode("latin-1")) for k, v in headers.items() if v is not None]
        answer = await self.client.request(method, "/api/v1/profile", headers=raw, json={})
        assert answer.status_code < 500, answer.text
        is_refused = answer.status_code == 403 and answer.json()["error"] == "csrf_failed"
        return not is_refused


@pytest.fixture
async def browser(cast: Cast, client: httpx.AsyncClient) -> Browser:
    found = []
    for name in ("Alice", "Charlie"):
        await cast.a_user(name).registered()
        body = {"email": f"{name.lower()}@example.org", "password": PASSWORD}
        answer = await client.post("/api/v1/auth/login", json=body)
        client.cookies.clear()
        found.append((answer.cookies["session"], answer.cookies["csrf-token"], answer.json()))
    (session, token, told), (foreign_session, foreign_token, _) = found
    return Browser(client, session, token, foreign_session, foreign_token, told["accessToken"])


LET_IN, REFUSED = True, False
# method, who, token, origin, Sec-Fetch-Site -> let in or refused
TABLE = [
    # Reading is free.
    *[(m, "cookie", "none", None, None, LET_IN) for m in ("GET", "HEAD", "OPTIONS")],
    ("GET", "cookie", "none", ELSEWHERE, "cross-site", LET_IN),
    # A cookie needs the token twice, whatever the method.
    *[(m, "cookie", "both", None, None, LET_IN) for m in ("POST", "PUT", "PATCH", "DELETE")],
    *[(m, "cookie", "none", None, None, REFUSED) for m in ("POST", "PUT", "PATCH", "DELETE")],
    ("PATCH", "cookie", "cookie only", None, None, REFUSED),
    ("PATCH", "cookie", "header only", None, None, REFUSED),
    ("PATCH", "cookie", "foreign", None, None, REFUSED),
    ("PATCH", "cookie", "foreign header", None, None, REFUSED),
    ("PATCH", "cookie", "cut", None, None, REFUSED),
    ("PATCH", "cookie", "not ascii", None, None, REFUSED),
    ("PATCH", "cookie", "empty", None, None, REFUSED),
    ("TRACE", "cookie", "none", None, None, REFUSED),
    # What the browser says comes first, and a good token does not help against it.
    ("PATCH", "cookie", "both", OURS, "same-origin", LET_IN),
    ("PATCH", "cookie", "both", OURS, None, LET_IN),
    ("PATCH", "cookie", "both", None, "none", LET_IN),
    ("PATCH", "cookie", "both", ELSEWHERE, None, REFUSED),
    ("PATCH", "cookie", "both", "null", None, REFUSED),
    ("PATCH", "cookie", "both", "", None, REFUSED),
    ("PATCH", "cookie", "both", f"{OURS}.evil.example", None, REFUSED),
    ("PATCH", "cookie", "both", "http://localhost:8001", None, REFUSED),
    ("PATCH", "cookie", "both", "http://[", None, REFUSED),
    ("PATCH", "cookie", "both", "http://localhost:8000@evil.example", None, REFUSED),
    ("PATCH", "cookie", "both", None, "cross-site", REFUSED),
    ("PATCH", "cookie", "both", None, "same-site", REFUSED),
    ("PATCH", "cookie", "both", OURS, "cross-site", REFUSED),
    ("PATCH", "cookie", "both", OURS, "unheard-of", REFUSED),
    ("PATCH", "cookie", "none", OURS, "same-origin", REFUSED),
    # A bearer token is added by no browser; it needs none, and its cookie is not looked at.
    ("PATCH", "bearer", "none", None, None, LET_IN),
    ("PATCH", "bearer and cookie", "none", None, None, LET_IN),
    ("PATCH", "bearer", "none", ELSEWHERE, None, REFUSED),
    ("PATCH", "bearer", "none", None, "cross-site", REFUSED),
    # Nobody has nothing to lose, save to another site.
    ("PATCH", "nobody", "none", None, None, LET_IN),
    ("PATCH", "nobody", "none", "null", None, REFUSED),
]


async def test_the_table_of_forgeries(browser: Browser) -> None:
    wrong = [row for row in TABLE if await browser.is_let_in(*row[:5]) is not row[5]]

    assert wrong == []


async def test_a_form_of_ours_is_taken_with_its_token_and_only_with_it(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/forgot-password")
    token = page.cookies["csrf-token"]
    assert f'value="{token}"' in page.text

    right = await client.post("/forgot-password", data={"email": "x@example.org", "csrf": token})
    without = await client.post("/forgot-password", data={"email": "x@example.org"})
    wrong = await client.post("/forgot-password", data={"email": "x@example.org", "csrf": "é"})

    assert (right.status_code, without.status_code, wrong.status_code) == (303, 403, 403)


async def test_nobody_is_signed_in_as_somebody_else_by_a_foreign_page(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await cast.a_user("Charlie").registered()
    his = (await client.get("/sign-in")).cookies["csrf-token"]
    form = {"email": "charlie@example.org", "password": PASSWORD, "csrf": his}
    body = {"email": "charlie@example.org", "password": PASSWORD}
    client.cookies.clear()
    foreign = {"origin": ELSEWHERE, "sec-fetch-site": "cross-site"}

    answers = [
        await client.post("/sign-in", data=form, headers=foreign),
        await client.post("/sign-in", data=form),  # an old browser that says nothing
        await client.post("/api/v1/auth/login", json=body, headers=foreign),
        await client.post(
            "/api/v1/auth/login",
            content=httpx.Request("POST", OURS, json=body).content,
            headers={"content-type": "text/plain", "origin": "null"},
        ),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert not any("set-cookie" in answer.headers for answer in answers)


async def test_a_visitors_token_is_worthless_once_somebody_signed_in(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    visitors = (await client.get("/sign-in")).cookies["csrf-token"]
    await cast.a_user("Dana").registered()
    body = {"email": "dana@example.org", "password": PASSWORD}
    await client.post("/api/v1/auth/login", json=body)
    client.cookies.set("csrf-token", visitors)

    answer = await client.patch("/api/v1/profile", json={}, headers={"x-csrf-token": visitors})

    assert answer.json()["error"] == "csrf_failed"


@pytest.mark.parametrize(
    "body", [b"&".join(b"a=1" for _ in range(500)), b"csrf=%ff%fe", b"\xff\xfe", b"csrf", b"=&=&"]
)
async def test_a_form_that_cannot_be_read_is_refused(
    client: httpx.AsyncClient, body: bytes
) -> None:
    answer = await client.post("/sign-in", content=body, headers=FORM)

    assert answer.status_code == 403
    assert answer.json()["error"] == "csrf_failed"


async def test_over_tls_a_page_without_tls_is_another_origin(service: Service) -> None:
    settings = service.settings.model_copy(update={"base_url": "https://app.example.org"})
    transport = httpx.ASGITransport(app=create_app(settings, Service(settings)))
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
        refused = await client.post(
            "/api/v1/auth/verify-email", json=None, headers={"origin": "http://app.example.org"}
        )

    assert refused.json()["error"] == "csrf_failed"
