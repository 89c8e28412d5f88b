"""The rules of accounts: addresses, passwords, names, sessions and tries."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import text

from firstmile.identity.breached import StolenPasswords
from firstmile.identity.models import Attempts, Complaints, Session, SignedInDevice, key_of
from firstmile.identity.policy import Method, Proof
from firstmile.identity.profiles import checked_profile
from firstmile.identity.registration import Registration, checked_registration
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.strength import PasswordRules
from firstmile.kernel.ids import SessionId, UserId, new_id
from firstmile.kernel.refusals import Invalid

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
IDLE = timedelta(minutes=30)
RULES = PasswordRules(IdentitySettings(), StolenPasswords(), service=())


def checked(
    email: str = "dana@example.org",
    password: str = "correct horse 9 battery",
    first_name: str = "Dana",
    last_name: str = "Lopez",
) -> Registration:
    return checked_registration(
        email, password, first_name, last_name, locale="en", rules=RULES, with_test_domains=False
    )


def fields_refused(**given: str) -> set[str]:
    with pytest.raises(Invalid) as refused:
        checked(**given)
    return {complaint["field"] for complaint in refused.value.details}


def a_session(**given: datetime | None) -> Session:
    moments = {
        "rotated_at": NOW,
        "last_used_at": NOW,
        "expires_at": NOW + timedelta(hours=12),
        "ended_at": None,
    }
    return Session(
        id=SessionId(new_id()),
        user_id=UserId(new_id()),
        evidence=(Proof(Method.PASSWORD, NOW),),
        device=SignedInDevice(None, "Firefox on Linux", "203.0.113.0/24"),
        created_at=NOW,
        idle=IDLE,
        is_remembered=False,
        refresh_salt=b"salt",
        generation=1,
        **{**moments, **given},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("dana@example.org", "dana@example.org"),
        ("  dana@example.org ", "dana@example.org"),
        ("Dana@EXAMPLE.ORG", "Dana@example.org"),
        ("dana+first.mile@example.org", "dana+first.mile@example.org"),
        ("dana@bücher.example.org", "dana@bücher.example.org"),
        ("dana@xn--bcher-kva.example.org", "dana@bücher.example.org"),
    ],
)
def test_an_address_is_kept_in_its_normal_form(given: str, kept: str) -> None:
    assert checked(email=given).email == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "dana",
        "dana@",
        "@example.org",
        "dana@example",
        "dana@localhost",
        "dana@@example.org",
        "dana@example..org",
        "dana@[127.0.0.1]",
        "dana lopez@example.org",
        "dana@example.org, bob@example.org",
        "dana@example.org\r\nBcc: bob@example.org",
        "da\x00na@example.org",
        "dana@" + "a" * 250 + ".org",
        "Dana <dana@example.org>",
    ],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    assert fields_refused(email=given) == {"email"}


def test_addresses_for_testing_are_taken_only_where_they_are_wanted() -> None:
    assert fields_refused(email="dana@acme.test") == {"email"}
    complaints = Complaints()
    assert complaints.email("email", "dana@acme.test", with_test_domains=True) == "dana@acme.test"
    complaints.raise_any()


def test_two_spellings_of_one_mailbox_have_one_key() -> None:
    assert key_of(" DANA@Example.org") == key_of("dana@example.ORG ")
    assert key_of("dana@example.org") != key_of("dan.a@example.org")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dana@xn--bcher-kva.example.org", "Dana@BÜCHER.example.org"),
        ("dana@bu\u0308cher.example.org", "dana@bücher.example.org"),
        ("ｄａｎａ＠example.org", "dana@example.org"),
        ("\ufb01ona@example.org", "fiona@example.org"),
        ("dana@example\u3002org", "dana@example.org"),
        ("\u212aate@example.org", "kate@example.org"),
    ],
    ids=["DNS letters", "composed", "full width", "ligature", "ideographic stop", "Kelvin"],
)
def test_spellings_that_only_look_different_are_one_mailbox(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)
    assert checked(email=one).email.lower() == checked(email=other).email.lower()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mıke@example.org", "mike@example.org"),
        ("MİKE@example.org", "mike@example.org"),
        ("mike@ex\u0430mple.org", "mike@example.org"),
        ("mike@straße.example.org", "mike@strasse.example.org"),
    ],
    ids=["dotless i", "dotted capital I", "Cyrillic a", "sharp s"],
)
def test_letters_that_merely_look_alike_are_two_mailboxes(one: str, other: str) -> None:
    assert key_of(one) != key_of(other)


@pytest.mark.parametrize("given", ["mıke@example.org", "MİKE@example.org", "m\u0456ke@example.org"])
def test_a_mailbox_with_letters_that_mail_does_not_carry_is_refused(given: str) -> None:
    assert fields_refused(email=given) == {"email"}


@given(text())
def test_the_key_of_anything_is_a_key(address: str) -> None:
    assert key_of(key_of(address)) == key_of(address)
    assert "\0" not in key_of(address)


@pytest.mark.parametrize("name", ["Zoë", "O’Brien", "Anne  Marie", "李小龍", "x" * 80])
def test_a_name_may_be_any_printable_text(name: str) -> None:
    assert checked(first_name=name).first_name == " ".join(name.split())


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "Da\x00na", "Da\u202ena", "Da\x1bna"])
def test_a_name_that_is_empty_too_long_or_not_printable_is_refused(name: str) -> None:
    assert fields_refused(first_name=name) == {"firstName"}


def test_everything_that_is_wrong_is_told_at_once() -> None:
    refused = fields_refused(email="?", password="?", first_name="", last_name="")

    assert refused == {"email", "password", "firstName", "lastName"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", "../../etc/passwd"),
        ("market", "XX"),
        ("locale", "xx"),
        ("job_title", "x" * 81),
    ],
)
def test_a_profile_takes_only_what_is_on_the_lists(field: str, value: str) -> None:
    with pytest.raises(Invalid):
        checked_profile({field: value})


@pytest.mark.parametrize(
    ("session", "is_alive"),
    [
        (a_session(), True),
        (a_session(last_used_at=NOW - IDLE + timedelta(seconds=1)), True),
        (a_session(last_used_at=NOW - IDLE), False),
        (a_session(expires_at=NOW), False),
        (a_session(expires_at=NOW + timedelta(seconds=1)), True),
        (a_session(ended_at=NOW), False),
    ],
    ids=["new", "used lately", "rested too long", "expired", "about to expire", "ended"],
)
def test_a_session_lives_until_it_is_ended_expires_or_rests(
    session: Session, is_alive: bool
) -> None:
    assert session.is_alive(NOW) is is_alive


@pytest.mark.parametrize(
    ("failures", "is_locked", "locks"),
    [(1, False, False), (4, False, False), (5, False, True), (6, True, False), (50, True, False)],
)
def test_the_fifth_failure_locks_and_the_sixth_try_is_locked(
    failures: int, is_locked: bool, locks: bool
) -> None:
    attempts = Attempts(failures=failures, limit=5)

    assert (attempts.is_locked, attempts.locks) == (is_locked, locks)
