"""An application that signs its users in with us, and the browser of one of them."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import jwt

from firstmile.identity.client_registry import Clients
from firstmile.identity.clients import USUAL_SCOPES, Client, Registration
from firstmile.identity.redirects import Kind
from firstmile.service import Service
from tests.cast import PASSWORD

HERE = "http://localhost:8000"
CALLBACK = "https://reports.example.com/callback"
FAREWELL = "https://reports.example.com/bye"


def params_of(location: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(location).query))


@dataclass
class Application:
    """What the other side knows of itself; it speaks HTTP without any cookie of ours."""

    client: Client
    secret: str | None
    http: httpx.AsyncClient = field(repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def id(self) -> str:
        return str(self.client.id)

    @property
    def callback(self) -> str:
        return self.client.redirect_uris[0]

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def asks(self, **changed: str | None) -> str:
        """The address it sends people to; a parameter that is None is left out."""
        asked: dict[str, str | None] = {
            "client_id": self.id,
            "redirect_uri": self.callback,
            "response_type": "code",
            "scope": " ".join(self.client.scopes),
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        }
        given = {name: value for name, value in (asked | changed).items() if value is not None}
        return f"/oauth/authorize?{urlencode(given)}"

    async def post(self, path: str, **form: str | None) -> httpx.Response:
        """Ask as itself."""
        fields = {name: value for name, value in form.items() if value is not None}
        if self.secret is None:
            return await self.http.post(path, data={"client_id": self.id, **fields})
        return await self.http.post(path, data=fields, auth=(self.id, self.secret))

    async def redeem(self, code: str, **changed: str | None) -> httpx.Response:
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": self.verifier,
        }
        return await self.post("/oauth/token", **(fields | changed))

    async def refresh(self, token: str, **changed: str | None) -> httpx.Response:
        fields: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": token}
        return await self.post("/oauth/token", **(fields | changed))

    async def userinfo(self, token: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        return await self.http.get("/oauth/userinfo", headers=headers)

    async def claims(self, id_token: str) -> dict[str, Any]:
        """What an ID token says, checked with another library."""
        keys = jwt.PyJWKSet.from_dict((await self.http.get("/.well-known/jwks.json")).json())
        key = next(
            one for one in keys.keys if one.key_id == jwt.get_unverified_header(id_token)["kid"]
        )
        return jwt.decode(id_token, key, ["ES256"], audience=self.id, issuer=HERE)


@dataclass
class Browser:
    """Somebody's browser, with its cookies; it follows nothing by itself."""

    http: httpx.AsyncClient

    async def open(self, address: str) -> httpx.Response:
        return await self.http.get(address, headers={"accept": "text/html"})

    async def send(self, address: str, **form: str) -> httpx.Response:
        """Send a form of ours, with the token of the page it stood on."""
        token = self.http.cookies.get("csrf-token", "")
        return await self.http.post(
            address, data={"csrf": token, **form}, headers={"accept": "text/html"}
        )

    async def sign_in(self, name: str, password: str = PASSWORD) -> None:
        body = {"email": f"{name.lower()}@example.org", "password": password}
        headers = {}
        if "session" in self.http.cookies:
            headers["x-csrf-token"] = self.http.cookies["csrf-token"]
        answer = await self.http.post("/api/v1/auth/login", json=body, headers=headers)
        assert answer.status_code == 200, answer.text

    async def code(self, application: Application, **changed: str | None) -> str:
        """Go through an application's request, allowing what it asks; the code it is given."""
        answer = await self.open(application.asks(**changed))
        if answer.status_code == 200:
            answer = await self.allow(answer)
        given = params_of(gone_to(answer))
        assert given["state"] == "the-state", given
        return given["code"]

    async def allow(self, page: httpx.Response, decision: str = "allow") -> httpx.Response:
        """Press a button of the page that asks."""
        return await self.send(action_of(page), decision=decision)

    async def tokens(self, application: Application, **changed: str | None) -> dict[str, Any]:
        """All of it: what the application takes home."""
        answer = await application.redeem(await self.code(application, **changed))
        assert answer.status_code == 200, answer.text
        given: dict[str, Any] = answer.json()
        return given


def gone_to(answer: httpx.Response) -> str:
    """Where an answer sends the browser: by its status, or by itself after a form."""
    if "refresh" in answer.headers:
        return answer.headers["refresh"].removeprefix("0; url=")
    assert answer.status_code == 303, (answer.status_code, answer.text[:2000])
    return str(answer.headers["location"])


def action_of(page: httpx.Response) -> str:
    """Where the form of a page goes."""
    assert page.status_code == 200, page.text
    marked = page.text.split("<main")[1].split('<form method="post" action="')[1]
    return marked.split('"')[0].replace("&amp;", "&")


async def registered(
    service: Service, http: httpx.AsyncClient, kind: Kind = Kind.WEB, **given: Any
) -> Application:
    """An application of this kind, with defaults in order."""
    callbacks = {
        Kind.WEB: CALLBACK,
        Kind.BROWSER: "https://app.example.com/callback",
        Kind.NATIVE: "http://127.0.0.1/callback",
    }
    defaults: dict[str, Any] = {
        "name": "Reports",
        "redirect_uris": (callbacks[kind],),
        "logout_uris": (FAREWELL,),
        "scopes": USUAL_SCOPES,
    }
    async with service.works.begin() as work:
        client, secret = await service.parts.get(Clients).register(
            work, Registration(kind=kind, **(defaults | given)), staff_id=None
        )
    return Application(client, secret, http)
