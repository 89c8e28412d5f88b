"""Harbour: a Flask application whose people sign in with Firstmile, and whose billing waits.

The gate asks Firstmile before a gated page is served. The checklist and the help stand in the
pages themselves; they get the access token of whoever is signed in from `/firstmile-token`.
"""

import os

from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, Response, redirect, render_template, request, session

from firstmile_client import Settings, WSGIOnboardingGate

FIRSTMILE = os.environ.get("FIRSTMILE_URL", "http://localhost:8000")
CLIENT_ID = os.environ["CLIENT_ID"]
COOKIE = "harbour_token"  # the cookie with the access token; the gate reads it too
POLICY = (
    f"default-src 'self'; script-src 'self' {FIRSTMILE}; connect-src 'self' {FIRSTMILE};"
    " base-uri 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types firstmile"
)

app = Flask(__name__)
# Cookies know no ports: on one host with Firstmile, as here, "session" would be Firstmile's.
app.config["SESSION_COOKIE_NAME"] = "harbour"
app.secret_key = os.environ.get("SECRET_KEY", os.urandom(32))  # of the cookie of the sign-in
app.wsgi_app = WSGIOnboardingGate(
    app.wsgi_app,
    base_url=FIRSTMILE,
    protect=["/projects/*"],
    # Its own tokens alone: one that was given to another application opens nothing here.
    settings=Settings(audience=CLIENT_ID, cookie=COOKIE, redirect=True),
)
firstmile = OAuth(app).register(
    "firstmile",
    server_metadata_url=f"{FIRSTMILE}/.well-known/openid-configuration",
    client_id=CLIENT_ID,
    client_secret=os.environ["CLIENT_SECRET"],
    client_kwargs={"scope": "openid profile guide", "code_challenge_method": "S256"},
)


@app.get("/")
def home() -> str:
    """The first page: what is left to do."""
    return render_template("home.html", name=session.get("name"))


@app.get("/projects")
def projects() -> str:
    """A page that makes sense only with a complete profile: the gate sees to it."""
    return render_template("projects.html", person=request.environ["firstmile.claims"].subject)


@app.get("/firstmile-token")
def token() -> Response:
    """The access token, for the checklist and the help in the pages of whoever is signed in."""
    value = request.cookies.get(COOKIE, "")
    return Response(value, mimetype="text/plain", headers={"cache-control": "no-store"})


@app.get("/sign-in")
def sign_in() -> Response:
    """To Firstmile."""
    return firstmile.authorize_redirect(f"{request.host_url}signed-in")


@app.get("/signed-in")
def signed_in() -> Response:
    """Back from Firstmile, with a code for an access token."""
    try:
        given = firstmile.authorize_access_token()
    except OAuthError as refused:
        return Response(f"Not signed in: {refused.error}", 400, mimetype="text/plain")
    session["name"] = firstmile.userinfo(token=given)["given_name"]
    answer = redirect("/")
    answer.set_cookie(
        COOKIE,
        given["access_token"],
        max_age=given["expires_in"],
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return answer


@app.post("/sign-out")
def sign_out() -> Response:
    """Here; the session at Firstmile goes on."""
    session.clear()
    answer = redirect("/")
    answer.delete_cookie(COOKIE)
    return answer


@app.after_request
def with_policy(answer: Response) -> Response:
    """A strict policy for every page: Firstmile needs its own origin and nothing more."""
    answer.headers["content-security-policy"] = POLICY
    return answer
