"""HTTP of the OpenID provider for programs: discovery, tokens, userinfo."""

from collections.abc import Awaitable
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    UnsupportedGrantTypeError,
)
from authlib.oauth2.rfc6750 import InvalidTokenError
from litestar import HttpMethod, Response, Router, get, post, route

from firstmile.identity import openid, store_clients, store_projects
from firstmile.identity.authorization import Query, parse
from firstmile.identity.client_registry import Clients
from firstmile.identity.client_tokens import Given
from firstmile.identity.clients import Client
from firstmile.identity.grants import Grants
from firstmile.identity.openid import Issuer
from firstmile.kernel.asgi import header_of
from firstmile.kernel.openapi import problems
from firstmile.kernel.problems import AnyRequest
from firstmile.kernel.refusals import Malformed
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Work, Works
from firstmile.protect.limits import limit_only

FORM = "application/x-www-form-urlencoded"
PREFLIGHT = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": "600",
}

Json = dict[str, Any]


@get("/.well-known/openid-configuration", tags=["OpenID provider"], responses=problems(503))
async def discovery(visit: Visiting) -> Response[Json]:
    """What applications need to know to sign people in here (OpenID Connect Discovery 1.0)."""
    headers = {"cache-control": "public, max-age=300", **await cross_origin(visit)}
    return Response(openid.metadata(visit.part(Issuer).url), headers=headers)


@post("/token", status_code=200, opt=limit_only("applications"))
async def token(visit: Visiting, request: AnyRequest) -> Response[Json]:
    """Tokens for a code or a refresh token (RFC 6749, 3.2)."""
    return await _answer(visit, _tokens(visit, request))


@post("/revoke", status_code=200, opt=limit_only("applications"))
async def revoke(visit: Visiting, request: AnyRequest) -> Response[Json]:
    """End the sign-in a token is of (RFC 7009); a token that opens nothing is as good as ended."""
    return await _answer(visit, _revoked(visit, request))


@post("/introspect", status_code=200, opt=limit_only("applications"))
async def introspect(visit: Visiting, request: AnyRequest) -> Response[Json]:
    """What a token is good for, told to the application it was given to (RFC 7662)."""
    return await _answer(visit, _introspected(visit, request))


@get("/userinfo", opt=limit_only("applications"))
async def userinfo(visit: Visiting) -> Response[Json]:
    """What the holder of an access token may be told (OpenID Connect Core, 5.3)."""
    return await _answer(visit, _told(visit, _bearer(visit)))


@post("/userinfo", status_code=200, opt=limit_only("applications"))
async def userinfo_by_post(visit: Visiting, request: AnyRequest) -> Response[Json]:
    """The same; the token may stand in the form (RFC 6750, 2.2)."""
    return await _answer(visit, _told_by_post(visit, request))


@route(["/token", "/revoke", "/userinfo"], http_method=[HttpMethod.OPTIONS], status_code=204)
async def preflight(visit: Visiting) -> Response[None]:
    """Whether the page of a registered application may ask."""
    return Response(None, status_code=204, headers={**PREFLIGHT, **await cross_origin(visit)})


async def cross_origin(visit: Visit) -> dict[str, str]:
    """Headers that let the pages of registered applications read an answer, and no others."""
    origin = header_of(visit.scope, b"origin")
    headers = {"vary": "origin"}
    if origin is not None:
        async with visit.reading() as db:
            if await store_clients.is_origin(db, origin):
                headers["access-control-allow-origin"] = origin
    return headers


async def _answer(visit: Visit, answered: Awaitable[Json]) -> Response[Json]:
    """The JSON of an answer, or of an error as OAuth has them (RFC 6749, 5.2)."""
    try:
        body, status, headers = await answered, 200, {"pragma": "no-cache"}
    except OAuth2Error as refusal:
        body, status = dict(refusal.get_body()), refusal.status_code
        headers = {name.lower(): value for name, value in refusal.get_headers()}
    headers |= await cross_origin(visit)
    headers |= {"cache-control": "no-store", "content-type": "application/json"}
    return Response(body, status_code=status, headers=headers)


async def _tokens(visit: Visit, request: AnyRequest) -> Json:
    form = await _form(request)
    async with visit.part(Works).begin() as work:
        client = await _client(visit, work, form)
        given = await _given(visit, work, client, form)
    if given is None:
        raise InvalidGrantError("It was used before, so all that came of it is over.")
    body = {
        "access_token": given.access_token,
        "token_type": "Bearer",
        "expires_in": given.seconds,
        "scope": " ".join(given.scopes),
        "id_token": given.id_token,
    }
    return body if given.refresh_token is None else {**body, "refresh_token": given.refresh_token}


