"""What an application may ask for, and what its person does next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from authlib.oauth2 import OAuth2Error
from hypothesis import given
from hypothesis import strategies as st

from firstmile.identity.authorization import (
    AuthorizationRequest,
    Present,
    Prompt,
    Step,
    checked_redirect,
    next_step,
    parse,
    read,
)
from firstmile.identity.clients import Client, Scope
from firstmile.identity.redirects import Kind
from firstmile.kernel.ids import UserId
from firstmile.kernel.refusals import Malformed

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ID = UUID("0192f0c1-7a5e-7000-8000-000000000001")
CALLBACK = "https://app.example.com/callback"
CLIENT = Client(
    id=ID,
    name="Reports",
    kind=Kind.WEB,
    is_first_party=False,
    home_url=None,
    redirect_uris=(CALLBACK,),
    logout_uris=(),
    scopes=(Scope.OPENID, Scope.PROFILE, Scope.EMAIL),
    backchannel_uri=None,
    created_at=NOW,
)
GOOD = {
    "client_id": str(ID),
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid email",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}
DANA = Present(
    user_id=UserId(ID),
    proved_at=NOW - timedelta(hours=2),
    has_two_factors=False,
    can_show_second=False,
    allowed=frozenset({"openid", "email"}),
)


def asked(**changed: str | None) -> AuthorizationRequest:
    values = {name: value for name, value in (GOOD | changed).items() if value is not None}
    return read(parse(urlencode(values)), CLIENT, CALLBACK)


def refused(**changed: str | None) -> str:
    with pytest.raises(OAuth2Error) as refusal:
        asked(**changed)
    return str(refusal.value.error)


def step(
    present: Present | None = DANA, asked_at: datetime | None = None, /, **changed: str | None
) -> Step:
    return next_step(asked(**changed), present, now=NOW, asked_at=asked_at)


def disturbs(present: Present | None = DANA, /, **changed: str) -> str:
    """The error when nobody may be disturbed."""
    with pytest.raises(OAuth2Error) as refusal:
        step(present, prompt="none", **changed)
    return str(refusal.value.error)


def test_a_request_in_order_is_read() -> None:
    found = asked(state="s", nonce="n", max_age="60", prompt="login consent")

    assert (found.state, found.nonce, found.max_age) == ("s", "n", timedelta(seconds=60))
    assert found.prompts == {Prompt.LOGIN, Prompt.CONSENT}
    assert found.scopes == ("openid", "email")


@pytest.mark.asvs("10.4.6")
@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge": "short"},
        {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM="},
        {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c~"},
        {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\n"},
    ],
)
def test_no_request_goes_on_without_a_challenge_by_sha_256(changed: dict[str, Any]) -> None:
    assert refused(**changed) == "invalid_request"


@pytest.mark.asvs("10.4.4")
@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "email"}, "invalid_scope"),
        ({"scope": "openid roles"}, "invalid_scope"),
        ({"scope": "openid offline_access"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "whatever"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "1.5"}, "invalid_request"),
        ({"max_age": "١"}, "invalid_request"),
        ({"max_age": "9" * 99}, "invalid_request"),
        ({"request": "eyJ.x.y"}, "request_not_supported"),
        ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
    ],
)
def test_what_is_wrong_has_the_name_the_standard_gives_it(
    changed: dict[str, Any], error: str
) -> None:
    """RFC 6749, 4.1.2.1 and OpenID Connect Core, 3.1.2.6."""
    assert refused(**changed) == error


@pytest.mark.parametrize("name", GOOD)
def test_a_parameter_given_twice_is_refused(name: str) -> None:
    query = parse(urlencode([*GOOD.items(), (name, GOOD[name])]))

    with pytest.raises((OAuth2Error, Malformed)):
        read(query, *checked_redirect(query, CLIENT))


def test_a_scope_nobody_knows_is_passed_over() -> None:
    assert asked(scope="openid email phone https://x.example/y").scopes == ("openid", "email")


@pytest.mark.parametrize(
    ("uri", "client"),
    [
        (None, CLIENT),
        ("https://evil.example/", CLIENT),
        (CALLBACK, None),
        (CALLBACK, replace(CLIENT, disabled_at=NOW)),
    ],
)
def test_a_request_in_doubt_goes_back_to_nobody(uri: str | None, client: Client | None) -> None:
    query = parse(urlencode({"redirect_uri": uri} if uri else {}))

    with pytest.raises(Malformed) as refusal:
        checked_redirect(query, client)

    assert refusal.value.error == "invalid_authorization_request"


@pytest.mark.parametrize("text", ["state=%ff", "state=%00", "state=" + "x" * 4001, "&a=1" * 50])
def test_what_cannot_be_read_is_refused_whole(text: str) -> None:
    with pytest.raises(Malformed):
        parse(text)


@given(st.text(max_size=300))
def test_reading_a_query_gives_it_or_refuses_it(text: str) -> None:
    try:
        read(parse(text), CLIENT, CALLBACK)
    except (Malformed, OAuth2Error):
        return


def test_nobody_signs_in_first() -> None:
    assert step(None) is Step.SIGN_IN
    assert disturbs(None) == "login_required"


def test_who_allowed_it_before_goes_straight_on() -> None:
    assert step() is Step.GRANT
    assert step(prompt="none") is Step.GRANT


@pytest.mark.parametrize("allowed", [set(), {"openid"}, {"email"}, {"openid", "profile"}])
def test_what_was_not_allowed_before_is_asked_for(allowed: set[str]) -> None:
    present = replace(DANA, allowed=frozenset(allowed))

    assert step(present) is Step.CONSENT
    assert disturbs(present) == "consent_required"


def test_an_application_of_our_own_asks_for_nothing() -> None:
    own = replace(asked(), client=replace(CLIENT, is_first_party=True))
    present = replace(DANA, allowed=frozenset())

    assert next_step(own, present, now=NOW) is Step.GRANT
    chosen = replace(own, prompts=frozenset({Prompt.SELECT_ACCOUNT}))
    assert next_step(chosen, present, now=NOW) is Step.CONSENT


@pytest.mark.parametrize("prompt", ["consent", "select_account"])
def test_an_application_may_have_it_asked_again(prompt: str) -> None:
    assert step(prompt=prompt) is Step.CONSENT


@pytest.mark.parametrize("changed", [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "7199"}])
def test_an_old_proof_is_asked_for_anew(changed: dict[str, str]) -> None:
    assert step(**changed) is Step.CONFIRM
    assert step(replace(DANA, proved_at=NOW), NOW, **changed) is Step.GRANT


def test_a_proof_that_is_young_enough_is_enough() -> None:
    assert step(max_age="7201") is Step.GRANT
    assert disturbs(max_age="7199") == "login_required"


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(minutes=59)])
def test_who_comes_back_has_proved_it_since(ago: timedelta) -> None:
    present = replace(DANA, proved_at=NOW - ago)

    assert step(present, NOW - ago, prompt="login") is Step.GRANT
    assert step(DANA, NOW - ago, prompt="login") is Step.CONFIRM


@pytest.mark.parametrize("asked_at", [NOW - timedelta(hours=3), NOW + timedelta(seconds=1)])
def test_a_moment_that_was_made_up_is_none(asked_at: datetime) -> None:
    assert step(DANA, asked_at, prompt="login") is Step.CONFIRM


def test_a_second_factor_is_asked_of_who_has_one() -> None:
    able = replace(DANA, can_show_second=True)

    assert step(able, acr_values="aal2 aal1") is Step.CONFIRM
    assert step(DANA, acr_values="aal2") is Step.GRANT
    assert step(replace(able, has_two_factors=True), acr_values="aal2") is Step.GRANT
    assert step(able, acr_values="aal1") is Step.GRANT


def test_another_than_who_was_meant_signs_in_once_and_is_then_refused() -> None:
    other = replace(DANA, is_who_was_meant=False)

    assert step(other) is Step.SIGN_IN
    assert disturbs(other) == "login_required"
    with pytest.raises(OAuth2Error) as refusal:
        step(other, NOW)
    assert refusal.value.error == "login_required"


@given(
    prompts=st.sets(st.sampled_from(["login", "consent", "select_account"])),
    max_age=st.none() | st.integers(0, 10_000),
    allowed=st.sets(st.sampled_from(list(Scope))),
    proved=st.integers(0, 20_000),
    has_two=st.booleans(),
    can_two=st.booleans(),
    is_first_party=st.booleans(),
)
def test_nobody_is_disturbed_who_may_not_be(
    prompts: set[str],
    max_age: int | None,
    allowed: set[str],
    proved: int,
    has_two: bool,
    can_two: bool,
    is_first_party: bool,
) -> None:
    """`none` gives a code or an error, and a code only where nothing would have been asked."""
    present = Present(
        UserId(ID),
        NOW - timedelta(seconds=proved),
        has_two,
        can_two,
        frozenset(allowed),
    )
    known = {"max_age": str(max_age)} if max_age is not None else {}
    client = replace(CLIENT, is_first_party=is_first_party)
    loud = replace(asked(prompt=" ".join(prompts) or None, **known), client=client)
    silent = replace(loud, prompts=frozenset({Prompt.NONE}))

    try:
        assert next_step(silent, present, now=NOW) is Step.GRANT
    except OAuth2Error:
        assert next_step(loud, present, now=NOW) is not Step.GRANT
