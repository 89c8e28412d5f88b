"""What we believe of what a provider says about somebody."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from firstmile.identity.claims import Identity, identity_of, names_of
from firstmile.identity.providers import Provider, Trust

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ACME = Provider(
    key="acme",
    name="Acme",
    issuer="https://acme.example",
    client_id="firstmile",
    secret=SecretStr("secret"),
    trust=Trust.WHEN_SAID,
)
GOOGLE = replace(ACME, trust=Trust.WHEN_ITS_OWN)
NEVER = replace(ACME, trust=Trust.NEVER)


def told(provider: Provider = ACME, **claims: Any) -> Identity:
    found = identity_of(provider, {"sub": "7", **claims}, issuer=provider.issuer, now=NOW)
    assert found is not None
    return found


def email(address: Any, *, provider: Provider = ACME, **claims: Any) -> tuple[str | None, bool]:
    found = told(provider, email=address, **{"email_verified": True, **claims})
    return found.email, found.is_email_confirmed


class TestAnAddress:
    @pytest.mark.parametrize("said", [True, "true"])
    def test_is_confirmed_when_a_trusted_provider_says_so(self, said: Any) -> None:
        assert email("dana@example.com", email_verified=said) == ("dana@example.com", True)

    @pytest.mark.parametrize("said", [False, None, 1, "yes", "TRUE", "false", [True], {}], ids=str)
    def test_is_not_confirmed_by_anything_else(self, said: Any) -> None:
        assert email("dana@example.com", email_verified=said) == ("dana@example.com", False)

    def test_of_a_provider_that_is_not_trusted_proves_nothing(self) -> None:
        assert email("dana@example.com", provider=NEVER) == ("dana@example.com", False)

    @pytest.mark.parametrize(
        ("address", "more", "is_own"),
        [
            ("dana@gmail.com", {}, True),
            ("dana@example.com", {"hd": "example.com"}, True),
            ("dana@example.com", {}, False),
            ("dana@gmail.com.example.com", {}, False),
            ("dana@notgmail.com", {}, False),
            ("dana@example.com", {"hd": ""}, False),
            ("dana@example.com", {"hd": ["example.com"]}, False),
        ],
    )
    def test_of_google_is_believed_where_google_runs_the_mailbox(
        self, address: str, more: dict[str, Any], is_own: bool
    ) -> None:
        assert email(address, provider=GOOGLE, **more) == (address, is_own)

    def test_is_the_same_in_another_case_of_its_domain(self) -> None:
        assert email("Dana@EXAMPLE.com") == ("Dana@example.com", True)

    @pytest.mark.parametrize(
        "address",
        [
            "dana@ｅxample.com",  # full-width letters become plain ones
            "dana@exam\u00adple.com",  # a soft hyphen vanishes
            "dana@exampl\u0435.com",  # a Cyrillic letter
            "dana@éxample.com",
            "dana@bücher.example.com",
            " dana@example.com",
        ],
    )
    def test_that_only_becomes_one_by_being_changed_is_never_confirmed(self, address: str) -> None:
        assert email(address)[1] is False

    @pytest.mark.parametrize(
        "address",
        [
            "dаna@example.com",  # a Cyrillic a
            "dana@example.com\0",
            "dana\n@example.com",
            '"dana"@example.com',
            "dana@localhost",
            "dana@[127.0.0.1]",
            "dana@example.com, victim@example.com",
            "Dana <dana@example.com>",
            "dana",
            "",
            "@",
            "x" * 300 + "@example.com",
            7,
            None,
            ["dana@example.com"],
            {"email": "dana@example.com"},
        ],
        ids=str,
    )
    def test_that_registering_would_refuse_is_none(self, address: Any) -> None:
        assert email(address) == (None, False)


class TestAName:
    @pytest.mark.parametrize(
        ("claims", "names"),
        [
            ({"given_name": "Dana", "family_name": "Lopez"}, ("Dana", "Lopez")),
            ({"name": "Dana Lopez Garcia"}, ("Dana", "Lopez Garcia")),
            ({"name": "Dana"}, ("Dana", "")),
            ({"given_name": "Dana", "name": "Somebody Else"}, ("Dana", "")),
            ({"name": "  "}, ("", "")),
            ({"name": 7}, ("", "")),
            ({"given_name": ["Dana"], "family_name": {}}, ("", "")),
            ({"given_name": "www.evil.example", "family_name": "a/b"}, ("", "")),
            ({"given_name": "<script>", "family_name": "x@y"}, ("", "")),
            ({"given_name": "x" * 200, "family_name": "\u202edrol"}, ("", "")),
            ({}, ("", "")),
        ],
        ids=str,
    )
    def test_follows_our_rules_for_names(
        self, claims: dict[str, Any], names: tuple[str, str]
    ) -> None:
        assert names_of(claims) == names


class TestASubject:
    @pytest.mark.parametrize("subject", ["7", "a" * 255, "auth0|7", "with space"], ids=len)
    def test_is_taken_as_it_is(self, subject: str) -> None:
        assert told(sub=subject).subject == subject

    def test_of_another_case_is_another(self) -> None:
        assert told(sub="Dana").subject != told(sub="dana").subject


@pytest.mark.parametrize("moment", [None, True, "now", -1e300, 1e300, float("nan"), {}], ids=str)
def test_a_moment_that_is_none_proves_no_fresh_credential(moment: Any) -> None:
    assert told(auth_time=moment).authenticated_at is None


def test_a_label_is_what_the_person_would_know_the_account_by() -> None:
    assert told(email="dana@example.com").label == "dana@example.com"
    assert told(preferred_username="dana-x", name="Dana X").label == "dana-x"
    assert told(name="Dana X").label == "Dana X"
    assert told().label == ""


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
NAMES = ("sub", "email", "email_verified", "given_name", "family_name", "name", "auth_time", "hd")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys([*NAMES, "preferred_username"], ANYTHING)))
def test_whatever_a_provider_says_is_an_identity_or_none(claims: dict[str, Any]) -> None:
    found = identity_of(ACME, claims, issuer=ACME.issuer, now=NOW)

    assert found is None or found.subject == claims["sub"]