async def _given(visit: Visit, work: Work, client: Client, form: Query) -> Given | None:
    grants, kind = visit.part(Grants), _required(form, "grant_type")
    if kind == "authorization_code":
        return await grants.redeem(
            work,
            client,
            _required(form, "code"),
            verifier=_required(form, "code_verifier"),
            redirect_uri=_required(form, "redirect_uri"),
        )
    if kind == "refresh_token":
        value = _required(form, "refresh_token")
        return await grants.refresh(work, client, value, scope=form.get("scope"))
    raise UnsupportedGrantTypeError(None)


async def _revoked(visit: Visit, request: AnyRequest) -> Json:
    form = await _form(request)
    async with visit.part(Works).begin() as work:
        client = await _client(visit, work, form)
        await visit.part(Grants).revoke(work, client, _required(form, "token"))
    return {}


async def _introspected(visit: Visit, request: AnyRequest) -> Json:
    form = await _form(request)
    async with visit.part(Works).begin() as work:
        client = await _client(visit, work, form)
        if not client.has_secret:
            raise InvalidClientError("Only an application with a secret may ask.", status_code=401)
        return await _activity(visit, work, client, _required(form, "token"))


async def _activity(visit: Visit, work: Work, client: Client, value: str) -> Json:
    """What a token of this application is; of another's not even that it is one."""
    grants, issuer = visit.part(Grants), visit.part(Issuer)
    bearer = await grants.bearer(work.db, value, work.now)
    if bearer is not None and bearer.client.id == client.id:
        return {
            "active": True,
            "token_type": "Bearer",
            "scope": " ".join(bearer.scopes),
            "client_id": str(client.id),
            "sub": str(bearer.user.id),
            "sid": str(bearer.grant.id),
            "iss": issuer.url,
            "exp": int(bearer.expires_at.timestamp()),
        }
    grant = await grants.lasting(work.db, client, value, work.now)
    if grant is None:
        return {"active": False}
    return {
        "active": True,
        "scope": " ".join(grant.scopes),
        "client_id": str(client.id),
        "sub": str(grant.user_id),
        "sid": str(grant.id),
        "iss": issuer.url,
        "exp": int(grant.expires_at.timestamp()),
    }


async def _told(visit: Visit, access_token: str | None) -> Json:
    if access_token is None:
        raise InvalidTokenError("An access token is needed.")
    async with visit.reading() as db:
        now = visit.part(Works).clock()
        bearer = await visit.part(Grants).bearer(db, access_token, now)
        if bearer is None:
            raise InvalidTokenError
        projects = await store_projects.projects_of(db, bearer.user.id)
    return openid.told(bearer.user, projects, bearer.scopes)


async def _told_by_post(visit: Visit, request: AnyRequest) -> Json:
    given = _bearer(visit)
    is_form = _kind_of(request) == FORM
    written = (await _form(request)).get("access_token") if is_form else None
    if given is not None and written is not None:
        raise InvalidRequestError("The access token is given in two ways.")
    return await _told(visit, given or written)


async def _client(visit: Visit, work: Work, form: Query) -> Client:
    authorization = header_of(visit.scope, b"authorization")
    return await visit.part(Clients).prove(work.db, authorization, form.values, work.now)


async def _form(request: AnyRequest) -> Query:
    if _kind_of(request) != FORM:
        raise InvalidRequestError("The body must be a form (application/x-www-form-urlencoded).")
    try:
        form = parse((await request.body()).decode())
    except (Malformed, UnicodeDecodeError) as garbage:
        raise InvalidRequestError("The form cannot be read.") from garbage
    if form.repeated:
        raise InvalidRequestError("A parameter is given more than once.")
    return form


def _kind_of(request: AnyRequest) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _required(form: Query, name: str) -> str:
    value = form.get(name)
    if value is None:
        raise InvalidRequestError(f"The parameter {name} is missing.")
    return value


def _bearer(visit: Visit) -> str | None:
    scheme, _, value = (header_of(visit.scope, b"authorization") or "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


router = Router(
    path="/oauth",
    # The first of a path decides about OPTIONS.
    route_handlers=[preflight, token, revoke, introspect, userinfo, userinfo_by_post],
    include_in_schema=False,
)
discovery_router = Router(path="/", route_handlers=[discovery])
