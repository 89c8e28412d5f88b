"""How OpenID Connect calls things: what we offer, and what a person is told about."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import UserInfo

from firstmile.identity.authorization import Prompt
from firstmile.identity.clients import Scope
from firstmile.identity.models import Project, User
from firstmile.identity.signing import ALGORITHM
from firstmile.kernel.languages import LANGUAGES

AUTHORIZE = "/oauth/authorize"
RESUME = "/oauth/resume"
TOKEN = "/oauth/token"  # noqa: S105  an address
USERINFO = "/oauth/userinfo"
REVOKE = "/oauth/revoke"
INTROSPECT = "/oauth/introspect"
LOGOUT = "/oauth/logout"
JWKS = "/.well-known/jwks.json"
# Where programs of other sites may post a form. Nothing here reads a cookie.
OPEN_TO_OTHERS = frozenset({AUTHORIZE, TOKEN, USERINFO, REVOKE, INTROSPECT, LOGOUT})

WITH_SECRET = ["client_secret_basic", "client_secret_post"]
CLAIMS = [
    "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid",
    "name", "given_name", "family_name", "locale", "zoneinfo", "email", "email_verified",
    "roles", "projects",
]  # fmt: skip


@dataclass(frozen=True)
class Issuer:
    """Who we are to applications: the address people use."""

    url: str


def metadata(issuer: str) -> dict[str, Any]:
    """What discovery tells (OpenID Connect Discovery 1.0, section 3), and nothing we do not do."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}{AUTHORIZE}",
        "token_endpoint": f"{issuer}{TOKEN}",
        "userinfo_endpoint": f"{issuer}{USERINFO}",
        "revocation_endpoint": f"{issuer}{REVOKE}",
        "introspection_endpoint": f"{issuer}{INTROSPECT}",
        "end_session_endpoint": f"{issuer}{LOGOUT}",
        "jwks_uri": f"{issuer}{JWKS}",
        "scopes_supported": [*Scope],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": [*WITH_SECRET, "none"],
        "revocation_endpoint_auth_methods_supported": [*WITH_SECRET, "none"],
        "introspection_endpoint_auth_methods_supported": WITH_SECRET,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "acr_values_supported": ["aal1", "aal2"],
        "claims_supported": CLAIMS,
        "prompt_values_supported": [*Prompt],
        "ui_locales_supported": [*LANGUAGES],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


def told(user: User, projects: Iterable[Project], scopes: Iterable[str]) -> dict[str, Any]:
    """What an application with these scopes is told (OpenID Connect Core, 5.4)."""
    given = list(scopes)
    standard = UserInfo(
        sub=str(user.id),
        name=f"{user.first_name} {user.last_name}".strip(),
        given_name=user.first_name,
        family_name=user.last_name,
        locale=user.locale,
        zoneinfo=user.time_zone,
        email=user.email,
        email_verified=user.is_verified,
    )
    claims = {name: value for name, value in standard.filter(given).items() if value is not None}
    if Scope.ROLES in given:
        claims |= _standing(project for project in projects if project.deletion_at is None)
    return claims


def _standing(projects: Iterable[Project]) -> dict[str, Any]:
    """What the person is where; `roles` alone are what they are anywhere."""
    mine = [
        {"id": str(project.id), "name": project.name, "role": str(project.role)}
        for project in projects
    ]
    return {"roles": sorted({project["role"] for project in mine}), "projects": mine}
