"""What a new password must be: every reason told, and none taken for strength."""

import pytest
from hypothesis import given
from hypothesis.strategies import characters, text

from firstmile.identity.breached import StolenPasswords
from firstmile.identity.models import Complaints
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.strength import (
    SIGNS,
    PasswordRules,
    Verdict,
    read_part,
    words_about,
)
from firstmile.kernel.refusals import Invalid

DANA = words_about("danalopez99@example.org", "Dana", "Lopez")


def rules(**given: int) -> PasswordRules:
    return PasswordRules(
        IdentitySettings(**given),  # type: ignore[arg-type]
        StolenPasswords(),
        service=("Wanderlog", "https://id.wanderlog.example"),
    )


def judged(password: str, **given: int) -> Verdict:
    return rules(**given).judge(password, about=DANA)


def codes(password: str, **given: int) -> list[str]:
    return [reason.code for reason in judged(password, **given).reasons]


@pytest.mark.asvs("6.2.1", "6.2.5", "6.2.9", "NIST 63B-4 3.1.1.2")
@pytest.mark.parametrize(
    "password",
    [
        "three calm otters",
        "correct horse 9 battery",
        "jxqvkwzptd",
        "пароль-пароль",
        "7hG$k2!pQ9zLm#",
        "three calm otters " * 7,
        "李小龍喜歡游泳和跑步",
    ],
)
def test_a_password_needs_no_kind_of_character_only_strength(password: str) -> None:
    verdict = judged(password)

    assert verdict.is_acceptable
    assert verdict.score >= 3


@pytest.mark.asvs("6.2.1")
def test_a_password_of_seven_characters_is_too_short_and_of_129_too_long() -> None:
    assert codes("kX9#vQz") == ["too_short"]
    assert codes("") == ["too_short"]
    assert codes("three calm otters " * 7 + "swim") == ["too_long"]


def test_the_length_that_is_asked_for_is_told() -> None:
    (reason,) = judged("three calm", password_min_length=15).reasons

    assert (reason.code, reason.number) == ("too_short", 15)


@pytest.mark.asvs("6.2.11")
@pytest.mark.parametrize(
    "password",
    [
        "Dana Lopez",
        "dana-lopez-1988",
        "DANALOPEZ99",
        "danalopez99@example.org",
        "L0pezDana!",
        "12lopez12",
    ],
)
def test_a_password_made_of_ones_own_name_or_address_is_refused(password: str) -> None:
    assert "like_person" in codes(password)


def test_a_rare_name_spelled_with_signs_or_backwards_is_still_ones_name() -> None:
    about = words_about("x@example.org", "Thandiwe", "Mokgadi")

    for password in ("Th@nd1we", "ewidnaht1"):
        reasons = rules().judge(password, about=about).reasons
        assert [reason.code for reason in reasons] == ["like_person"]


def test_the_same_words_are_fine_for_somebody_else() -> None:
    somebody = words_about("bob@example.org", "Bob", "Tremblay")

    assert "like_person" not in [
        reason.code for reason in rules().judge("L0pezDana!x", about=somebody).reasons
    ]


@pytest.mark.asvs("6.2.11")
def test_the_name_of_the_service_is_no_password() -> None:
    assert codes("Wanderlog-2026") == ["like_service"]


@pytest.mark.asvs("6.2.4", "6.2.12")
@pytest.mark.parametrize("password", ["gearsofwar", "GearsOfWar", "password123", "qwertyuiop"])
def test_a_stolen_password_is_refused_however_strong_it_looks(password: str) -> None:
    assert "stolen" in codes(password)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("edcvfrtgb", "keyboard_pattern"),
        ("qqqqqqqqqq", "repeated_characters"),
        ("abcabcabc", "repeated_words"),
        ("tnahpele", "like_common"),
        ("23456789a", "sequence"),
        ("1990-05-21", "dates"),
        ("jxqvkwzp", "too_guessable"),
    ],
)
def test_why_a_password_is_easy_to_guess_is_told(password: str, code: str) -> None:
    verdict = judged(password)

    assert code in [reason.code for reason in verdict.reasons]
    assert verdict.suggestions


def test_several_reasons_are_told_at_once() -> None:
    complaints = Complaints()
    rules().check(complaints, "password", "margaret", about=("Margaret", ""))

    with pytest.raises(Invalid) as refused:
        complaints.raise_any()

    assert [(one["field"], one["code"]) for one in refused.value.details] == [
        ("password", "like_person"),
        ("password", "stolen"),
    ]


def test_the_strength_that_is_asked_for_is_a_setting() -> None:
    assert codes("jxqvkwzp") == ["too_guessable"]
    assert codes("jxqvkwzp", password_min_score=2) == []


@pytest.mark.asvs("6.2.8")
def test_the_same_letters_typed_on_another_keyboard_are_judged_alike() -> None:
    assert judged("cafe\u0301 au lait") == judged("caf\u00e9 au lait")


@given(text(alphabet=characters(max_codepoint=0x7F), max_size=200))
def test_no_password_holds_the_event_loop_up(password: str) -> None:
    """zxcvbn takes 0.6 s for 100 different signs, so it is given fewer."""
    part = read_part(password)

    assert password.startswith(part)
    assert len(part) <= 64
    assert len(part) <= 24 or len(SIGNS & {*part}) <= 8


def test_the_part_that_is_read_of_many_signs_is_enough_to_be_strong() -> None:
    assert judged("4@8({[</369&#!1/|0$5+7%2" * 5).score == 4
